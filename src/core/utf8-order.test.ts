import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { compareBytes, utf8 } from './bytes.js'
import { utf8Order } from './utf8-order.js'

describe('the order of texts by their UTF-8', () => {
  it('puts characters beyond U+FFFF last, where UTF-16 has them before U+E000', () => {
    const keys = ['\u{1f600}', '\uffff', '\ue000', '\ud7ff', 'a', '']
    expect(keys.toSorted(utf8Order)).toEqual(['', 'a', '\ud7ff', '\ue000', '\uffff', '\u{1f600}'])
    expect(keys.toSorted()).not.toEqual(keys.toSorted(utf8Order))
  })

  it('is the order of the bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}'),
    })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(utf8Order(a, b))).toBe(Math.sign(compareBytes(utf8(a), utf8(b))))
      }),
    )
  })
})
