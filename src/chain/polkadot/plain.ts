/**
 * Decoded SCALE as plain data: what every reader here starts from.
 *
 * `toPrimitive` and `toJSON` of the api are not used: they print bytes as text or as hex depending on what is in them
 * (anything not ASCII turns into hex), and numbers above 2^53 as text. Here the type alone decides.
 */
import type { Codec } from '@polkadot/types/types'

import { addressOf } from '../keys/ss58.js'
import type { Runtime } from './runtime.js'

/**
 * - struct: object with camelCase keys; tuple, vector: array
 * - enum: `{ kind, value }`, `value` only where the variant has one
 * - integers up to 32 bits: number, wider ones: bigint
 * - bytes of any kind: Uint8Array; account ids: SS58
 * - option: the value or undefined
 */
export type Plain = undefined | boolean | number | bigint | string | Uint8Array | PlainList | PlainStruct | PlainEnum
type PlainList = readonly Plain[]
export interface PlainStruct {
  readonly [key: string]: Plain
}
export interface PlainEnum {
  readonly kind: string
  readonly value?: Plain
}

export function plain(codec: Codec, classes: Runtime['classes']): Plain {
  const go = (inner: Codec): Plain => plain(inner, classes)
  // Before Raw: an account id is bytes too.
  if (codec instanceof classes.GenericAccountId) return addressOf(codec.toU8a())
  if (codec instanceof classes.Option) return codec.isSome ? go(codec.unwrap() as Codec) : undefined
  if (codec instanceof classes.Compact) return go(codec.unwrap() as unknown as Codec)
  if (codec instanceof classes.Enum) {
    return codec.isBasic || codec.isNone ? { kind: codec.type } : { kind: codec.type, value: go(codec.value) }
  }
  if (codec instanceof classes.Struct) {
    const out: Record<string, Plain> = {}
    for (const [key, value] of codec as unknown as Map<string, Codec>) out[key] = go(value)
    return out
  }
  if (codec instanceof classes.UInt || codec instanceof classes.Int) {
    return codec.bitLength() <= 32 ? codec.toNumber() : codec.toBigInt()
  }
  if (codec instanceof classes.bool) return codec.isTrue
  if (codec instanceof classes.Text) return codec.toString()
  if (codec instanceof classes.Raw) return codec.toU8a(true)
  if (codec instanceof classes.Null) return undefined
  if (codec instanceof classes.Vec || codec instanceof classes.VecFixed || codec instanceof classes.Tuple) {
    return [...(codec as unknown as Iterable<Codec>)].map(go)
  }
  if (codec instanceof classes.BTreeMap) {
    return [...(codec as unknown as Map<Codec, Codec>)].map(([key, value]) => [go(key), go(value)])
  }
  if (codec instanceof classes.BTreeSet) return [...(codec as unknown as Set<Codec>)].map(go)
  return codec.toU8a()
}
