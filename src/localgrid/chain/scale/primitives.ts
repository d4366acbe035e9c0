/** Numbers, text, bytes. */
import { utf8, utf8Text } from '../../../core/bytes.js'
import { ScaleError, type ScaleReader } from './reader.js'
import type { Shape, Type } from './type.js'
import type { ScaleWriter } from './writer.js'

type PrimitiveName = Extract<Shape, { kind: 'primitive' }>['name']

function primitive<T>(
  name: PrimitiveName,
  minimumBytes: number,
  encode: (writer: ScaleWriter, value: T) => void,
  decode: (reader: ScaleReader) => T,
): Type<T> {
  const description = { path: [], params: [], shape: { kind: 'primitive', name } as const }
  return { minimumBytes, encode, decode, describe: () => description }
}

export const u8 = primitive<number>(
  'U8',
  1,
  (w, v) => w.u8(v),
  r => r.u8(),
)
export const u16 = primitive<number>(
  'U16',
  2,
  (w, v) => w.u16(v),
  r => r.u16(),
)
export const u32 = primitive<number>(
  'U32',
  4,
  (w, v) => w.u32(v),
  r => r.u32(),
)
export const u64 = primitive<bigint>(
  'U64',
  8,
  (w, v) => w.u64(v),
  r => r.u64(),
)
export const u128 = primitive<bigint>(
  'U128',
  16,
  (w, v) => w.u128(v),
  r => r.u128(),
)

export const bool = primitive<boolean>(
  'Bool',
  1,
  (w, v) => w.u8(v ? 1 : 0),
  r => {
    const byte = r.u8()
    if (byte > 1) throw new ScaleError(`${byte} is not a bool`)
    return byte === 1
  },
)

export const str = primitive<string>(
  'Str',
  1,
  (w, v) => {
    const bytes = utf8(v)
    w.compact(bytes.length)
    w.raw(bytes)
  },
  r => {
    const bytes = r.raw(r.length(1))
    try {
      return utf8Text(bytes)
    } catch {
      throw new ScaleError('text is not UTF-8')
    }
  },
)

/** `Vec<u8>`. */
export const bytes: Type<Uint8Array> = {
  minimumBytes: 1,
  encode: (w, v) => {
    w.compact(v.length)
    w.raw(v)
  },
  decode: r => r.raw(r.length(1)),
  describe: () => ({ path: [], params: [], shape: { kind: 'sequence', item: u8 as Type<unknown> } }),
}

/** `BoundedVec<u8, N>`: decoding refuses more, as the runtime does. */
export function boundedBytes(maximum: number): Type<Uint8Array> {
  return {
    minimumBytes: 1,
    encode: bytes.encode,
    decode: r => {
      const length = r.length(1)
      if (length > maximum) throw new ScaleError(`${length} bytes, at most ${maximum} are allowed`)
      return r.raw(length)
    },
    describe: () => ({
      path: ['bounded_collections', 'bounded_vec', 'BoundedVec'],
      params: [
        { name: 'T', type: u8 as Type<unknown> },
        { name: 'S', type: undefined },
      ],
      shape: { kind: 'composite', fields: [{ type: bytes as Type<unknown> }] },
    }),
  }
}

const fixedCache = new Map<number, Type<Uint8Array>>()

/** `[u8; N]`. */
export function fixedBytes(length: number): Type<Uint8Array> {
  const cached = fixedCache.get(length)
  if (cached) return cached
  const type: Type<Uint8Array> = {
    minimumBytes: length,
    encode: (w, v) => {
      if (v.length !== length) throw new ScaleError(`${v.length} bytes where ${length} belong`)
      w.raw(v)
    },
    decode: r => r.raw(length),
    describe: () => ({ path: [], params: [], shape: { kind: 'array', length, item: u8 as Type<unknown> } }),
  }
  fixedCache.set(length, type)
  return type
}
