import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { editDistance, nearest } from './nearest.js'

const KEYS = [
  'name',
  'node_id',
  'disks',
  'public_ip',
  'public_ip6',
  'planetary',
  'mycelium',
  'myceliumSeed',
  'rootfs_size',
]

describe('the nearest key', () => {
  it.each([
    ['nodeId', 'node_id'],
    ['node-id', 'node_id'],
    ['NAME', 'name'],
    ['nmae', 'name'],
    ['publicIp', 'public_ip'],
    ['publicIp6', 'public_ip6'],
    ['planetery', 'planetary'],
    ['mycelim', 'mycelium'],
    ['mycelium_seed', 'myceliumSeed'],
    ['disk', 'disks'],
  ])('of %s is %s', (given, expected) => {
    expect(nearest(given, KEYS)).toBe(expected)
  })

  it.each(['x', 'colour', '', 'a'.repeat(100)])('of %p is none', given => {
    expect(nearest(given, KEYS)).toBeUndefined()
  })

  it('is found by a distance that is symmetric, zero for equals, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b)
        expect(distance).toBe(editDistance(b, a))
        expect(distance === 0).toBe(a === b)
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
      { seed: 20261121 },
    )
  })
})
