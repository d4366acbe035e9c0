import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { key, routeAll } from '../../../test/properties/wireguard-routes.js'
import { planTopology, type TopologyAccess, type TopologyNode, wireguardPeers } from './topology.js'

const RANGE = '10.249.0.0/16'

function node(nodeId: number, third: number, endpoint?: string): TopologyNode {
  return {
    nodeId,
    subnet: `10.249.${third}.0/24`,
    publicKey: key(third),
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

function access(nodeId: number, third: number): TopologyAccess {
  return { nodeId, subnet: `10.249.${third}.0/24`, publicKey: key(third) }
}

describe('the peers of a node', () => {
  it('are none when it is alone, dialled or not', () => {
    expect(wireguardPeers({ ipRange: RANGE, nodes: [node(11, 2)] })).toEqual(new Map([[11, []]]))
    expect(wireguardPeers({ ipRange: RANGE, nodes: [node(11, 2, '1.2.3.4:5566')] })).toEqual(new Map([[11, []]]))
    expect(wireguardPeers({ ipRange: RANGE, nodes: [] })).toEqual(new Map())
  })

  it('are the other public nodes, with the subnet and the routing address of each', () => {
    const nodes = [node(168, 3, '[2a02::1]:1024'), node(11, 2, '1.2.3.4:5566')]
    expect(wireguardPeers({ ipRange: RANGE, nodes })).toEqual(
      new Map([
        [11, [peer(3, ['10.249.3.0/24', '100.64.249.3/32'], '[2a02::1]:1024')]],
        [168, [peer(2, ['10.249.2.0/24', '100.64.249.2/32'], '1.2.3.4:5566')]],
      ]),
    )
  })

  it('include those who dial in; others reach these through it', () => {
    const peers = wireguardPeers({
      ipRange: RANGE,
      nodes: [node(1, 2, '1.2.3.4:5566'), node(2, 3, '5.6.7.8:5566'), node(9, 4)],
      accesses: [access(1, 5)],
    })
    const behind = ['10.249.4.0/24', '100.64.249.4/32', '10.249.5.0/24', '100.64.249.5/32']
    expect(peers.get(1)).toEqual([
      peer(3, ['10.249.3.0/24', '100.64.249.3/32'], '5.6.7.8:5566'),
      peer(4, ['10.249.4.0/24', '100.64.249.4/32'], ''),
      peer(5, ['10.249.5.0/24', '100.64.249.5/32'], ''),
    ])
    expect(peers.get(2)).toEqual([peer(2, ['10.249.2.0/24', '100.64.249.2/32', ...behind], '1.2.3.4:5566')])
    expect(peers.get(9)).toEqual([peer(2, ['10.249.0.0/16', '100.64.0.0/16'], '1.2.3.4:5566')])
  })
})

describe('the access node', () => {
  const publics = [node(30, 2, '1.2.3.4:1024'), node(20, 3, '5.6.7.8:1024'), node(10, 4, '[2a02::1]:1024')]
  const hidden = node(5, 9)

  it.each([
    ['the public node with IPv4 and the lowest id', publics, [], 20],
    ['one with IPv6 when there is no other', [node(12, 3, '[2a02::2]:1'), node(10, 4, '[2a02::1]:1')], [], 10],
    ['the node where people enter', publics, [access(30, 8)], 30],
  ])('is %s', (_, nodes, accesses, expected) => {
    const topology = planTopology({ ipRange: RANGE, nodes: [hidden, ...nodes], accesses })
    expect(topology.accessNodeId).toBe(expected)
    expect(topology.via).toEqual(new Map([[5, expected]]))
  })

  it('is the one that is named', () => {
    expect(planTopology({ ipRange: RANGE, nodes: [hidden, ...publics], accessNodeId: 10 }).via.get(5)).toBe(10)
    for (const accessNodeId of [5, 99]) {
      expect(() => planTopology({ ipRange: RANGE, nodes: [hidden, ...publics], accessNodeId })).toThrow(
        expect.objectContaining({
          code: 'NETWORK_HIDDEN_NODE',
          message: expect.stringContaining(String(accessNodeId)),
        }),
      )
    }
  })

  it('stays the same for a node that has one, while it is public', () => {
    const attached = { ...hidden, peers: [{ wireguard_public_key: key(2), endpoint: '1.2.3.4:1024' }] }
    expect(planTopology({ ipRange: RANGE, nodes: [attached, ...publics] }).via.get(5)).toBe(30)
    const gone = publics.filter(({ nodeId }) => nodeId !== 30)
    expect(planTopology({ ipRange: RANGE, nodes: [attached, ...gone] }).via.get(5)).toBe(20)
    const dark = [...gone, node(30, 2)]
    expect(planTopology({ ipRange: RANGE, nodes: [attached, ...dark] }).via.get(5)).toBe(20)
  })

  it('must be there when a hidden node is not alone', () => {
    expect(() => wireguardPeers({ ipRange: RANGE, nodes: [node(7, 3), node(5, 2)] })).toThrow(
      expect.objectContaining({
        code: 'NETWORK_HIDDEN_NODE',
        message: expect.stringContaining('node 5, node 7'),
        hint: expect.stringContaining('addAccess: true'),
      }),
    )
  })

  it('must be where people enter', () => {
    for (const nodes of [[node(5, 2)], [node(5, 2), node(6, 3, '1.2.3.4:1')]]) {
      expect(() => wireguardPeers({ ipRange: RANGE, nodes, accesses: [access(5, 4)] })).toThrow(
        expect.objectContaining({ code: 'NETWORK_HIDDEN_NODE', message: expect.stringContaining('node 5') }),
      )
    }
  })
})

describe('an impossible network', () => {
  const [a, b] = [node(1, 2, '1.2.3.4:1024'), node(2, 3, '5.6.7.8:1024')]

  it.each<[string, string, string, readonly TopologyNode[], readonly TopologyAccess[], string?]>([
    ['one subnet twice', 'NETWORK_CONFLICT', 'node 1 and node 2', [a, { ...b, subnet: a.subnet }], []],
    ['one key twice', 'NETWORK_CONFLICT', 'node 1 and node 2', [a, { ...b, publicKey: a.publicKey }], []],
    ['one node twice', 'NETWORK_CONFLICT', 'node 1', [a, { ...b, nodeId: 1 }], []],
    ['a way in with a node’s subnet', 'NETWORK_CONFLICT', 'node 2', [a, b], [{ ...access(1, 3), publicKey: key(9) }]],
    ['a subnet outside', 'NETWORK_RANGE', 'node 2', [a, { ...b, subnet: '10.250.3.0/24' }], []],
    ['a subnet that is no /24', 'NETWORK_RANGE', 'node 2', [a, { ...b, subnet: '10.249.3.0/25' }], []],
    ['a subnet that is none', 'INPUT_CIDR', 'node 2', [a, { ...b, subnet: '10.249.3.0' }], []],
    ['a key that is none', 'INPUT_KEY', 'node 2', [a, { ...b, publicKey: 'AAAA' }], []],
    ['a name to dial', 'INPUT_IP', 'node 2', [a, { ...b, endpoint: 'example.org:1024' }], []],
    ['no port to dial', 'INPUT_IP', 'node 2', [a, { ...b, endpoint: '1.2.3.4' }], []],
    ['a public range', 'NETWORK_RANGE', '8.8.0.0/16', [a, b], [], '8.8.0.0/16'],
    ['a small range', 'NETWORK_RANGE', '10.249.0.0/20', [a, b], [], '10.249.0.0/20'],
  ])('with %s is refused', (_, code, words, nodes, accesses, ipRange = RANGE) => {
    expect(() => wireguardPeers({ ipRange, nodes, accesses })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    )
  })
})

describe('every network', () => {
  /** Up to 12 nodes, some hidden, and up to 5 people; at least one public node. */
  const networks = fc
    .record({
      kinds: fc.array(fc.constantFrom('v4', 'v6', 'hidden'), { minLength: 1, maxLength: 12 }),
      people: fc.array(fc.nat(), { maxLength: 5 }),
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 12, maxLength: 12 }),
      thirds: fc.uniqueArray(fc.integer({ min: 2, max: 255 }), { minLength: 17, maxLength: 17 }),
    })
    .map(({ kinds, people, ids, thirds }) => {
      const nodes = kinds.map((kind, i) => {
        const endpoint = kind === 'v6' ? `[2a02::${i + 1}]:1024` : kind === 'v4' ? `8.8.4.${i}:1024` : undefined
        return node(ids[i] as number, thirds[i] as number, endpoint)
      })
      const publics = nodes.filter(({ endpoint }) => endpoint !== undefined)
      const accesses =
        publics.length === 0
          ? []
          : people.map((pick, i) => access(publics[pick % publics.length]!.nodeId, thirds[12 + i] as number))
      return { nodes, accesses }
    })
    .filter(({ nodes }) => nodes.some(({ endpoint }) => endpoint !== undefined))

  it('lets everybody reach everybody, hop by hop, as WireGuard routes and checks', () => {
    fc.assert(
      fc.property(networks, ({ nodes, accesses }) => {
        expect(routeAll({ ipRange: RANGE, nodes, accesses })).toEqual([])

        // Hidden nodes of one network may be attached to different access nodes.
        const publics = nodes.filter(({ endpoint }) => endpoint !== undefined)
        const attached = nodes.map((member, i) => {
          const access = publics[i % publics.length] as TopologyNode
          return { ...member, peers: [{ wireguard_public_key: access.publicKey, endpoint: access.endpoint as string }] }
        })
        expect(routeAll({ ipRange: RANGE, nodes: attached, accesses })).toEqual([])
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  it('gives each range to one peer of a node only, and knows itself nowhere', () => {
    fc.assert(
      fc.property(networks, ({ nodes, accesses }) => {
        for (const [nodeId, peers] of wireguardPeers({ ipRange: RANGE, nodes, accesses })) {
          const ranges = peers.flatMap(({ allowed_ips }) => allowed_ips)
          expect(new Set(ranges).size).toBe(ranges.length)
          const own = nodes.find(candidate => candidate.nodeId === nodeId) as TopologyNode
          expect(ranges).not.toContain(own.subnet)
          expect(peers.map(({ wireguard_public_key }) => wireguard_public_key)).not.toContain(own.publicKey)
        }
      }),
      { seed: 3, numRuns: 150 },
    )
  })

  it('knows on both sides of every link, and can be dialled from one of them', () => {
    fc.assert(
      fc.property(networks, ({ nodes, accesses }) => {
        const peers = wireguardPeers({ ipRange: RANGE, nodes, accesses })
        for (const a of nodes) {
          for (const there of peers.get(a.nodeId) ?? []) {
            const b = nodes.find(candidate => candidate.publicKey === there.wireguard_public_key)
            if (!b) continue
            const back = peers.get(b.nodeId)?.find(candidate => candidate.wireguard_public_key === a.publicKey)
            expect(back).toBeDefined()
            expect(there.endpoint !== '' || back?.endpoint !== '').toBe(true)
            expect(there.endpoint).toBe(b.endpoint ?? '')
          }
        }
      }),
      { seed: 4, numRuns: 100 },
    )
  })

  it('is the same whatever the order of its description, and when it is planned again', () => {
    fc.assert(
      fc.property(networks, fc.infiniteStream(fc.nat()), ({ nodes, accesses }, order) => {
        const first = planTopology({ ipRange: RANGE, nodes, accesses })
        const shuffled = <T>(items: readonly T[]) =>
          [...items]
            .map(item => ({ item, at: order.next().value as number }))
            .sort((x, y) => x.at - y.at)
            .map(({ item }) => item)
        expect(planTopology({ ipRange: RANGE, nodes: shuffled(nodes), accesses: shuffled(accesses) })).toEqual(first)
        const planned = nodes.map(member => ({ ...member, peers: first.peers.get(member.nodeId) ?? [] }))
        expect(planTopology({ ipRange: RANGE, nodes: planned, accesses })).toEqual(first)
      }),
      { seed: 5, numRuns: 100 },
    )
  })

  it('moves no hidden node when a public node comes', () => {
    fc.assert(
      fc.property(networks, ({ nodes, accesses }) => {
        const first = planTopology({ ipRange: RANGE, nodes: nodes.slice(), accesses })
        const planned = nodes.map(member => ({ ...member, peers: first.peers.get(member.nodeId) ?? [] }))
        const newcomer = { nodeId: 0, subnet: '10.249.1.0/24', publicKey: key(1), endpoint: '9.9.9.9:1024' }
        const second = planTopology({ ipRange: RANGE, nodes: [newcomer, ...planned], accesses })
        for (const [hidden, access] of first.via) {
          expect(second.via.get(hidden)).toBe(access)
          expect(second.peers.get(hidden)).toEqual(first.peers.get(hidden))
        }
      }),
      { seed: 6, numRuns: 100 },
    )
  })
})

function peer(third: number, allowedIps: readonly string[], endpoint: string) {
  return { subnet: `10.249.${third}.0/24`, wireguard_public_key: key(third), allowed_ips: allowedIps, endpoint }
}
