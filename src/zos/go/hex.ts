/** Hex digits as Go's `encoding/hex` reads them: either case, no `0x`. */
import { quoteRune } from './quote.js'

/** Lower-case digits. @throws {Error} with Go's text */
export function canonicalHex(text: string): string {
  if (text.length % 2 === 0 && LOWER.test(text)) return text
  const bad = /[^0-9a-fA-F]/u.exec(text)?.[0]
  // Go looks at pairs: an odd last digit is only complained about when all before it are digits.
  if (bad !== undefined) throw new Error(`encoding/hex: invalid byte: ${quoteRune(firstByte(bad))}`)
  if (text.length % 2 !== 0) throw new Error('encoding/hex: odd length hex string')
  return text.toLowerCase()
}

const LOWER = /^[0-9a-f]*$/

function firstByte(character: string): number {
  const point = character.codePointAt(0) as number
  return point < 0x80 ? point : (new TextEncoder().encode(character)[0] as number)
}
