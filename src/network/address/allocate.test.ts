import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { allocateMachineIps, type MachineIpRequest } from './allocate-machine-ips.js'
import { allocateSubnets, type SubnetRequest } from './allocate-subnets.js'
import { compareNaturally } from './natural-order.js'

const RANGE = '10.249.0.0/16'
const SUBNET = '10.249.2.0/24'

function subnets(requests: readonly SubnetRequest[], reserved: readonly string[] = []) {
  return Object.fromEntries(allocateSubnets({ ipRange: RANGE, requests, reserved }))
}

function ips(machines: readonly MachineIpRequest[], reserved: readonly string[] = []) {
  return Object.fromEntries(allocateMachineIps({ subnet: SUBNET, machines, reserved }))
}

describe('the subnet of a node', () => {
  it('is the first free one from the third on, in the order of the ids', () => {
    expect(subnets([{ owner: 'node 168' }, { owner: 'node 11' }, { owner: 'access' }], ['10.249.3.0/24'])).toEqual({
      access: '10.249.2.0/24',
      'node 11': '10.249.4.0/24',
      'node 168': '10.249.5.0/24',
    })
  })

  it('is the one it has, even where we would put nobody', () => {
    const held = { owner: 'b', held: '10.249.0.0/24' }
    expect(subnets([{ owner: 'a' }, held])).toEqual({ a: '10.249.2.0/24', b: '10.249.0.0/24' })
  })

  it('is the one of its machine’s address', () => {
    expect(subnets([{ owner: '1', containing: '10.249.9.77' }, { owner: '2' }])).toEqual({
      1: '10.249.9.0/24',
      2: '10.249.2.0/24',
    })
    expect(subnets([{ owner: '1', containing: '10.249.9.77', held: '10.249.9.0/24' }])).toEqual({ 1: '10.249.9.0/24' })
  })

  it.each<[string, string, RegExp, readonly SubnetRequest[], (readonly string[])?]>([
    [
      'two want one',
      'NETWORK_CONFLICT',
      /m\[0\]\.ip.*m\[1\]\.ip|m\[1\]\.ip.*m\[0\]\.ip/,
      [
        { owner: '1', containing: '10.249.9.1', where: 'm[0].ip' },
        { owner: '2', containing: '10.249.9.2', where: 'm[1].ip' },
      ],
    ],
    [
      'somebody has it',
      'NETWORK_CONFLICT',
      /node 2 and node 9/,
      [
        { owner: 'node 2', containing: '10.249.9.2' },
        { owner: 'node 9', held: '10.249.9.0/24' },
      ],
    ],
    [
      'it is reserved',
      'NETWORK_CONFLICT',
      /node 1 and the network/,
      [{ owner: 'node 1', containing: '10.249.9.1' }],
      ['10.249.9.0/24'],
    ],
    [
      'the node has another',
      'NETWORK_CONFLICT',
      /10\.249\.9\.2.*node 1 has 10\.249\.3\.0/,
      [{ owner: 'node 1', held: '10.249.3.0/24', containing: '10.249.9.2' }],
    ],
    ['the address is elsewhere', 'NETWORK_RANGE', /10\.250\.9\.1/, [{ owner: '1', containing: '10.250.9.1' }]],
    ['the address is IPv6', 'NETWORK_RANGE', /2a02::1/, [{ owner: '1', containing: '2a02::1' }]],
    ['the address is none', 'INPUT_IP', /nonsense/, [{ owner: '1', containing: 'nonsense' }]],
    [
      'the first subnet is wanted',
      'NETWORK_RANGE',
      /10\.249\.0\.0\/24 is reserved/,
      [{ owner: '1', containing: '10.249.0.5' }],
    ],
    [
      'the second subnet is wanted',
      'NETWORK_RANGE',
      /10\.249\.1\.0\/24 is reserved/,
      [{ owner: '1', containing: '10.249.1.5' }],
    ],
    ['it has one that is no /24', 'NETWORK_RANGE', /not an IPv4 \/24/, [{ owner: '1', held: '10.249.3.0/25' }]],
    ['one asks twice', 'INPUT_OPTION', /two subnets/, [{ owner: '1' }, { owner: '1' }]],
  ])('is an error when %s', (_, code, message, requests, reserved = []) => {
    for (const order of [requests, [...requests].reverse()]) {
      expect(() => subnets(order, reserved)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      )
    }
  })

  it('is there for 254 and not for more', () => {
    const requests = Array.from({ length: 254 }, (_, i) => ({ owner: String(i) }))
    expect(new Set(Object.values(subnets(requests))).size).toBe(254)
    expect(() => subnets([...requests, { owner: '254' }])).toThrow(
      expect.objectContaining({ code: 'NETWORK_FULL', message: expect.stringContaining(RANGE) }),
    )
  })

  it.each(['10.249.0.0/24', '8.8.0.0/16', '100.64.0.0/16', '172.32.0.0/16', 'fd00::/16'])(
    'is not cut from %s',
    ipRange => {
      expect(() => allocateSubnets({ ipRange, requests: [] })).toThrow(
        expect.objectContaining({ code: 'NETWORK_RANGE' }),
      )
    },
  )

  it('is cut from a private /16 whose host bits are set too', () => {
    expect(allocateSubnets({ ipRange: '172.31.5.5/16', requests: [{ owner: 'a' }] }).get('a')).toBe('172.31.2.0/24')
  })
})

describe('the address of a machine', () => {
  it('is the first free one from .2 on, in the order of the names', () => {
    expect(ips([{ name: 'vm10' }, { name: 'vm9' }, { name: 'a' }], ['10.249.2.3'])).toEqual({
      a: '10.249.2.2',
      vm9: '10.249.2.4',
      vm10: '10.249.2.5',
    })
  })

  it('is the one it asks for, else the one it has', () => {
    const machines = [
      { name: 'a' },
      { name: 'b', held: '10.249.2.2' },
      { name: 'c', ip: '10.249.2.200', held: '10.249.2.9' },
    ]
    expect(ips(machines, ['10.249.2.2', '10.249.2.9'])).toEqual({ a: '10.249.2.3', b: '10.249.2.2', c: '10.249.2.200' })
  })

  it('may be exchanged by two who both ask', () => {
    const machines = [
      { name: 'a', ip: '10.249.2.3', held: '10.249.2.2' },
      { name: 'b', ip: '10.249.2.2', held: '10.249.2.3' },
    ]
    expect(ips(machines)).toEqual({ a: '10.249.2.3', b: '10.249.2.2' })
  })

  it.each<[string, string, RegExp, readonly MachineIpRequest[], (readonly string[])?]>([
    [
      'two ask for one',
      'NETWORK_CONFLICT',
      /machine b and machine a/,
      [
        { name: 'a', ip: '10.249.2.5' },
        { name: 'b', ip: '10.249.2.5' },
      ],
    ],
    [
      'another has it',
      'NETWORK_CONFLICT',
      /machine a and machine b both want 10\.249\.2\.5/,
      [
        { name: 'a', ip: '10.249.2.5' },
        { name: 'b', held: '10.249.2.5' },
      ],
    ],
    [
      'somebody else has it',
      'NETWORK_CONFLICT',
      /machines\[3\]\.ip/,
      [{ name: 'a', ip: '10.249.2.5', where: 'machines[3].ip' }],
      ['10.249.2.5'],
    ],
    ['it is the subnet’s', 'NETWORK_RANGE', /reserved/, [{ name: 'a', ip: '10.249.2.0' }]],
    ['it is the gateway’s', 'NETWORK_RANGE', /reserved/, [{ name: 'a', ip: '10.249.2.1' }]],
    ['it is the last', 'NETWORK_RANGE', /reserved/, [{ name: 'a', ip: '10.249.2.255' }]],
    ['it is elsewhere', 'NETWORK_RANGE', /not in the node's subnet/, [{ name: 'a', ip: '10.249.3.5' }]],
    ['it is IPv6', 'NETWORK_RANGE', /not in the node's subnet/, [{ name: 'a', ip: '::af9:205' }]],
    ['it is none', 'INPUT_IP', /machine a/, [{ name: 'a', ip: '10.249.2.05' }]],
    ['two have one name', 'INPUT_OPTION', /two machines/, [{ name: 'a' }, { name: 'a' }]],
  ])('is an error when %s', (_, code, message, machines, reserved = []) => {
    for (const order of [machines, [...machines].reverse()]) {
      expect(() => ips(order, reserved)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      )
    }
  })

  it('is there for 253 machines and not for more', () => {
    const machines = Array.from({ length: 253 }, (_, i) => ({ name: `vm${i}` }))
    const all = Object.values(ips(machines))
    expect(new Set(all).size).toBe(253)
    for (const last of ['.0', '.1', '.255']) expect(all.filter(ip => ip.endsWith(`.2${last}`))).toEqual([])
    expect(() => ips([...machines, { name: 'vm253' }])).toThrow(expect.objectContaining({ code: 'NETWORK_FULL' }))
  })

  it.each(['10.249.0.0/16', '2a02::/64', 'nonsense'])('is not taken from %s', subnet => {
    expect(() => allocateMachineIps({ subnet, machines: [] })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/NETWORK_RANGE|INPUT_CIDR/) }),
    )
  })
})

describe('planning again and again', () => {
  /** A life: who is there at each step. */
  const lives = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 25 }), {
    minLength: 1,
    maxLength: 6,
  })
  const keys = fc.infiniteStream(fc.nat())

  it('gives subnets that never overlap, are never reserved, never move, whatever the order', () => {
    fc.assert(
      fc.property(
        lives,
        fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 10 }),
        keys,
        (steps, others, order) => {
          const reserved = others.map(third => `10.249.${third}.0/24`)
          let now: Record<string, string> = {}
          for (const present of steps) {
            const requests = present.map(id => request(`node ${id}`, now))
            const next = subnets(requests, reserved)
            expect(subnets(shuffled(requests, order), shuffled(reserved, order))).toEqual(next)

            const given = Object.values(next)
            expect(given).toHaveLength(present.length)
            expect(new Set([...given, ...reserved]).size).toBe(given.length + reserved.length)
            for (const subnet of given) expect(subnet).toMatch(/^10\.249\.([2-9]|\d\d+)\.0\/24$/)
            for (const [owner, subnet] of Object.entries(next)) expect(now[owner] ?? subnet).toBe(subnet)
            now = next
          }
        },
      ),
      { seed: 60, numRuns: 60 },
    )
    function request(owner: string, now: Record<string, string>): SubnetRequest {
      return now[owner] === undefined ? { owner } : { owner, held: now[owner] }
    }
  })

  it('gives addresses that never meet, are never reserved, never move, whatever the order', () => {
    fc.assert(
      fc.property(
        lives,
        fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
        keys,
        (steps, others, order) => {
          const reserved = others.map(host => `10.249.2.${host}`)
          let now: Record<string, string> = {}
          for (const present of steps) {
            const machines = present.map(id => request(`vm${id}`, now))
            // Nodes list the machines that are there among the addresses in use.
            const used = [...reserved, ...present.flatMap(id => now[`vm${id}`] ?? [])]
            const next = ips(machines, used)
            expect(ips(shuffled(machines, order), shuffled(used, order))).toEqual(next)

            const given = Object.values(next)
            expect(new Set([...given, ...reserved]).size).toBe(given.length + reserved.length)
            for (const ip of given) expect(ip).not.toMatch(/\.(0|1|255)$/)
            for (const [name, ip] of Object.entries(next)) expect(now[name] ?? ip).toBe(ip)
            now = next
          }
        },
      ),
      { seed: 61, numRuns: 60 },
    )
    function request(name: string, now: Record<string, string>): MachineIpRequest {
      return now[name] === undefined ? { name } : { name, held: now[name] }
    }
  })

  function shuffled<T>(items: readonly T[], order: Iterator<number>): readonly T[] {
    return items
      .map(item => ({ item, at: order.next().value as number }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }
})

describe('the order of names', () => {
  it('is the one a person would give', () => {
    const names = ['node 11', 'node 2', 'a', 'node 2b', 'node 02', '10', '9', '', 'ä']
    expect([...names].sort(compareNaturally)).toEqual([
      '',
      '9',
      '10',
      'a',
      'node 02',
      'node 2',
      'node 2b',
      'node 11',
      'ä',
    ])
  })

  it('is an order: the same from everywhere', () => {
    const name = fc
      .array(fc.constantFrom('0', '1', '9', 'a', 'b', ' ', 'é'), { maxLength: 5 })
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        const sign = (x: string, y: string) => Math.sign(compareNaturally(x, y))
        expect(sign(a, b) + sign(b, a)).toBe(0)
        expect(sign(a, b) === 0).toBe(a === b)
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0)
      }),
      { seed: 62, numRuns: 3000 },
    )
  })
})
