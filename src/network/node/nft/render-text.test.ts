import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { renderNft, renderNftDelete } from './render-text.js'
import type { NftFamily, NftTable, NftValue } from './ruleset.js'

function tableOf(...statements: readonly NftValue[]): NftTable {
  return { family: 'inet', name: 'nat', sets: [], chains: [{ name: 'one', rules: [{ statements }] }] }
}

function matchOf(left: NftValue, right: NftValue, op = '=='): NftValue {
  return { match: { op, left, right } }
}

const IIFNAME: NftValue = { meta: { key: 'iifname' } }
const DPORT: NftValue = { payload: { protocol: 'tcp', field: 'dport' } }
const refused = expect.objectContaining({ code: 'NODE_NET_NAME' })

describe('a table as text', () => {
  it('is replaced whether it was there or not, one rule a line', () => {
    expect(renderNft(tableOf(matchOf(IIFNAME, 'eth*'), { counter: null }, { drop: null }))).toBe(
      [
        'table inet nat {}',
        'delete table inet nat',
        'table inet nat {',
        '  chain one {',
        '    iifname "eth*" counter drop',
        '  }',
        '}',
        '',
      ].join('\n'),
    )
    expect(renderNftDelete('bridge', 'zos')).toBe('table bridge zos {}\ndelete table bridge zos\n')
  })

  it.each<readonly [string, NftValue]>([
    ['an interface with a quote', matchOf(IIFNAME, 'a" accept; iifname "b')],
    ['an interface with a newline', matchOf(IIFNAME, 'a\nb')],
    ['an interface that is any', matchOf(IIFNAME, '*')],
    ['an interface that is no text', matchOf(IIFNAME, 5)],
    ['a value with a space', matchOf(DPORT, '25 accept')],
    ['a value with a semicolon', matchOf(DPORT, '25;accept')],
    ['a number that is none', matchOf(DPORT, 2.5)],
    ['an empty set', matchOf(DPORT, { set: [] })],
    ['a set with a bad name', matchOf(DPORT, '@a b')],
    ['a field with a bad name', matchOf({ payload: { protocol: 'tcp', field: 'dport 25;' } }, 25)],
    ['a key that is not known', matchOf({ fib: { flags: 'saddr' } }, 25)],
    ['an operator that is not known', matchOf(DPORT, 25, '~')],
    ['a chain with a bad name', { jump: { target: 'a }' } }],
    ['a statement that is not known', { log: null }],
    ['a count in a counter', { counter: { packets: 5 } }],
    ['a reject of another kind', { reject: { type: 'icmpx', expr: 'no-route' } }],
    ['a statement of two kinds', { accept: null, drop: null }],
    ['an object for a name', { jump: { target: { toString: 5 } } }],
    ['an object for a field', matchOf({ payload: { protocol: 'tcp', field: { toString: 5 } } }, 25)],
    ['no statement', 'drop'],
  ])('cannot have %s', (_, statement) => {
    expect(() => renderNft(tableOf(statement))).toThrow(refused)
  })

  it.each(['', 'a b', 'a"', 'a\n', '1a', '-a', 'a;', 'a{', 'ä', 'a'.repeat(65)])('cannot have %p for a name', name => {
    expect(() => renderNft({ ...tableOf(), name })).toThrow(refused)
    expect(() => renderNft({ ...tableOf(), chains: [{ name, rules: [] }] })).toThrow(refused)
    expect(() => renderNft({ ...tableOf(), sets: [{ name, type: ['inet_service'], elements: [] }] })).toThrow(refused)
    expect(() => renderNftDelete('inet', name)).toThrow(refused)
    expect(() => renderNftDelete(name as NftFamily, 'a')).toThrow(refused)
  })

  it('cannot hold what was only found, such as a map', () => {
    expect(() => renderNft({ ...tableOf(), others: [{ map: {} }] })).toThrow(refused)
  })

  it('whatever stands in a rule, is the same text again or a typed error, and one line', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.integer()) as fc.Arbitrary<NftValue>
    const statement = fc.oneof(
      value,
      fc.tuple(fc.constantFrom(IIFNAME, DPORT), value).map(([left, right]) => matchOf(left, right)),
      value.map(target => ({ jump: { target } })),
    )
    fc.assert(
      fc.property(statement, given => {
        try {
          const text = renderNft(tableOf(given))
          expect(text.split('\n')).toHaveLength(8)
          expect(text).not.toMatch(/[;#\\]/)
          expect(renderNft(tableOf(given))).toBe(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'NODE_NET_NAME' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
