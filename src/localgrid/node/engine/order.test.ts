import { describe, expect, it } from '@jest/globals'

import { disk, GIB, machine, network, volume } from '../../../../test/support/nodes/workloads.js'
import { installOrder, provisionOrder, removalOrder, updateOrder } from './order.js'

const order = provisionOrder(false, 11)
const names = (workloads: readonly { name: string }[]) => workloads.map(({ name }) => name)

describe('the order of a node', () => {
  it('begins with what machines need, and has every type once', () => {
    expect(order.slice(0, 8)).toEqual(['zmount', 'volume', 'qsfs', 'network', 'ipv4', 'ip', 'zmachine', 'zlogs'])
    expect(new Set(order).size).toBe(13)
    expect(order).toHaveLength(13)
    expect(provisionOrder(true, 5).slice(0, 8)).toEqual([
      'zmount',
      'volume',
      'qsfs',
      'network-light',
      'ipv4',
      'ip',
      'zmachine-light',
      'zlogs',
    ])
  })

  it('differs between nodes where the real one is arbitrary, and is the same in every run', () => {
    const rests = Array.from({ length: 20 }, (_, node) => provisionOrder(false, node).slice(8).join())
    expect(new Set(rests).size).toBeGreaterThan(1)
    expect(provisionOrder(false, 3)).toEqual(provisionOrder(false, 3))
  })

  it('installs the biggest disks first, and else keeps the list', () => {
    const listed = [
      machine('vm2'),
      machine('vm1'),
      disk('d10', 10n * GIB),
      disk('d30', 30n * GIB),
      disk('d20', 20n * GIB),
    ]
    expect(names(installOrder([...listed, volume('v1', 1n), volume('v3', 3n), network('net')], order))).toEqual([
      'd30',
      'd20',
      'd10',
      'v3',
      'v1',
      'net',
      'vm2',
      'vm1',
    ])
  })

  it('removes the other way round', () => {
    expect(names(removalOrder([disk('d'), network('net'), machine('vm')], order))).toEqual(['vm', 'net', 'd'])
  })

  it('removes before it adds or changes in an update', () => {
    const step = (kind: string, workload: ReturnType<typeof disk>) => ({ kind, workload, name: workload.name })
    const steps = [
      step('add', machine('new')),
      step('update', disk('grown')),
      step('remove', disk('old')),
      step('remove', machine('gone')),
      step('add', network('net')),
    ]
    expect(names(updateOrder(steps, order))).toEqual(['gone', 'old', 'grown', 'net', 'new'])
  })
})
