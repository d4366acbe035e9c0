/** Order of names that a person would give: `node 2` before `node 11`. The same everywhere, whatever the locale. */
import { compareBytes, utf8 } from '../../core/bytes.js'

export function compareNaturally(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareParts(left[i] as string, right[i] as string)
    if (order !== 0) return order
  }
  // `07` and `7` count the same; the texts still have an order.
  return left.length - right.length || compareBytes(utf8(a), utf8(b))
}

function compareParts(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareBytes(utf8(a), utf8(b))
  const x = BigInt(a)
  const y = BigInt(b)
  return x < y ? -1 : x > y ? 1 : 0
}
