import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { deploymentHash } from '../zos/challenge.js'
import type { Deployment, Workload } from '../zos/deployment.js'
import { emptyResult } from '../zos/results.js'
import type { DesiredDeployment, DesiredWorkload } from './desired.js'
import { diffDeployment } from './diff.js'
import type { NodeSide, ObservedDeployment } from './observed.js'
import type { Step, UpdateStep } from './step.js'

const texts = { metadata: '', description: '' }
const GIB = 1024n ** 3n

function disk(name: string, gib: bigint): DesiredWorkload {
  return { type: 'zmount', name, data: { size: gib * GIB }, ...texts }
}

function machine(name: string, disks: readonly string[], cpu = 1): DesiredWorkload {
  return {
    type: 'zmachine',
    name,
    data: {
      flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
      network: { public_ip: '', planetary: true, interfaces: [{ network: 'net', ip: '10.20.2.2' }] },
      size: 0n,
      compute_capacity: { cpu, memory: 2n * GIB },
      mounts: disks.map(disk => ({ name: disk, mountpoint: `/${disk}` })),
      entrypoint: '/sbin/zinit init',
      env: { SSH_KEY: 'key' },
      corex: false,
    },
    ...texts,
  }
}

function want(...workloads: DesiredWorkload[]): DesiredDeployment {
  const { nodeId, name, contractType, contractData } = place
  return { kind: 'deployment', nodeId, name, contractType, contractData, ...texts, publicIps: 0, workloads, rank: 1 }
}

const place = { nodeId: 11, name: 'web', contractType: 'vm', contractData: '{"version":3,"type":"vm","name":"web"}' }
const options = { twinId: 7 }

function have(node: NodeSide, more: { hash?: string; state?: 'created' | 'grace' } = {}): ObservedDeployment {
  const hash = more.hash ?? '0'.repeat(32)
  return {
    contract: {
      id: 5n,
      twinId: 7,
      state: more.state === 'grace' ? { kind: 'grace', sinceBlock: 1n } : { kind: 'created' },
      type: { kind: 'node', nodeId: 11, hash, data: place.contractData, publicIps: [] },
    },
    nodeId: 11,
    hash,
    contractType: 'vm',
    name: 'web',
    projectName: 'vm/web',
    node,
  }
}

/** The node's side after it did all that a step says. */
function done(step: Step, state: 'ok' | 'error' | 'init' = 'ok'): NodeSide {
  if (!('deployment' in step)) throw new Error(`${step.kind} sends nothing`)
  const deployment = step.deployment.reveal()
  const workloads = deployment.workloads.map(
    workload => ({ ...workload, result: { ...emptyResult(), created: 1, state } }) as Workload,
  )
  // Nodes list workloads in any order.
  return { kind: 'present', deployment: { ...deployment, contract_id: 5n, workloads: workloads.reverse() } }
}

function only(steps: readonly Step[]): Step {
  expect(steps).toHaveLength(1)
  return steps[0] as Step
}

describe('a deployment that is wanted', () => {
  const model = want(disk('data', 8n), machine('vm', ['data']))
  const created = only(diffDeployment(model, undefined, options))

  it('is created when it is not there, with the hash the node will compute', () => {
    expect(created).toMatchObject({ kind: 'create', version: 0, wave: 0 })
    if (created.kind === 'create') expect(created.hash).toBe(deploymentHash(created.deployment.reveal()))
  })

  it('needs nothing once it is there', () => {
    expect(diffDeployment(model, have(done(created)), options)).toEqual([])
  })

  it('is waited for while the node is at work on it', () => {
    const step = only(diffDeployment(model, have(done(created, 'init')), options))
    expect(step).toMatchObject({ kind: 'wait', contractId: 5n })
  })

  it('is only sent when the contract was made with the same hash before the process died', () => {
    const hash = created.kind === 'create' ? created.hash : ''
    const step = only(diffDeployment(model, have({ kind: 'absent' }, { hash }), options))
    expect(step).toMatchObject({ kind: 'send', onChain: false, version: 0 })
  })

  it('is told to the chain anew when the contract was made for something else', () => {
    const step = only(diffDeployment(model, have({ kind: 'absent' }), options))
    expect(step).toMatchObject({ kind: 'send', onChain: true })
  })

  it('is not written to the chain twice when the process died between chain and node', () => {
    const bigger = want(disk('data', 8n), machine('vm', ['data']), disk('more', 1n))
    const update = only(diffDeployment(bigger, have(done(created)), options)) as UpdateStep
    const again = only(diffDeployment(bigger, have(done(created), { hash: update.hash }), options))
    expect(again).toMatchObject({ kind: 'update', onChain: false, hash: update.hash })
  })

  it('waits for its node to come back, and costs nothing until then', () => {
    const silent = { kind: 'unreachable', error: new Error('silent') } as const
    expect(only(diffDeployment(model, have(silent), options))).toMatchObject({ kind: 'hold', reason: 'unreachable' })
    expect(only(diffDeployment({ ...model, unreachable: true }, undefined, options))).toMatchObject({ kind: 'hold' })
  })

  it('is held while the contract is in its grace period and something would change', () => {
    expect(diffDeployment(model, have(done(created), { state: 'grace' }), options)).toEqual([])
    const other = want(disk('data', 8n), machine('vm', ['data'], 2))
    const step = only(diffDeployment(other, have(done(created), { state: 'grace' }), options))
    expect(step).toMatchObject({ kind: 'hold', reason: 'grace' })
  })

  it('shows no secret however it is printed', () => {
    const secret = want(machine('vm', []))
    const steps = diffDeployment(secret, undefined, options)
    const text = JSON.stringify(steps, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    expect(text).not.toContain('SSH_KEY')
  })
})

describe('what nobody could be asked about', () => {
  it('takes nothing away from what runs', () => {
    const running = have(
      done(only(diffDeployment(want(disk('data', 5n), machine('vm', ['data'])), undefined, options))),
    )
    const [step, ...more] = diffDeployment({ ...want(), unreachable: true }, running, options)
    expect(step).toMatchObject({ kind: 'hold', reason: 'unreachable', contractId: 5n })
    expect(more).toEqual([])
  })
})

describe('a machine that changes', () => {
  it('may ask for a smaller disk where the larger one never was', () => {
    const now = done(only(diffDeployment(want(disk('data', 900n)), undefined, options)), 'error')
    expect(diffDeployment(want(disk('data', 5n)), have(now), options).map(({ kind }) => kind)).toEqual([
      'update',
      'update',
    ])
    const held = { ...now, heldData: new Set(['data']) } as NodeSide
    expect(diffDeployment(want(disk('data', 5n)), have(held), options)).toMatchObject([
      { kind: 'hold', reason: 'shrink' },
    ])
  })

  const before = want(disk('data', 8n), machine('vm', ['data']))
  const there = have(done(only(diffDeployment(before, undefined, options))))

  it('leaves in one version and returns in the next; its disk stays', () => {
    const after = want(disk('data', 8n), machine('vm', ['data'], 2))
    const [leave, back, ...rest] = diffDeployment(after, there, options) as UpdateStep[]
    expect(rest).toEqual([])
    expect(leave).toMatchObject({ kind: 'update', version: 1, wave: 0, kept: ['data'], lost: [] })
    expect(back).toMatchObject({ kind: 'update', version: 2, wave: 1 })
    expect(names(leave)).toEqual({ data: 0 })
    expect(names(back)).toEqual({ data: 0, vm: 2 })
    expect(back?.changes).toEqual([
      { action: 'recreate', workload: 'vm', type: 'zmachine', path: 'compute_capacity.cpu', from: 1, to: 2 },
    ])
  })

  it('goes along when its disk grows: nodes do not grow a mounted disk', () => {
    const steps = diffDeployment(want(disk('data', 9n), machine('vm', ['data'])), there, options) as UpdateStep[]
    expect(steps.map(names)).toEqual([{ data: 1 }, { data: 1, vm: 2 }])
  })

  it('is refused, before anything is written, when its disk would shrink', () => {
    const step = only(diffDeployment(want(disk('data', 7n), machine('vm', ['data'])), there, options))
    expect(step).toMatchObject({ kind: 'hold', reason: 'shrink', lost: ['data'] })
  })

  it('comes back when the node gave it up', () => {
    const node = done(only(diffDeployment(before, undefined, options)))
    if (node.kind !== 'present') throw new Error('unreachable')
    const workloads = node.deployment.workloads.filter(workload => workload.name !== 'vm')
    const step = only(diffDeployment(before, have({ ...node, deployment: { ...node.deployment, workloads } }), options))
    expect(names(step as UpdateStep)).toEqual({ data: 0, vm: 1 })
  })

  it('is tried again when it failed, its disk too where that never was', () => {
    const failed = done(only(diffDeployment(before, undefined, options)), 'error')
    const steps = diffDeployment(before, have(failed), options) as UpdateStep[]
    expect(steps.map(names)).toEqual([{}, { data: 2, vm: 2 }])
  })

  it('is tried again when it failed, and its disk stays where that once worked', () => {
    const failed = { ...done(only(diffDeployment(before, undefined, options)), 'error'), heldData: new Set(['data']) }
    const steps = diffDeployment(before, have(failed as NodeSide), options) as UpdateStep[]
    expect(steps.map(names)).toEqual([{ data: 1 }, { data: 1, vm: 2 }])
  })

  it('never shows the values of its environment', () => {
    const after = want(disk('data', 8n), machine('vm', ['data']))
    const [, vm] = after.workloads
    if (vm?.type === 'zmachine') vm.data.env.SSH_KEY = 'other'
    const changes = (diffDeployment(after, there, options) as UpdateStep[]).flatMap(step => step.changes)
    expect(changes.find(change => change.path === 'env.SSH_KEY')).toMatchObject({ from: '‹secret›', to: '‹secret›' })
  })
})

describe('a contract with too few public addresses', () => {
  const before = want(machine('vm', []))
  const there = have(done(only(diffDeployment(before, undefined, options))))
  const after = { ...before, publicIps: 1 }

  it('is replaced only when that is allowed, and says what is lost', () => {
    expect(only(diffDeployment(after, there, options))).toMatchObject({ kind: 'hold', reason: 'replace', lost: ['vm'] })
    const steps = diffDeployment(after, there, { ...options, allowReplace: true })
    expect(steps.map(step => step.kind)).toEqual(['cancel', 'create'])
  })
})

describe('any change of disks and machines', () => {
  const disks = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
  const model = fc.tuple(disks, fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([names, cpu, second]) => {
    const workloads = [...names.map(name => disk(name, 1n)), machine('vm', names, cpu)]
    return want(...workloads, ...(second ? [machine('other', [])] : []))
  })

  it('ends with what is wanted, each version one above the last, and then needs nothing', () => {
    fc.assert(
      fc.property(model, model, (first, second) => {
        let now = have(done(only(diffDeployment(first, undefined, options))))
        for (const step of diffDeployment(second, now, options)) {
          const version = now.node.kind === 'present' ? now.node.deployment.version : -1
          expect(step).toMatchObject({ kind: 'update', version: version + 1 })
          now = have(done(step))
        }
        expect(diffDeployment(second, now, options)).toEqual([])
        const held = now.node.kind === 'present' ? now.node.deployment.workloads.map(({ name }) => name).sort() : []
        expect(held).toEqual(second.workloads.map(({ name }) => name).sort())
      }),
      { seed: 20261121, numRuns: 300 },
    )
  })
})

function names(step: UpdateStep | undefined): Record<string, number> {
  const deployment: Deployment | undefined = step?.deployment.reveal()
  return Object.fromEntries((deployment?.workloads ?? []).map(({ name, version }) => [name, version]))
}
