import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import {
  account,
  type FakeNodeKind,
  type FakeWish,
  factsOf,
  leftBy,
  networkInput,
  observedOf,
} from '../../../test/support/plan/fake-network.js'
import {
  contains,
  deriveWireguardKey,
  parseCidr,
  parseUserConfig,
  wireguardKeysFrom,
} from '../../network/address/index.js'
import { noCost } from '../../plan/cost.js'
import type { DesiredDeployment } from '../../plan/desired.js'
import { makePlan } from '../../plan/plan.js'
import type { NetworkData } from '../../zos/workloads/data.js'
import { compileNetwork } from './compile.js'
import type { ExistingNetwork } from './existing.js'
import type { PlannedNetwork } from './network-input.js'

const compile = (wish: FakeWish): PlannedNetwork => compileNetwork(networkInput(wish))

function dataOf(planned: PlannedNetwork, nodeId: number): NetworkData {
  const deployment = planned.deployments.find(one => one.nodeId === nodeId)
  return (deployment as DesiredDeployment).workloads[0]!.data as NetworkData
}

/** What of a node must never change because of others. */
function identityOf(planned: PlannedNetwork, nodeId: number) {
  const { subnet, wireguard_private_key, wireguard_listen_port, mycelium } = dataOf(planned, nodeId)
  return { subnet, wireguard_private_key, wireguard_listen_port, mycelium }
}

function stepsFrom(first: PlannedNetwork, second: PlannedNetwork) {
  const desired = second.deployments
  const observed = observedOf(first.deployments)
  const options = { twinId: 7 }
  return makePlan({ name: 'n', desired, observed, addresses: [], cost: noCost, warnings: [], options }).steps
}

/** A WireGuard key takes milliseconds, and each plan has one a node. */
const FEW = { numRuns: 5 }

const nodeIds = fc.uniqueArray(fc.integer({ min: 1, max: 240 }), { minLength: 1, maxLength: 4 })
const kinds = fc.array(fc.constantFrom<FakeNodeKind>('public', 'hidden', 'light'), { minLength: 4, maxLength: 4 })

/** Node 250 is public and always there, so hidden ones have somebody to go through. */
function worldOf(ids: readonly number[], kindOf: readonly FakeNodeKind[]) {
  const nodes = [...ids.map((id, i) => factsOf(id, kindOf[i] as FakeNodeKind)), factsOf(250, 'public')]
  return { nodes, members: nodes.map(({ info }) => ({ nodeId: info.nodeId })) }
}

describe('a network', () => {
  it('needs nothing when it is planned again on what the first plan leaves', () => {
    fc.assert(
      fc.property(nodeIds, kinds, fc.boolean(), (ids, kindOf, addAccess) => {
        const wish = { ...worldOf(ids, kindOf), addAccess, accessNodeId: 250 }
        const first = compile(wish)
        const second = compile({ ...wish, existing: leftBy(first) })
        expect(stepsFrom(first, second)).toEqual([])
        expect(second.userConfigs.map(({ config }) => config.reveal())).toEqual(
          first.userConfigs.map(({ config }) => config.reveal()),
        )
      }),
      FEW,
    )
  })

  it('is the same in whatever order nodes and members come', () => {
    fc.assert(
      fc.property(nodeIds, kinds, fc.infiniteStream(fc.integer()), (ids, kindOf, numbers) => {
        const wish = worldOf(ids, kindOf)
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map(one => ({ one, by: numbers.next().value as number }))
            .sort((a, b) => a.by - b.by)
            .map(({ one }) => one)
        const other = compile({ nodes: shuffled(wish.nodes), members: shuffled(wish.members) })
        expect(other.deployments).toEqual(compile(wish).deployments)
      }),
      FEW,
    )
  })

  it('changes no key, subnet, port or Mycelium key of a node because another comes or goes', () => {
    fc.assert(
      fc.property(nodeIds, kinds, (ids, kindOf) => {
        const all = worldOf(ids, kindOf)
        const without = worldOf(ids.slice(1), kindOf.slice(1))
        const before = compile(without)
        const grown = compile({ ...all, existing: leftBy(before) })
        for (const { nodeId } of without.members) expect(identityOf(grown, nodeId)).toEqual(identityOf(before, nodeId))

        const leaving = [ids[0] as number]
        const shrunk = compile({ ...without, nodes: all.nodes, leaving, existing: leftBy(grown) })
        for (const { nodeId } of without.members) expect(identityOf(shrunk, nodeId)).toEqual(identityOf(before, nodeId))
        expect(stepsFrom(before, shrunk)).toEqual([])
      }),
      FEW,
    )
  })

  it('gives every node a /24 of its own, in range, and every address one way', () => {
    fc.assert(
      fc.property(nodeIds, kinds, (ids, kindOf) => {
        const wish = worldOf(ids, kindOf)
        const planned = compile(wish)
        const subnets = wish.members.map(({ nodeId }) => dataOf(planned, nodeId).subnet)
        expect(new Set(subnets).size).toBe(subnets.length)
        for (const subnet of subnets) expect(contains(parseCidr('10.249.0.0/16'), parseCidr(subnet))).toBe(true)
        for (const { nodeId } of wish.members) {
          const routes = dataOf(planned, nodeId).peers.flatMap(peer => peer.allowed_ips)
          expect(new Set(routes).size).toBe(routes.length)
        }
      }),
      FEW,
    )
  })

  it('carries no keys, port or peers on light nodes without WireGuard, and always Mycelium', () => {
    const planned = compile({ nodes: [factsOf(30, 'light')], members: [{ nodeId: 30, mycelium: false }] })
    expect(planned.deployments[0]).toMatchObject({
      contractType: 'network-light',
      workloads: [{ type: 'network-light' }],
    })
    const data = dataOf(planned, 30)
    expect(data).toMatchObject({ wireguard_private_key: '', wireguard_listen_port: 0, peers: [] })
    expect(data.mycelium?.hex_key).toMatch(/^[0-9a-f]{64}$/)
  })

  it('gains Mycelium without anything else changing', () => {
    const nodes = [factsOf(11, 'public')]
    const before = compile({ nodes, members: [{ nodeId: 11, mycelium: false }] })
    expect(dataOf(before, 11).mycelium).toBeUndefined()
    const after = compile({ nodes, members: [{ nodeId: 11 }], existing: leftBy(before) })
    expect({ ...dataOf(after, 11), mycelium: undefined }).toEqual({ ...dataOf(before, 11), mycelium: undefined })
    // A member that asks for none takes it from nobody.
    const again = compile({ nodes, members: [{ nodeId: 11, mycelium: false }], existing: leftBy(after) })
    expect(stepsFrom(after, again)).toEqual([])
  })

  it('has the Mycelium key the model gives, and keeps it when the model says nothing', () => {
    const nodes = [factsOf(11, 'public')]
    const members = [{ nodeId: 11 }]
    const seed = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
    const given = compile({ nodes, members, seeds: new Map([[11, seed]]) })
    expect(dataOf(given, 11).mycelium?.hex_key).toBe(seed)
    expect(stepsFrom(given, compile({ nodes, members, existing: leftBy(given) }))).toEqual([])
    const other = new Map([[11, 'ab'.repeat(32)]])
    expect(() => compile({ nodes, members, seeds: other, existing: leftBy(given) })).toThrow(
      expect.objectContaining({ code: 'NETWORK_CONFLICT', where: 'network.myceliumSeeds, node 11' }),
    )
  })

  it('avoids ports that the node says are taken', () => {
    const members = [{ nodeId: 11 }]
    const port = dataOf(compile({ nodes: [factsOf(11, 'public')], members }), 11).wireguard_listen_port
    const nodes = [factsOf(11, 'public', { takenPorts: [port] })]
    expect(dataOf(compile({ nodes, members }), 11).wireguard_listen_port).not.toBe(port)
  })

  it('is refused with another range than it has', () => {
    const nodes = [factsOf(11, 'public')]
    const existing = leftBy(compile({ nodes, members: [{ nodeId: 11 }] }))
    const input = networkInput({ nodes, members: [{ nodeId: 11 }], existing })
    const other = { ...input, wish: { ...input.wish, ipRange: '10.250.0.0/16' } }
    expect(() => compileNetwork(other)).toThrow(expect.objectContaining({ code: 'NETWORK_CONFLICT' }))
  })

  it('gives nobody the place of a node that leaves, until it has left', () => {
    const nodes = [factsOf(11, 'public'), factsOf(12, 'public')]
    const before = compile({ nodes, members: [{ nodeId: 11 }] })
    const moved = compile({ nodes, members: [{ nodeId: 12 }], leaving: [11], existing: leftBy(before) })
    expect(dataOf(moved, 12).subnet).not.toBe(dataOf(before, 11).subnet)
    // Unless the machine that moves takes its address along.
    const members = [{ nodeId: 12, ip: '10.249.2.9' }]
    const along = compile({ nodes, members, leaving: [11], existing: leftBy(before) })
    expect(dataOf(along, 12).subnet).toBe('10.249.2.0/24')
  })
})

describe('a network that the peer client made', () => {
  const wireguard = wireguardKeysFrom(new Uint8Array(32).fill(9))
  const userKey = wireguardKeysFrom(new Uint8Array(32).fill(5))
  const existing: ExistingNetwork = {
    silent: [],
    nodes: [
      {
        nodeId: 11,
        contractType: 'network',
        contractData: '{"version":3,"type":"network","name":"net","projectName":"vm/theirs"}',
        accesses: [{ nodeId: 11, subnet: '10.249.7.0/24', privateKey: userKey.privateKey }],
        workload: {
          type: 'network',
          name: 'net',
          version: 0,
          description: '',
          metadata: '',
          result: { created: 1, state: 'ok', message: '', data: null },
          data: {
            ip_range: '10.249.0.0/16',
            subnet: '10.249.9.0/24',
            wireguard_private_key: wireguard.privateKey,
            wireguard_listen_port: 4321,
            peers: [],
            mycelium: { hex_key: 'ab'.repeat(32), peers: [] },
          },
        },
      },
    ],
  }
  const planned = compile({
    nodes: [factsOf(11, 'public'), factsOf(12, 'public')],
    members: [{ nodeId: 12 }],
    existing,
  })

  it('keeps its keys, ports, subnets and the data of its contract', () => {
    expect(identityOf(planned, 11)).toEqual({
      subnet: '10.249.9.0/24',
      wireguard_private_key: wireguard.privateKey,
      wireguard_listen_port: 4321,
      mycelium: { hex_key: 'ab'.repeat(32), peers: [] },
    })
    expect(planned.deployments[0]?.contractData).toContain('vm/theirs')
  })

  it('keeps the ways in as they are, the key that lies on the node included', () => {
    expect(planned.userConfigs).toHaveLength(1)
    const config = parseUserConfig(planned.userConfigs[0]!.config.reveal())
    expect(config.privateKey.reveal()).toBe(userKey.privateKey)
    expect(planned.deployments[0]?.workloads[0]?.metadata).toContain(userKey.privateKey)
    expect(dataOf(planned, 11).peers.map(({ wireguard_public_key: key }) => key)).toContain(userKey.publicKey)
  })
})

describe('a way in', () => {
  it('has a key that is derived and lies on no node', () => {
    const wish = { nodes: [factsOf(11, 'public')], members: [{ nodeId: 11 }], addAccess: true, accessNodeId: 11 }
    const planned = compile(wish)
    const config = parseUserConfig(planned.userConfigs[0]!.config.reveal())
    const { subnet } = planned.userConfigs[0]!
    const origin = { ...account, network: 'net', nodeId: 11, name: subnet }
    const derived = wireguardKeysFrom(deriveWireguardKey({ ...origin, purpose: 'wireguard-access' }))
    expect(config.privateKey.reveal()).toBe(derived.privateKey)
    expect(JSON.stringify(planned.deployments)).not.toContain(derived.privateKey)
  })
})

describe('a node that does not answer', () => {
  const nodes = [factsOf(11, 'public'), factsOf(12, 'public'), factsOf(13, 'hidden'), factsOf(14, 'public')]
  const three = [{ nodeId: 11 }, { nodeId: 12 }, { nodeId: 13 }]
  const first = compile({ nodes, members: three, addAccess: true, accessNodeId: 12 })

  it.each([11, 12, 13])('keeps its place, its peers and what goes through it (node %d)', silent => {
    const existing = leftBy(first, [silent])
    const again = compile({ nodes, members: three, addAccess: true, accessNodeId: 12, existing })
    expect(again.silent).toEqual(new Set([silent]))
    expect(again.deployments.map(({ nodeId }) => nodeId)).toEqual([11, 12, 13].filter(id => id !== silent))
    expect(stepsFrom(first, again)).toEqual([])
  })

  it.each([11, 12, 13])('gives its subnet to nobody who comes meanwhile (node %d)', silent => {
    const existing = leftBy(first, [silent])
    const grown = compile({ nodes, members: [...three, { nodeId: 14 }], existing })
    const taken = [...three.map(({ nodeId }) => dataOf(first, nodeId).subnet), first.userConfigs[0]!.subnet]
    expect(taken).not.toContain(dataOf(grown, 14).subnet)
  })

  it('whose subnet nobody knows keeps others from coming, and says so', () => {
    const alone = compile({ nodes, members: [{ nodeId: 11 }] })
    const existing = leftBy(alone, [11])
    const work = () => compile({ nodes, members: [{ nodeId: 11 }, { nodeId: 14 }], existing })
    expect(work).toThrow(expect.objectContaining({ code: 'GRID_NODE_UNREACHABLE', where: 'node 11' }))
    expect(work).toThrow(/node 14/)
    expect(compile({ nodes, members: [{ nodeId: 11 }], existing }).deployments).toEqual([])
  })

  it('that held the network before stays the peer it was when only its addresses could not be asked', () => {
    const own = [factsOf(11, 'public'), factsOf(12, 'public')]
    const members = [{ nodeId: 11 }, { nodeId: 12 }]
    const before = compile({ nodes: own, members })
    const { endpoint: _, ...quiet } = factsOf(12, 'public', { reachable: false })
    const again = compile({ nodes: [factsOf(11, 'public'), quiet], members, existing: leftBy(before) })
    expect(dataOf(again, 11)).toEqual(dataOf(before, 11))
  })
})
