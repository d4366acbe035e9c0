import { describe, expect, it } from '@jest/globals'

import type { Workload } from '../deployment.js'
import { isSharable, isUpdatable, isWorkloadType, workloadCapacity, workloadTypes } from './registry.js'
import { minimalRootSize } from './root-size.js'

const GIB = 1024n ** 3n
const MIB = 1024n ** 2n

describe('types of workloads', () => {
  it('are thirteen', () => {
    expect(workloadTypes).toHaveLength(13)
    expect(workloadTypes.every(isWorkloadType)).toBe(true)
    expect(['container', 'toString', '__proto__', ''].some(isWorkloadType)).toBe(false)
  })

  it('that change in place, and that are shared', () => {
    expect(workloadTypes.filter(isUpdatable).toSorted()).toEqual([
      'network',
      'network-light',
      'qsfs',
      'volume',
      'zdb',
      'zmount',
    ])
    expect(workloadTypes.filter(isSharable).toSorted()).toEqual(['network', 'network-light'])
  })
})

describe('capacity', () => {
  const machine = (cpu: number, memory: bigint, size: bigint) => ({ compute_capacity: { cpu, memory }, size })
  it.each<[string, Workload['type'], object, object]>([
    ['a disk', 'zmount', { size: 5n }, { sru: 5n }],
    ['a volume', 'volume', { size: 5n }, { sru: 5n }],
    ['a 0-DB', 'zdb', { size: 5n }, { hru: 5n }],
    ['a public IPv4 address', 'ip', { v4: true, v6: true }, { ipv4u: 1n }],
    ['an IPv6 address', 'ip', { v4: false, v6: true }, {}],
    ['the older public address', 'ipv4', {}, { ipv4u: 1n }],
    ['a network', 'network', {}, {}],
    ['a gateway', 'gateway-name-proxy', {}, {}],
    ['a log', 'zlogs', {}, {}],
    ['qsfs', 'qsfs', { cache: 7n }, { cru: 1n, mru: GIB, sru: 7n }],
    ['a machine with the least root', 'zmachine', machine(1, GIB, 0n), { cru: 1n, mru: GIB, sru: 500n * MIB }],
    ['a light machine', 'zmachine-light', machine(4, 4n * GIB, 9n * GIB), { cru: 4n, mru: 4n * GIB, sru: 9n * GIB }],
  ])('of %s', (_, type, data, expected) => {
    expect(workloadCapacity({ type, data } as Workload)).toEqual({
      cru: 0n,
      mru: 0n,
      sru: 0n,
      hru: 0n,
      ipv4u: 0n,
      ...expected,
    })
  })

  it.each<[number, bigint, bigint]>([
    [1, 8n * GIB, 2n * GIB],
    [1, 4n * GIB, 500n * MIB],
    [2, 4n * GIB, 2n * GIB],
    [3, 4n * GIB, 2n * GIB],
    [4, 5n * GIB, 2n * GIB],
    [1, GIB, 500n * MIB],
    [1, 250n * MIB, 500n * MIB],
  ])('%i cores with %i bytes of memory need a root of %i', (cpu, memory, root) => {
    expect(minimalRootSize(cpu, memory)).toBe(root)
  })
})
