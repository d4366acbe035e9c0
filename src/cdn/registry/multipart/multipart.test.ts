import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { RegistryError } from '../../../errors/registry.js'
import { readBoundary, readHeaderValue } from './boundary.js'
import { MultipartParser } from './multipart-parser.js'

interface Part {
  readonly name: string
  readonly data: string
}

/** What a sink is given, whatever pieces the body comes in. */
function parse(body: string, boundary = 'b', sizes: readonly number[] = [1e9]): readonly Part[] {
  const parts: { name: string; data: string }[] = []
  const parser = new MultipartParser(boundary, {
    part: name => parts.push({ name, data: '' }),
    data: bytes => {
      const last = parts.at(-1) as { data: string }
      last.data += Buffer.from(bytes).toString('latin1')
    },
  })
  const bytes = Buffer.from(body, 'latin1')
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + Math.max(1, sizes[i % sizes.length] as number)
    // A copy that is wiped: nobody may hold on to a chunk.
    const chunk = Buffer.from(bytes.subarray(at, end))
    parser.push(chunk)
    chunk.fill(0x2a)
    at = end
  }
  parser.finish()
  return parts
}

const part = (name: string, data: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${data}\r\n`

describe('multipart/form-data', () => {
  it.each<[string, string, readonly Part[]]>([
    ['one part', `${part('data', 'abc')}--b--\r\n`, [{ name: 'data', data: 'abc' }]],
    ['no end of line at the end', `${part('data', 'abc')}--b--`, [{ name: 'data', data: 'abc' }]],
    [
      'several parts',
      `${part('a', '1')}${part('data', '2')}--b--`,
      [
        { name: 'a', data: '1' },
        { name: 'data', data: '2' },
      ],
    ],
    ['a preamble and an epilogue', `hello\r\n${part('data', 'x')}--b--\r\nbye`, [{ name: 'data', data: 'x' }]],
    ['an empty part', `${part('data', '')}--b--`, [{ name: 'data', data: '' }]],
    [
      'a part whose body is not there',
      '--b\r\ncontent-disposition: form-data; name=data\r\n\r\n--b--',
      [{ name: 'data', data: '' }],
    ],
    [
      'white space after the boundary',
      '--b \t\r\ncontent-disposition:form-data;name=data\r\n\r\nx\r\n--b-- \r\n',
      [{ name: 'data', data: 'x' }],
    ],
    [
      'what almost is a boundary',
      `${part('data', '\r\n--\r\n-b--\r\n\r\n--')}--b--`,
      [{ name: 'data', data: '\r\n--\r\n-b--\r\n\r\n--' }],
    ],
    ['ends of lines alone', `${part('data', '\r\n\r\n\r\r\n\n')}--b--`, [{ name: 'data', data: '\r\n\r\n\r\r\n\n' }]],
    ['quotation marks in a name', part('a\\"b\\\\', 'x').concat('--b--'), [{ name: 'a"b\\', data: 'x' }]],
  ])('is read with %s, in pieces of any size', (_, body, expected) => {
    for (const sizes of [[1e9], [1], [2], [3, 1], [7]]) expect(parse(body, 'b', sizes)).toEqual(expected)
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['no boundary', 'hello'],
    ['no closing boundary', part('data', 'abc')],
    ['half a closing boundary', `${part('data', 'abc')}--b-`],
    ['no part at all but a beginning', '--b'],
    ['something after a boundary', '--bx\r\n\r\n\r\n--b--'],
    ['a header that is none', '--b\r\nno colon\r\n\r\nx\r\n--b--'],
    ['a folded header', '--b\r\ncontent-disposition: form-data;\r\n name=data\r\n\r\nx\r\n--b--'],
    ['no name', '--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--'],
    ['no disposition', '--b\r\n\r\nx\r\n--b--'],
    ['another disposition', '--b\r\ncontent-disposition: attachment; name=data\r\n\r\nx\r\n--b--'],
    [
      'an encoding',
      '--b\r\ncontent-disposition: form-data; name=data\r\ncontent-transfer-encoding: base64\r\n\r\neA==\r\n--b--',
    ],
    ['headers without end', `--b\r\nx: ${'y'.repeat(100_000)}`],
    ['a preamble without end', 'z'.repeat(100_000)],
    ['white space without end', `--b${' '.repeat(1_000)}`],
    ['too many parts', `${part('x', '').repeat(17)}--b--`],
  ])('is refused with %s', (_, body) => {
    for (const sizes of [[1e9], [1], [1_000]]) {
      expect(() => parse(body, 'b', sizes)).toThrow(expect.objectContaining({ code: 'REGISTRY_MULTIPART' }))
    }
  })

  it('gives back any bytes, in pieces of any size', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map(data => Buffer.from(data).toString('latin1'))
    const tricky = fc
      .array(fc.constantFrom('\r', '\n', '-', 'b', '\r\n--', '\r\n--a', 'x'), { maxLength: 60 })
      .map(all => all.join(''))
    const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.oneof(bytes, tricky), sizes, (data, sizes) => {
        fc.pre(!`\r\n${data}`.includes('\r\n--b'))
        expect(parse(`${part('data', data)}--b--`, 'b', sizes)).toEqual([{ name: 'data', data }])
      }),
      { numRuns: 2_000 },
    )
  })

  it('makes of anything at all parts or one error, the same in pieces of any size', () => {
    const piece = fc.constantFrom(
      '--b',
      '--b--',
      '\r\n',
      '\r\n\r\n',
      'content-disposition: form-data; name=data',
      ':',
      ' ',
      'x',
      '\0',
      'ÿ',
    )
    const body = fc
      .array(fc.oneof(piece, fc.string({ unit: 'binary-ascii', maxLength: 5 })), { maxLength: 40 })
      .map(all => all.join(''))
    const outcome = (text: string, sizes: readonly number[]) => {
      try {
        return parse(text, 'b', sizes)
      } catch (error) {
        if (error instanceof RegistryError && error.code === 'REGISTRY_MULTIPART') return 'refused'
        throw error
      }
    }
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 30 }), (text, size) => {
        expect(outcome(text, [size])).toEqual(outcome(text, [1e9]))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;BOUNDARY="a b"', 'a b'],
    ['multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundaryAbC123', '----WebKitFormBoundaryAbC123'],
    [`multipart/form-data; boundary=${'a'.repeat(70)}`, 'a'.repeat(70)],
    ["multipart/form-data; boundary='()+_,-./:=?", "'()+_,-./:=?"],
  ])('is taken from %s', (header, boundary) => {
    // A comma may not stand in a token, but clients send it.
    if (header.includes(',')) expect(() => readBoundary(header)).toThrow()
    else expect(readBoundary(header)).toBe(boundary)
    expect(readBoundary(`multipart/form-data; boundary="${boundary}"`)).toBe(boundary)
  })

  it.each([
    undefined,
    '',
    'text/plain',
    'multipart/mixed; boundary=a',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary="a',
    'multipart/form-data; boundary="a "',
    'multipart/form-data; boundary="a\r\nb"',
    'multipart/form-data boundary=a',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    'multipart/form-data; boundary=é',
    `multipart/form-data${'; a=b'.repeat(50)}; boundary=x`,
  ])('is not taken from %j', header => {
    expect(() => readBoundary(header)).toThrow(expect.objectContaining({ code: 'REGISTRY_MULTIPART' }))
  })

  it('is looked for in anything without failing or taking long', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 2_000, unit: fc.constantFrom('a', ';', '=', '"', '\\', ' ', '/', '\t', ',') }),
        text => {
          const startedAt = performance.now()
          readHeaderValue(text)
          expect(performance.now() - startedAt).toBeLessThan(100)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
