/** Codecs of what is one JSON token: text, flags, integers, and texts with a form of their own. */
import { wellFormed } from '../../core/json-reader.js'
import { type Codec, DecodeFailure, nameOf } from './codec.js'
import { literalOf } from './node.js'

export function text(goType = 'string'): Codec<string> {
  return {
    goType,
    zero: () => '',
    decode(node, before, context) {
      if (typeof node === 'string') return wellFormed(node)
      if (node !== null) context.report(nameOf(node), goType)
      return before
    },
  }
}

export const flag: Codec<boolean> = {
  goType: 'bool',
  zero: () => false,
  decode(node, before, context) {
    if (typeof node === 'boolean') return node
    if (node !== null) context.report(nameOf(node), 'bool')
    return before
  },
}

/** Unsigned integers of up to 32 bits. Only integer literals count: `5.0`, `1e3` and `"5"` do not. */
export function uint(bits: 8 | 16 | 32): Codec<number> {
  const goType = `uint${bits}`
  const max = 2 ** bits - 1
  return {
    goType,
    zero: () => 0,
    decode(node, before, context) {
      const literal = literalOf(node)
      if (literal !== undefined) {
        const value = UNSIGNED.test(literal) ? Number(literal) : Number.NaN
        if (value <= max) return value
        context.report(`number ${literal}`, goType)
      } else if (node !== null) {
        context.report(nameOf(node), goType)
      }
      return before
    },
  }
}

/** @param goType `gridtypes.Unit` for sizes in bytes */
export function uint64(goType = 'uint64'): Codec<bigint> {
  return {
    goType,
    zero: () => 0n,
    decode(node, before, context) {
      const literal = literalOf(node)
      if (literal !== undefined) {
        const value = typeof node === 'bigint' ? node : UNSIGNED.test(literal) ? BigInt(literal) : -1n
        if (value >= 0n && value <= MAX_UINT64) return value
        context.report(`number ${literal}`, goType)
      } else if (node !== null) {
        context.report(nameOf(node), goType)
      }
      return before
    },
  }
}

/** A text that its type reads by itself (Go's TextUnmarshaler), kept in canonical form.
 *
 * @param canonical throws an Error with the type's own text
 * @param clearedByNull true for types that are slices in Go: `null` empties them, and leaves others as they were
 */
export function parsedText(goType: string, canonical: (text: string) => string, clearedByNull: boolean): Codec<string> {
  return {
    goType,
    zero: () => '',
    decode(node, before, context) {
      if (node === null) return clearedByNull ? '' : before
      if (typeof node !== 'string') {
        context.report(nameOf(node), goType)
        return before
      }
      try {
        return canonical(wellFormed(node))
      } catch (error) {
        throw new DecodeFailure((error as Error).message)
      }
    },
  }
}

const UNSIGNED = /^\d+$/
const MAX_UINT64 = 2n ** 64n - 1n
