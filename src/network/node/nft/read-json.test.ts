import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { readNft } from './read-json.js'

const TABLE = { table: { family: 'inet', name: 'filter', handle: 3 } }
const CHAIN = {
  chain: {
    family: 'inet',
    table: 'filter',
    name: 'input',
    handle: 1,
    type: 'filter',
    hook: 'input',
    prio: 0,
    policy: 'drop',
  },
}

function rule(...expr: readonly unknown[]) {
  return { rule: { family: 'inet', table: 'filter', chain: 'input', handle: 9, expr } }
}

function list(...objects: readonly unknown[]) {
  return { nftables: [{ metainfo: { version: '1.0.6' } }, ...objects] }
}

const unreadable = expect.objectContaining({ code: 'NODE_NET_OBSERVE' })

describe('a ruleset that nft printed', () => {
  it('is read without handles and counts, and sorted', () => {
    const set = (name: string, elem?: readonly unknown[]) => ({
      set: { family: 'inet', name, table: 'filter', type: 'inet_service', handle: 2, ...(elem && { elem }) },
    })
    const other = { table: { family: 'bridge', name: 'zos', handle: 1 } }
    const printed = list(
      TABLE,
      other,
      set('b', [465, 25, 80]),
      set('a'),
      CHAIN,
      rule({ counter: { packets: 3, bytes: 5 } }),
    )
    const expected = [
      { family: 'bridge', name: 'zos', sets: [], chains: [] },
      {
        family: 'inet',
        name: 'filter',
        sets: [
          { name: 'a', type: ['inet_service'], elements: [] },
          { name: 'b', type: ['inet_service'], elements: [25, 80, 465] },
        ],
        chains: [
          {
            name: 'input',
            hook: { type: 'filter', hook: 'input', priority: 0, policy: 'drop' },
            rules: [{ statements: [{ counter: null }] }],
          },
        ],
      },
    ]
    expect(readNft(printed)).toEqual(expected)
    expect(readNft(JSON.stringify(printed))).toEqual(expected)
  })

  it('keeps what we would never write, so that it is seen', () => {
    const limit = { limit: { rate: 5, per: 'second' } }
    const flagged = { family: 'inet', table: 'filter', name: 's', type: 'ipv4_addr', flags: ['interval'] }
    const ingress = {
      family: 'inet',
      table: 'filter',
      name: 'in',
      type: 'filter',
      hook: 'ingress',
      prio: 0,
      dev: 'eth0',
    }
    const [table] = readNft(
      list(TABLE, CHAIN, rule(limit), { set: flagged }, { map: { ...flagged, name: 'm' } }, { chain: ingress }),
    )
    expect(table?.chains[1]?.rules).toEqual([{ statements: [limit] }])
    expect(table?.others?.map(other => Object.keys(other as object)[0])).toEqual(['chain', 'map', 'set'])
  })

  it('says the same whether nft lists one flag as a text or in a list', () => {
    const [one, two] = ['fully-random', ['fully-random']].map(flags =>
      readNft(list(TABLE, CHAIN, rule({ masquerade: { flags } }))),
    )
    expect(one).toEqual(two)
  })

  it('leaves out tables of network devices', () => {
    expect(
      readNft(list({ table: { family: 'netdev', name: 'x' } }, { chain: { family: 'netdev', table: 'x' } })),
    ).toEqual([])
  })

  it.each<readonly [string, unknown]>([
    ['no JSON', '{'],
    ['no object', 5],
    ['nothing', undefined],
    ['no list', { nftables: {} }],
    ['an object of two kinds', list({ table: {}, chain: {} })],
    ['a family that nobody knows', list({ table: { family: 'x', name: 'y' } })],
    ['a table without a name', list({ table: { family: 'inet' } })],
    ['a table twice', list(TABLE, TABLE)],
    ['a chain of no table', list(CHAIN)],
    ['a chain twice', list(TABLE, CHAIN, CHAIN)],
    ['a rule of no chain', list(TABLE, rule())],
    [
      'a rule whose parts are no list',
      list(TABLE, CHAIN, { rule: { family: 'inet', table: 'filter', chain: 'input', expr: 5 } }),
    ],
    [
      'a value that is no JSON',
      list(
        TABLE,
        CHAIN,
        rule(() => 5),
      ),
    ],
    ['a value that contains itself', list(TABLE, CHAIN, rule(circle()))],
  ])('is refused when it holds %s', (_, printed) => {
    expect(() => readNft(printed)).toThrow(unreadable)
  })

  it('whatever is printed, is tables or a typed error', () => {
    const family = fc.constantFrom('inet', 'bridge', 'netdev', 'x')
    const name = fc.constantFrom('a', 'b', '__proto__')
    const fields = fc.record(
      {
        family,
        table: name,
        name,
        chain: name,
        type: fc.constantFrom('filter', 'inet_service', 'nat'),
        hook: fc.constantFrom('input', 'ingress'),
        prio: fc.oneof(fc.integer(), fc.string()),
        expr: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        elem: fc.array(fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    const object = fc
      .tuple(fc.constantFrom('table', 'chain', 'rule', 'set', 'map', 'metainfo'), fc.oneof(fields, fc.jsonValue()))
      .map(([kind, value]) => ({ [kind]: value }))
    const printed = fc.oneof(
      fc.array(object).map(nftables => ({ nftables: [{ table: { family: 'inet', name: 'a' } }, ...nftables] })),
      fc.anything(),
      fc.json(),
    )
    fc.assert(
      fc.property(printed, value => {
        try {
          for (const table of readNft(value)) expect(['inet', 'ip', 'ip6', 'arp', 'bridge']).toContain(table.family)
        } catch (error) {
          expect(error).toMatchObject({ code: 'NODE_NET_OBSERVE' })
        }
      }),
      { numRuns: 500 },
    )
  })
})

function circle(): unknown {
  const value: { self?: unknown } = {}
  value.self = value
  return value
}
