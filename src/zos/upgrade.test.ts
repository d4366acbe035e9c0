import { describe, expect, it } from '@jest/globals'

import type { Deployment, Workload } from './deployment.js'
import { emptyResult } from './results.js'
import { planUpgrade } from './upgrade.js'

const volume = (name: string, version: number, size = 1n): Workload => ({
  version,
  name,
  type: 'volume',
  data: { size },
  metadata: '',
  description: '',
  result: emptyResult(),
})
const running = (workload: Workload): Workload => ({
  ...workload,
  result: { created: 5, state: 'ok', message: '', data: { id: 'x' } },
})
const ip = (version: number): Workload => ({ ...volume('ip', version), type: 'ip', data: { v4: true, v6: false } })

function deployment(version: number, ...workloads: Workload[]): Deployment {
  return {
    version,
    twin_id: 7,
    contract_id: 3n,
    metadata: '',
    description: '',
    expiration: 0n,
    signature_requirement: { requests: [], weight_required: 0, signatures: [], signature_style: '' },
    workloads,
  }
}
const steps = (stored: Deployment, next: Deployment) =>
  planUpgrade(stored, next).map(({ kind, workload }) => `${kind} ${workload.name}`)

describe('a new version of a deployment', () => {
  it('adds, changes, leaves and removes workloads', () => {
    const stored = deployment(4, volume('gone', 0), volume('kept', 2), volume('grown', 4), ip(1))
    const next = deployment(5, volume('new', 5), volume('grown', 5, 9n), volume('kept', 2), ip(0))
    expect(steps(stored, next)).toEqual(['add new', 'update grown', 'untouched kept', 'untouched ip', 'remove gone'])
  })

  it('keeps what is stored of an untouched workload, whatever it says of it', () => {
    const [step] = planUpgrade(deployment(1, running(volume('a', 1))), deployment(2, volume('a', 0, 9n)))
    expect(step).toEqual({ kind: 'untouched', workload: running(volume('a', 1)) })
  })

  it('starts an update with the stored result', () => {
    const [step] = planUpgrade(deployment(1, running(volume('a', 1))), deployment(2, volume('a', 2, 9n)))
    expect(step?.workload).toEqual({ ...running(volume('a', 2, 9n)) })
  })

  const stored = deployment(1, volume('a', 1), ip(0))
  it.each<[string, Deployment]>([
    ['expecting deployment version 2, got 1', deployment(1, volume('a', 1))],
    ['expecting deployment version 2, got 3', deployment(3, volume('a', 1))],
    [`invalid version number for workload 'b' expected '2'`, deployment(2, volume('b', 1))],
    [`cannot change workload type 'a'`, deployment(2, { ...ip(2), name: 'a' })],
    ['cannot change deployment or twin id', { ...deployment(2), contract_id: 4n }],
    ['cannot change deployment or twin id', { ...deployment(2), twin_id: 8 }],
    ['new deployment is invalid: invalid size', deployment(2, volume('b', 2, 0n))],
    [`workload 'ip' does not support upgrade`, deployment(2, ip(2))],
  ])('is refused: %s', (message, next) => {
    expect(() => planUpgrade(stored, next)).toThrow(
      expect.objectContaining({ code: 'ZOS_UPGRADE', message: `${message}: upgrade validation error` }),
    )
  })
})
