import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { account, factsOf, observedOf } from '../../../test/support/plan/fake-network.js'
import { noCost } from '../../plan/cost.js'
import type { DesiredDeployment } from '../../plan/desired.js'
import type { NodeSide } from '../../plan/observed.js'
import { makePlan } from '../../plan/plan.js'
import type { PlannedNetwork } from '../networks/network-input.js'
import { type CompiledMachines, compileMachines, type MachinesInput } from './compile.js'
import type { MachineModel } from './model.js'

const NODES = [11, 12, 30]
const nodes = new Map([factsOf(11, 'public'), factsOf(12, 'hidden'), factsOf(30, 'light')].map(f => [f.info.nodeId, f]))

const network: PlannedNetwork = {
  name: 'net',
  deployments: [],
  members: new Map(
    NODES.map((nodeId, i) => [
      nodeId,
      { nodeId, subnet: `10.249.${i + 2}.0/24`, myceliumAddress: `4a1:a126:8b83:${nodeId}::1` },
    ]),
  ),
  silent: new Set(),
  userConfigs: [],
}

function machine(name: string, nodeId: number, more: Partial<MachineModel> = {}): MachineModel {
  return {
    name,
    node_id: nodeId,
    disks: [{ name: `${name}disk`, size: 1, mountpoint: '/data' }],
    public_ip: false,
    planetary: true,
    mycelium: true,
    cpu: 1,
    memory: 1024,
    flist: 'https://hub.grid.tf/x.flist',
    entrypoint: '/sbin/zinit init',
    env: { SSH_KEY: 'key' },
    ...more,
  }
}

function compile(machines: readonly MachineModel[], more: Partial<MachinesInput> = {}): CompiledMachines {
  return compileMachines({
    name: 'web',
    metadata: '',
    description: '',
    projectName: '',
    machines,
    network,
    nodes,
    existing: [],
    reservedIps: new Map(),
    scope: 'all',
    account,
    ...more,
  })
}

function stepsOf(first: CompiledMachines, second: CompiledMachines) {
  const observed = observedOf(first.deployments)
  const options = { twinId: 7 }
  const { deployments: desired, addresses } = second
  return makePlan({ name: 'web', desired, observed, addresses, cost: noCost, warnings: [], options }).steps
}

function namesOn(compiled: CompiledMachines, nodeId: number): readonly string[] {
  const deployment = compiled.deployments.find(one => one.nodeId === nodeId) as DesiredDeployment
  return deployment.workloads.map(({ name }) => name)
}

const addressesOf = (compiled: CompiledMachines) =>
  new Map(compiled.addresses.map(({ machine, ip, mycelium }) => [machine, `${ip} ${mycelium}`]))

const machines = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom(...NODES), fc.boolean()), {
    minLength: 1,
    maxLength: 20,
    selector: ([id]) => id,
  })
  .map(list => list.map(([id, nodeId, open]) => machine(`vm${id}`, nodeId, { public_ip: open && nodeId !== 30 })))

describe('machines', () => {
  it('need nothing when they are planned again on what the first plan leaves', () => {
    fc.assert(
      fc.property(machines, fc.constantFrom('all' as const, 'some' as const), (list, scope) => {
        const first = compile(list)
        const existing = observedOf(first.deployments)
        const reservedIps = new Map(NODES.map(id => [id, first.addresses.filter(a => a.nodeId === id).map(a => a.ip)]))
        const second = compile(list, { existing, reservedIps, scope })
        expect(stepsOf(first, second)).toEqual([])
        expect(second.addresses).toEqual(first.addresses)
      }),
    )
  })

  it('have the same addresses in whatever order they are written', () => {
    fc.assert(
      fc.property(machines, list => {
        expect(addressesOf(compile([...list].reverse()))).toEqual(addressesOf(compile(list)))
      }),
    )
  })

  it('keep theirs when others come or go', () => {
    fc.assert(
      fc.property(machines, fc.integer({ min: 0, max: 19 }), (list, which) => {
        const all = compile(list)
        const rest = list.filter((_, i) => i !== which % list.length)
        const fewer = compile(rest, { existing: observedOf(all.deployments) })
        const more = compile(list, { existing: observedOf(fewer.deployments) })
        for (const [name, address] of addressesOf(fewer)) {
          expect(address).toBe(addressesOf(all).get(name))
          expect(addressesOf(more).get(name)).toBe(address)
        }
      }),
    )
  })

  it('never share an address with each other or with another deployment', () => {
    fc.assert(
      fc.property(machines, list => {
        const one = compile(list)
        const reservedIps = new Map(NODES.map(id => [id, one.addresses.filter(a => a.nodeId === id).map(a => a.ip)]))
        const two = compile(list, { name: 'other', reservedIps })
        const all = [...one.addresses, ...two.addresses]
        expect(new Set(all.map(({ ip }) => ip)).size).toBe(all.length)
        // Same names, same network, same node: still another machine.
        expect(new Set(all.map(({ mycelium }) => mycelium)).size).toBe(all.length)
      }),
    )
  })

  it('on a light node are light, and ask for nothing it has not got', () => {
    const [deployment] = compile([machine('vm', 30)]).deployments
    expect(deployment?.workloads.map(({ type }) => type)).toEqual(['zmount', 'zmachine-light'])
  })

  it('on a node that was never asked are left as they are', () => {
    const list = [machine('vm', 11), machine('there', 12)]
    const first = compile(list)
    const silent = { ...network, silent: new Set([11]) }
    const again = compile(list, { network: silent, existing: observedOf(first.deployments) })
    const steps = stepsOf(first, again)
    expect(steps.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['hold vm/web@11'])
  })
})

describe('a machine that joins', () => {
  const first = compile([machine('one', 11, { public_ip: true })], { metadata: 'mine', description: 'said' })
  const existing = observedOf(first.deployments)
  const join = (added: MachineModel, more: Partial<MachinesInput> = {}) =>
    compile([added], { existing, scope: 'some', ...more })

  it('leaves the others, and what was said of the deployment, as they are', () => {
    const joined = join(machine('two', 11))
    expect(joined.deployments[0]).toMatchObject({ metadata: 'mine', description: 'said', publicIps: 1 })
    expect(namesOn(joined, 11)).toEqual([...namesOn(first, 11), 'twodisk', 'two'])
  })

  it('a second time is there once: its disks and its address are its own', () => {
    const again = join(machine('one', 11, { public_ip: true }))
    expect(namesOn(again, 11)).toEqual(namesOn(first, 11))
    expect(again.deployments[0]?.publicIps).toBe(1)
    expect(stepsOf(first, again)).toEqual([])
  })

  it.each([
    ['a disk', machine('two', 11, { disks: [{ name: 'onedisk', size: 9, mountpoint: '/d' }] }), /onedisk \(zmount\)/],
    ['the name', machine('onedisk', 11, { disks: [] }), /onedisk \(zmount\)/],
  ])('cannot take %s of another', (_, added, text) => {
    expect(() => join(added)).toThrow(expect.objectContaining({ code: 'GRID_CONFLICT' }))
    expect(() => join(added)).toThrow(text)
  })

  it('cannot have the seed of one that runs there, and hears whose it is', () => {
    const seeded = compile([machine('one', 11, { myceliumSeed: '1e1404279b3d' })])
    const twin = machine('two', 11, { myceliumSeed: '1E1404279B3D' })
    const work = (more: Partial<MachinesInput> = {}) =>
      compile([twin], { existing: observedOf(seeded.deployments), scope: 'some', ...more })
    expect(() => work()).toThrow(expect.objectContaining({ code: 'GRID_CONFLICT' }))
    expect(() => work()).toThrow(/machine two of web and machine one of web .*net on node 11/)
    // On another node it is another address.
    expect(() =>
      compile([{ ...twin, node_id: 12 }], { existing: observedOf(seeded.deployments), scope: 'some' }),
    ).not.toThrow()
  })

  it('cannot have the seed of another deployment there', () => {
    const seed = '1e1404279b3d'
    const neighbours = [{ nodeId: 11, network: 'net', seed, who: 'machine far of other' }]
    const added = machine('two', 11, { myceliumSeed: seed })
    expect(() => join(added, { neighbours })).toThrow(/machine two of web and machine far of other/)
    expect(() => join(added, { neighbours: [{ ...neighbours[0]!, network: 'else' }] })).not.toThrow()
    expect(() => join(added, { neighbours: [{ ...neighbours[0]!, nodeId: 12 }] })).not.toThrow()
  })

  it('where the node knows nothing of the deployment is all that is sent', () => {
    const absent = new Map<number, NodeSide>([[11, { kind: 'absent' }]])
    const joined = join(machine('two', 11), { existing: observedOf(first.deployments, absent) })
    expect(namesOn(joined, 11)).toEqual(['twodisk', 'two'])
  })
})
