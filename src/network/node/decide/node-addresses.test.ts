import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex } from '../../../core/hex.js'
import { ndmzIpv6, ndmzLease } from './ndmz-leases.js'
import {
  checkMachineIp,
  checkNetworkRanges,
  eui64,
  networkGateway,
  networkMyceliumGateway,
  networkMyceliumMachine,
  networkUla,
  networkWireguard,
} from './network-addresses.js'
import { type PortReservations, reservePort } from './wireguard-ports.js'

function refusal(code: string, reason: string) {
  return expect.objectContaining({ code, details: expect.objectContaining({ reason }) })
}

// node-network.md §2.3
describe('addresses of a node', () => {
  it('case 22: a network has the lowest free address of ndmz, and keeps it', () => {
    const a = ndmzLease(new Map(), 'a')
    const again = ndmzLease(a.leases, 'a')
    const b = ndmzLease(again.leases, 'b')
    expect([a.address, again.address, b.address]).toEqual(['100.127.0.2', '100.127.0.2', '100.127.0.3'])
    expect([...a.leases]).toEqual([['a', '100.127.0.2']])
    expect([...b.leases]).toEqual([
      ['a', '100.127.0.2'],
      ['b', '100.127.0.3'],
    ])
  })

  it('case 23: 65,533 networks have one, and the next is told that there is none, in no time', () => {
    let leases: ReadonlyMap<string, string> = new Map()
    const given = new Set<string>()
    for (let i = 0; i < 65_533; i++) {
      const lease = ndmzLease(leases, `network-${i}`)
      leases = lease.leases
      given.add(lease.address)
    }
    expect(given.size).toBe(65_533)
    for (const never of ['100.127.0.0', '100.127.0.1', '100.127.255.255']) expect(given).not.toContain(never)
    expect(() => ndmzLease(leases, 'one more')).toThrow(refusal('NODE_NET_NO_ADDRESS', 'no-free-address'))
    expect(ndmzLease(leases, 'network-7').address).toBe('100.127.0.9')
  })

  it.each([
    [24, ndmzIpv6('100.127.1.1'), 'fd00::101'],
    [24, ndmzIpv6('100.127.255.254'), 'fd00::fffe'],
    [25, networkWireguard('10.3.1.0/24'), '100.64.3.1/16'],
    [26, networkGateway('10.1.2.0/24'), '10.1.2.1'],
    [27, networkUla('2gD4nhwZyigBh', '10.1.2.77'), 'fd32:6744:346e:2::4d/64'],
    [27, networkUla('2gD4nAnother1', '10.1.2.77'), 'fd32:6744:346e:2::4d/64'],
    [28, networkMyceliumGateway('3b4:ca67:822d:b0c1:1:2:3:4'), '3b4:ca67:822d:b0c1::1/64'],
    [
      29,
      networkMyceliumMachine('3b4:ca67:822d:b0c1:1:2:3:4', fromHex('001122334455')),
      '3b4:ca67:822d:b0c1:ff0f:11:2233:4455/64',
    ],
    [30, eui64('2a02:1802:5e::/64', '1a:8d:03:13:2d:3d'), '2a02:1802:5e:0:188d:3ff:fe13:2d3d'],
  ])('case %i: %s', (_, address, expected) => {
    expect(address).toBe(expected)
  })

  it('case 26: a machine has none of the reserved addresses, and none of another subnet', () => {
    expect(checkMachineIp('10.1.2.0/24', '10.1.2.2')).toBe('10.1.2.2')
    for (const reserved of ['10.1.2.0', '10.1.2.1', '10.1.2.255']) {
      expect(() => checkMachineIp('10.1.2.0/24', reserved)).toThrow(refusal('NODE_NET_ADDRESS', 'reserved'))
    }
    for (const outside of ['10.1.3.5', 'fd00::5']) {
      expect(() => checkMachineIp('10.1.2.0/24', outside)).toThrow(refusal('NODE_NET_ADDRESS', 'outside-subnet'))
    }
    expect(() => checkMachineIp('10.1.2.0/24', '10.1.2')).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })

  it('case 29: a seed of zeros is refused', () => {
    expect(() => networkMyceliumMachine('3b4:ca67:822d:b0c1::1', new Uint8Array(6))).toThrow(
      expect.objectContaining({ code: 'INPUT_SEED' }),
    )
  })

  it.each([
    ['outside of the range', '10.1.0.0/16', '10.2.1.0/24', [], 'outside-range'],
    ['a range that is none', '10.1.0.0/24', '10.1.0.0/24', [], 'range'],
    ['a public range', '11.1.0.0/16', '11.1.1.0/24', [], 'range'],
    ['peers with one subnet', '10.1.0.0/16', '10.1.1.0/24', ['10.1.2.0/24', '10.1.2.0/24'], 'overlap'],
    ['a peer with our subnet', '10.1.0.0/16', '10.1.1.0/24', ['10.1.1.9/24'], 'overlap'],
    ['a peer outside', '10.1.0.0/16', '10.1.1.0/24', ['10.3.1.0/24'], 'outside-range'],
    ['a subnet of another length', '10.1.0.0/16', '10.1.0.0/23', [], 'subnet-length'],
    ['a peer of another length', '10.1.0.0/16', '10.1.1.0/24', ['10.1.1.128/25'], 'subnet-length'],
  ])('case 31: %s', (_, ip_range, subnet, peers, reason) => {
    const check = () => checkNetworkRanges({ ip_range, subnet, peers: peers.map(subnet => ({ subnet })) })
    expect(check).toThrow(refusal('NODE_NET_ADDRESS', reason))
  })

  it('a network whose members have their own subnets is possible', () => {
    const peers = [{ subnet: '10.1.2.0/24' }, { subnet: '10.1.3.0/24' }]
    expect(() => checkNetworkRanges({ ip_range: '10.1.0.0/16', subnet: '10.1.1.0/24', peers })).not.toThrow()
  })

  it('only a /64 makes addresses of hardware addresses', () => {
    expect(() => eui64('2a02::/48', '1a:8d:03:13:2d:3d')).toThrow(refusal('NODE_NET_ADDRESS', 'prefix'))
    expect(() => eui64('2a02::/64', '1a:8d:03')).toThrow(expect.objectContaining({ code: 'INPUT_HEX' }))
  })

  it('only an address of ndmz has another there', () => {
    expect(() => ndmzIpv6('10.0.0.1')).toThrow(refusal('NODE_NET_ADDRESS', 'outside-pool'))
  })
})

describe('WireGuard ports', () => {
  it('case 32: two networks never have the same, and a network frees its former one', () => {
    const none: PortReservations = new Map()
    const a = reservePort(none, 'A', 3011)
    expect(() => reservePort(a, 'B', 3011)).toThrow(refusal('NODE_NET_PORT', 'conflict'))
    const moved = reservePort(a, 'A', 3012)
    const both = reservePort(moved, 'B', 3011)
    expect(() => reservePort(both, 'C', 9651)).toThrow(refusal('NODE_NET_PORT', 'reserved'))
    expect([...both]).toEqual([
      ['A', 3012],
      ['B', 3011],
    ])
    expect([...none, ...a]).toEqual([['A', 3011]])
  })

  it.each([9943, 9944, 9945, 9651, 300, 80, 443, 8082])('%i belongs to the node', port => {
    expect(() => reservePort(new Map(), 'A', port)).toThrow(refusal('NODE_NET_PORT', 'reserved'))
  })

  it.each([0, -1, 65536, 1.5, Number.NaN])('%p is none', port => {
    expect(() => reservePort(new Map(), 'A', port)).toThrow(refusal('NODE_NET_PORT', 'no-port'))
  })

  it('are kept when they are asked for again', () => {
    const a = reservePort(new Map(), 'A', 3011)
    expect(reservePort(a, 'A', 3011)).toBe(a)
  })

  it('whatever is asked for, every port has one network at most', () => {
    const wish = fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: 3000, max: 3003 }))
    fc.assert(
      fc.property(fc.array(wish), wishes => {
        let reservations: PortReservations = new Map()
        for (const [network, port] of wishes) {
          const owner = [...reservations].find(([, taken]) => taken === port)?.[0]
          if (owner === undefined || owner === network) reservations = reservePort(reservations, network, port)
          else expect(() => reservePort(reservations, network, port)).toThrow(refusal('NODE_NET_PORT', 'conflict'))
          expect(new Set(reservations.values()).size).toBe(reservations.size)
        }
      }),
    )
  })
})

describe('leases', () => {
  it('stay as they were when another is made of them, and are the same whether kept or read again', () => {
    const steps = fc.array(fc.tuple(fc.nat(9), fc.constantFrom('keep', 'read', 'back', 'free')), { maxLength: 40 })
    fc.assert(
      fc.property(steps, given => {
        let leases: ReadonlyMap<string, string> = new Map()
        const history: [ReadonlyMap<string, string>, readonly (readonly [string, string])[]][] = []
        for (const [id, how] of given) {
          if (how === 'read') leases = new Map(leases)
          if (how === 'back') leases = history[Math.floor(history.length / 2)]?.[0] ?? leases
          if (how === 'free') leases = new Map([...leases].slice(1))
          const before = new Map(leases)
          const lease = ndmzLease(leases, `network-${id}`)
          leases = lease.leases
          expect(lease.address).toBe(before.get(`network-${id}`) ?? lowestFree(before))
          expect(new Map(leases)).toEqual(before.set(`network-${id}`, lease.address))
          expect(leases.size).toBe(before.size)
          expect(new Set(leases.values()).size).toBe(leases.size)
          history.push([leases, [...leases]])
        }
        for (const [then, entries] of history) {
          expect([...then]).toEqual(entries)
          expect([...then.keys()].map(id => [id, then.get(id)])).toEqual(entries)
        }
      }),
    )
  })

  function lowestFree(leases: ReadonlyMap<string, string>): string {
    const taken = new Set(leases.values())
    for (let last = 2; ; last++) if (!taken.has(`100.127.0.${last}`)) return `100.127.0.${last}`
  }
})
