import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { branch, leaf } from '../../network/node/report/tree.js'
import { clean, displayWidth } from './text.js'
import { treeLines } from './tree.js'

const ESCAPE = '\u001b'
const tree = branch('node', 'oob-split', [
  branch('way out', 'dual, one segment to boot and another for public traffic', [
    leaf('eth0', 'uplink', 'good'),
    leaf('IPv6', 'no address yet', 'caution'),
  ]),
  leaf('a-name-that-is-long', '2001:db8:1:0:9874:d2ff:feb9:dc36/64 through fe80::2810:4aff:fe5f:cf28', 'bad'),
])

describe('a tree', () => {
  it('is drawn with lines', () => {
    expect(treeLines(tree, { colors: false, columns: undefined })).toEqual([
      'node  oob-split',
      '├─ way out  dual, one segment to boot and another for public traffic',
      '│  ├─ ✓ eth0  uplink',
      '│  └─ … IPv6  no address yet',
      '└─ ✗ a-name-that-is-long  2001:db8:1:0:9874:d2ff:feb9:dc36/64 through fe80::2810:4aff:fe5f:cf28',
    ])
  })

  it('goes on below where it does not fit, and cuts no address', () => {
    expect(treeLines(tree, { colors: false, columns: 46 })).toEqual([
      'node  oob-split',
      '├─ way out  dual, one segment to boot and',
      '│  │  another for public traffic',
      '│  ├─ ✓ eth0  uplink',
      '│  └─ … IPv6  no address yet',
      '└─ ✗ a-name-that-is-long',
      '      2001:db8:1:0:9874:d2ff:feb9:dc36/64',
      '      through fe80::2810:4aff:fe5f:cf28',
    ])
  })

  it('has its colours around the same text', () => {
    const plain = treeLines(tree, { colors: false, columns: 46 })
    const coloured = treeLines(tree, { colors: true, columns: 46 })
    expect(coloured.map(line => line.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), ''))).toEqual(plain)
    expect(coloured.join('')).toContain(ESCAPE)
  })

  it('obeys no name in it', () => {
    const hostile = branch(`node${ESCAPE}[2J`, 'up\r\n\u202egnp.exe', [leaf('a\u0007\nb', `${ESCAPE}]0;title\u0007`)])
    expect(treeLines(hostile, { colors: false, columns: 80 })).toEqual(['node[2J  up gnp.exe', '└─ a b  ]0;title'])
  })

  it('loses no word, and is as narrow as its words let it be', () => {
    const word = fc.string({ minLength: 1, maxLength: 12 }).map(text => clean(text).replaceAll(' ', '') || 'x')
    const detail = fc.array(word, { maxLength: 30 }).map(words => words.join(' '))
    const node = fc.record({ label: word, detail })
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), fc.integer({ min: 40, max: 100 }), (nodes, columns) => {
        const lines = treeLines(
          branch(
            'root',
            undefined,
            nodes.map(one => leaf(one.label, one.detail)),
          ),
          {
            colors: false,
            columns,
          },
        )
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
        const words = (text: string) => text.split(/[ │├└─]+/).filter(part => part !== '')
        const given = ['root', ...nodes.flatMap(one => [one.label, one.detail])].flatMap(words)
        expect(lines.flatMap(words)).toEqual(given)
      }),
    )
  })
})
