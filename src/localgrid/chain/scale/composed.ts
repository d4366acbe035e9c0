/** Types made of types: structures, enums, lists, options. */
import { ScaleError, type ScaleReader } from './reader.js'
import { type Description, snakeCase, type Type, type ValueOf } from './type.js'
import type { ScaleWriter } from './writer.js'

// biome-ignore lint/suspicious/noExplicitAny: field types are inferred from the literal, whatever they are
type AnyType = Type<any>
type AnyFields = Readonly<Record<string, AnyType>>
export type StructOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> }

function once<T>(make: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= make()
    return value
  }
}

/** A structure; the order of the keys is the order on the wire. */
export function struct<const F extends AnyFields>(path: string, fields: F): Type<StructOf<F>> {
  const entries = Object.entries(fields)
  return {
    minimumBytes: entries.reduce((sum, [, type]) => sum + type.minimumBytes, 0),
    encode: (writer, value) => {
      for (const [name, type] of entries) type.encode(writer, value[name as keyof F])
    },
    decode: reader =>
      reader.nested(() => {
        const value: Record<string, unknown> = {}
        for (const [name, type] of entries) value[name] = type.decode(reader)
        return value as StructOf<F>
      }),
    describe: once(() => ({
      path: path === '' ? [] : path.split('::'),
      params: [],
      shape: { kind: 'composite', fields: entries.map(([name, type]) => ({ name: snakeCase(name), type })) },
    })),
  }
}

/** An enum without fields; values are the names. Indices count from 0. */
export function names<const N extends readonly string[]>(path: string, variants: N): Type<N[number]> {
  return {
    minimumBytes: 1,
    encode: (writer, value) => {
      const index = variants.indexOf(value)
      if (index < 0) throw new ScaleError(`${value} is not a variant of ${path}`)
      writer.u8(index)
    },
    decode: reader => {
      const index = reader.u8()
      const name = variants[index]
      if (name === undefined) throw new ScaleError(`${path} has no variant ${index}`)
      return name
    },
    describe: once(() => ({
      path: path.split('::'),
      params: [],
      shape: { kind: 'variant', variants: variants.map((name, index) => ({ name, index, fields: [] })) },
    })),
  }
}

type TaggedVariants = Readonly<Record<string, AnyType | null>>
export type TaggedOf<V> = {
  [K in keyof V & string]: V[K] extends Type<infer T>
    ? { readonly kind: K; readonly value: T }
    : { readonly kind: K; readonly value?: undefined }
}[keyof V & string]

/** An enum whose variants hold nothing (`null`) or one value. */
export function tagged<const V extends TaggedVariants>(
  path: string,
  variants: V,
  options: {
    params?: Description['params'] /** Variants whose structure is written inline. */
    inline?: readonly string[]
  } = {},
): Type<TaggedOf<V>> {
  const list = Object.entries(variants)
  const indexByKind = new Map(list.map(([kind], index) => [kind, index]))
  return {
    minimumBytes: 1,
    encode: (writer, tag) => {
      const index = indexByKind.get(tag.kind)
      if (index === undefined) throw new ScaleError(`${tag.kind} is not a variant of ${path}`)
      writer.u8(index)
      list[index]?.[1]?.encode(writer, tag.value)
    },
    decode: reader =>
      reader.nested(() => {
        const index = reader.u8()
        const entry = list[index]
        if (!entry) throw new ScaleError(`${path} has no variant ${index}`)
        const [kind, type] = entry
        return (type ? { kind, value: type.decode(reader) } : { kind }) as TaggedOf<V>
      }),
    describe: once(() => ({
      path: path.split('::'),
      params: options.params ?? [],
      shape: {
        kind: 'variant',
        variants: list.map(([name, type], index) => ({
          name,
          index,
          fields: type === null ? [] : options.inline?.includes(name) ? inlineFields(type) : [{ type }],
        })),
      },
    })),
  }
}

function inlineFields(type: AnyType) {
  const { shape } = type.describe()
  return shape.kind === 'composite' ? shape.fields : [{ type }]
}

function memo<A extends object, B>(make: (from: A) => B): (from: A) => B {
  const made = new WeakMap<A, B>()
  return from => {
    let value = made.get(from)
    if (value === undefined) {
      value = make(from)
      made.set(from, value)
    }
    return value
  }
}

function listCodec<T>(item: Type<T>, maximum: number) {
  return {
    minimumBytes: 1,
    encode: (writer: ScaleWriter, values: readonly T[]) => {
      writer.compact(values.length)
      for (const value of values) item.encode(writer, value)
    },
    decode: (reader: ScaleReader): readonly T[] =>
      reader.nested(() => {
        const length = reader.length(item.minimumBytes)
        if (length > maximum) throw new ScaleError(`${length} items, at most ${maximum} are allowed`)
        const values: T[] = []
        for (let i = 0; i < length; i++) values.push(item.decode(reader))
        return values
      }),
  }
}

const vecOf = memo<AnyType, AnyType>(item => ({
  ...listCodec(item, Number.POSITIVE_INFINITY),
  describe: () => ({ path: [], params: [], shape: { kind: 'sequence', item } }),
}))

/** `Vec<T>`. */
export function vec<T>(item: Type<T>): Type<readonly T[]> {
  return vecOf(item)
}

/** `BoundedVec<T, N>`: decoding refuses more. */
export function boundedVec<T>(item: Type<T>, maximum: number): Type<readonly T[]> {
  return {
    ...listCodec(item, maximum),
    describe: once(() => ({
      path: ['bounded_collections', 'bounded_vec', 'BoundedVec'],
      params: [
        { name: 'T', type: item as AnyType },
        { name: 'S', type: undefined },
      ],
      shape: { kind: 'composite', fields: [{ type: vec(item) as AnyType }] },
    })),
  }
}

const optionOf = memo<AnyType, AnyType>(item => ({
  minimumBytes: 1,
  encode: (writer, value) => {
    writer.u8(value === undefined ? 0 : 1)
    if (value !== undefined) item.encode(writer, value)
  },
  decode: reader => {
    const byte = reader.u8()
    if (byte > 1) throw new ScaleError(`${byte} is not an Option`)
    return byte === 1 ? item.decode(reader) : undefined
  },
  describe: () => ({
    path: ['Option'],
    params: [{ name: 'T', type: item }],
    shape: {
      kind: 'variant',
      variants: [
        { name: 'None', index: 0, fields: [] },
        { name: 'Some', index: 1, fields: [{ type: item }] },
      ],
    },
  }),
}))

/** `Option<T>`: undefined or the value. */
export function option<T>(item: Type<T>): Type<T | undefined> {
  return optionOf(item)
}

export function tuple<const T extends readonly AnyType[]>(...items: T): Type<{ [K in keyof T]: ValueOf<T[K]> }> {
  return {
    minimumBytes: items.reduce((sum, item) => sum + item.minimumBytes, 0),
    encode: (writer, values) => {
      for (const [i, item] of items.entries()) item.encode(writer, (values as unknown[])[i])
    },
    decode: reader => items.map(item => item.decode(reader)) as never,
    describe: once(() => ({ path: [], params: [], shape: { kind: 'tuple', items } })),
  }
}

/** `()`. */
export const unit = tuple() as unknown as Type<undefined>

const compactOf = memo<AnyType, AnyType>(item => {
  const wide = item.minimumBytes > 4
  const limit = 1n << BigInt(item.minimumBytes * 8)
  return {
    minimumBytes: 1,
    encode: (writer, value: bigint | number) => writer.compact(value),
    decode: reader => {
      const value = reader.compact()
      if (value >= limit) throw new ScaleError(`${value} is wider than ${item.minimumBytes} bytes`)
      return wide ? value : Number(value)
    },
    describe: () => ({ path: [], params: [], shape: { kind: 'compact', item } }),
  }
})

/** `Compact<T>` of an unsigned number. */
export function compact<T extends bigint | number>(item: Type<T>): Type<T> {
  return compactOf(item)
}

/** A type that holds itself. */
export function lazy<T>(minimumBytes: number, resolve: () => Type<T>): Type<T> {
  return {
    minimumBytes,
    encode: (writer, value) => resolve().encode(writer, value),
    decode: reader => reader.nested(() => resolve().decode(reader)),
    describe: () => resolve().describe(),
    resolve,
  }
}

export type { AnyFields, AnyType }
