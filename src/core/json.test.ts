import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { InputError } from '../errors/input.js'
import { type JsonValue, parseJson, printJson } from './json.js'

const failure = (action: () => unknown): InputError => {
  try {
    action()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('reading JSON', () => {
  it.each<[string, JsonValue]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['1e3', 1000],
    ['9007199254740993.0', 9007199254740992],
    ['-0.5', -0.5],
    [' [ 1 , { "a" : null } ] ', [1, { a: null }]],
    ['{"a":1,"a":2}', { a: 2 }],
    ['"\\ud83d\\ude00\\u00e9\\/\\n"', '😀é/\n'],
    ['"\\ud800x"', '\ufffdx'],
    ['"\\ud800\\ud83d\\ude00"', '\ufffd😀'],
    ['"\\udc00\\ud800"', '\ufffd\ufffd'],
  ])('takes %s for what it is', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it('gives keys such as __proto__ no power', () => {
    const value = parseJson('{"__proto__":{"polluted":true},"constructor":1}') as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  // The texts are those of Go's encoding/json, checked by running it.
  it.each([
    ['', 'unexpected end of JSON input'],
    ['  ', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['[1', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['nul', `invalid character ' ' in literal null (expecting 'l')`],
    ['tree', `invalid character 'e' in literal true (expecting 'u')`],
    ['-', `invalid character ' ' in numeric literal`],
    ['1.', `invalid character ' ' after decimal point in numeric literal`],
    ['1e+', `invalid character ' ' in exponent of numeric literal`],
    ['01', `invalid character '1' after top-level value`],
    ['[1,]', `invalid character ']' looking for beginning of value`],
    ['{"a":1,}', `invalid character '}' looking for beginning of object key string`],
    ['{"a" 1}', `invalid character '1' after object key`],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', `invalid character '2' after array element`],
    ['"\t"', `invalid character '\\t' in string literal`],
    ['"\u0001"', `invalid character '\\x01' in string literal`],
    ['"\\x"', `invalid character 'x' in string escape code`],
    ['"\\u12g4"', `invalid character 'g' in \\u hexadecimal character escape`],
    [`'a'`, `invalid character '\\'' looking for beginning of value`],
    ['é', `invalid character 'Ã' looking for beginning of value`],
    ['\\', `invalid character '\\\\' looking for beginning of value`],
  ])('refuses %j as Go does', (text, message) => {
    const error = failure(() => parseJson(text))
    expect(error).toMatchObject({ code: 'INPUT_JSON', message })
  })

  it('stops at its bounds', () => {
    expect(failure(() => parseJson('['.repeat(300))).message).toBe('exceeded max depth')
    expect(failure(() => parseJson('['.repeat(1_000_000))).message).toBe('exceeded max depth')
    expect(parseJson(`${'['.repeat(256)}${']'.repeat(256)}`)).toEqual(expect.anything())
    expect(failure(() => parseJson('"abc"', { maxLength: 4 })).message).toContain('5 characters')
  })
})

describe('printing JSON', () => {
  it.each<[unknown, string]>([
    [18446744073709551615n, '18446744073709551615'],
    [{ a: 1n, b: undefined, c: [undefined, null] }, '{"a":1,"c":[null,null]}'],
    ['\ud800', '"\ufffd"'],
    ['a"\\\n\u007fé', JSON.stringify('a"\\\n\u007fé')],
    [{ 'a"b': true }, '{"a\\"b":true}'],
    [{ toJSON: () => 'shown' }, '"shown"'],
  ])('writes %p', (value, text) => {
    expect(printJson(value)).toBe(text)
  })

  it('refuses what JSON cannot say', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('x'), undefined, cycle]) {
      expect(failure(() => printJson(value)).code).toBe('INPUT_JSON')
    }
  })

  it('and reading it again gives the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
        // A key that is not well formed changes, as it would on any wire.
        const wire = JSON.parse(Buffer.from(JSON.stringify(value)).toString()) as JsonValue
        const wellFormed = parseJson(JSON.stringify(wire))
        expect(parseJson(printJson(wellFormed))).toEqual(wellFormed)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), value => {
        expect(BigInt(parseJson(printJson(value)) as bigint)).toBe(value)
      }),
    )
  })
})

describe('any text', () => {
  it('is read as JSON.parse reads it, or refused by both', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e9"',
      '1',
      '-',
      '.5',
      'e9',
      'true',
      'null',
      ' ',
      '"',
      '\\',
      'x',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), parts => {
        const text = parts.join('')
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expect(failure(() => parseJson(text)).code).toBe('INPUT_JSON')
          return
        }
        expect(parseJson(text)).toEqual(expected)
      }),
      { numRuns: 3000 },
    )
  })
})
