import { describe, expect, it } from '@jest/globals'

import { drawSvg } from './draw-svg.js'
import { branch, leaf } from './tree.js'

describe('a tree as a picture', () => {
  it('has a row for each node, with its state', () => {
    const svg = drawSvg(
      branch('node', undefined, [leaf('eth0', 'uplink', 'good'), leaf('IPv6', undefined, 'bad')]),
      'x',
    )
    expect([...svg.matchAll(/<circle class="(\w+)"/g)].map(([, health]) => health)).toEqual(['none', 'good', 'bad'])
    expect(svg).toMatch(/>eth0<tspan [^>]*>uplink<\/tspan><\/text>/)
  })

  it('holds no name as anything but text', () => {
    const svg = drawSvg(leaf('</text><script>alert(1)</script>', '"onload="\u0000&'), '<b>')
    for (const unfit of ['<script', '<b>', '\u0000']) expect(svg).not.toContain(unfit)
    expect(svg).toContain('&lt;/text&gt;&lt;script&gt;')
    expect(svg).toContain('&quot;onload=&quot;&amp;')
  })

  it('has bounds, however many nodes there are', () => {
    const svg = drawSvg(
      branch(
        'node',
        undefined,
        Array.from({ length: 6_000 }, () => leaf('x')),
      ),
      'x',
    )
    expect([...svg.matchAll(/<circle/g)]).toHaveLength(5_000)
  })
})
