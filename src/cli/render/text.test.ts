import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { styleOf } from './style.js'
import { tableLines } from './table.js'
import { clean, cut, displayWidth, padEnd, wrapped } from './text.js'

const ESCAPE = '\u001b'

describe('text on a terminal', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    [`${ESCAPE}[31mred${ESCAPE}[39m`, 3],
    ['größe', 5],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍💻 x', 4],
    ['a\u200bb', 2],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it.each([
    [`a${ESCAPE}[2Jb`, 'a[2Jb'],
    ['two\nlines', 'two lines'],
    ['a\u202eb\u0007c', 'abc'],
  ])('%j is cleaned of what commands the terminal', (text, expected) => {
    expect(clean(text)).toBe(expected)
  })

  it.each<[string | readonly string[], number, readonly string[]]>([
    ['', 5, ['']],
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 3, ['one', 'two', 'three']],
    ['日本 日本', 5, ['日本', '日本']],
    [['one two', 'three'], 3, ['one two', 'three']],
    ['as wide as it is', Number.POSITIVE_INFINITY, ['as wide as it is']],
  ])('%j is broken between words into %i columns', (text, columns, lines) => {
    expect(wrapped(text, columns)).toEqual(lines)
  })

  it('is cut to its columns and padded to them, whatever it is made of', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 30 })
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 20 }), (text, columns) => {
        const plain = clean(text)
        expect(displayWidth(cut(plain, columns))).toBeLessThanOrEqual(columns)
        expect(displayWidth(padEnd(cut(plain, columns), columns))).toBe(columns)
      }),
      { seed: 20261121 },
    )
  })
})

describe('a table', () => {
  const style = styleOf(false)
  const columns = [{ title: 'name' }, { title: 'node', align: 'right' as const }, { title: 'address', whole: true }]

  it('is as wide as it must be, and leaves out empty columns', () => {
    expect(
      tableLines(
        columns,
        [
          ['vm', 11, ''],
          ['日本', 168, undefined],
        ],
        { style },
      ),
    ).toEqual(['name  node', 'vm      11', '日本   168'])
  })

  it('is cut to the terminal, but never an address', () => {
    const address = '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'
    const rows = [['a-machine-with-a-long-name', 168, address]]
    const lines = tableLines(columns, rows, { style, columns: 60 })
    expect(lines[1]).toBe(`a-machine-with…   168  ${address}`)
    expect(lines.every(line => displayWidth(line) <= 60)).toBe(true)
    expect(tableLines(columns, rows, { style, columns: 10 })[1]).toContain(address)
  })

  it('cannot be broken by what is in it', () => {
    const [, line] = tableLines([{ title: 'x' }], [[`a\n${ESCAPE}[2Jb`]], { style })
    expect(line).toBe('a [2Jb')
  })
})
