/**
 * Types of the chain, written once: each knows how to encode and decode its values and how to describe itself in the
 * metadata. So what the metadata promises and what the chain stores cannot differ.
 *
 * Names are camelCase here and snake_case in the metadata. Values are plain data:
 * u8–u32 number, u64 and u128 bigint, bytes Uint8Array, accounts 64 hex digits, `Option` undefined or the value,
 * enums without fields their name, enums with fields `{ kind, value }`.
 */
import type { ScaleReader } from './reader.js'
import type { ScaleWriter } from './writer.js'

export interface FieldShape {
  readonly name?: string
  readonly type: Type<unknown>
}

export interface VariantShape {
  readonly name: string
  readonly index: number
  readonly fields: readonly FieldShape[]
}

export type Shape =
  | { readonly kind: 'primitive'; readonly name: 'Bool' | 'Str' | 'U8' | 'U16' | 'U32' | 'U64' | 'U128' }
  | { readonly kind: 'composite'; readonly fields: readonly FieldShape[] }
  | { readonly kind: 'variant'; readonly variants: readonly VariantShape[] }
  | { readonly kind: 'sequence'; readonly item: Type<unknown> }
  | { readonly kind: 'array'; readonly length: number; readonly item: Type<unknown> }
  | { readonly kind: 'tuple'; readonly items: readonly Type<unknown>[] }
  | { readonly kind: 'compact'; readonly item: Type<unknown> }

export interface Description {
  readonly path: readonly string[]
  readonly params: readonly { readonly name: string; readonly type: Type<unknown> | undefined }[]
  readonly shape: Shape
}

export interface Type<T> {
  /** The fewest bytes a value takes: what bounds a claimed list length. */
  readonly minimumBytes: number
  encode(writer: ScaleWriter, value: T): void
  decode(reader: ScaleReader): T
  /** A thunk, because types may hold themselves. */
  describe(): Description
  /** Of a type that stands for another: that other one. */
  resolve?(): Type<T>
}

export type ValueOf<T> = T extends Type<infer V> ? V : never

/** `publicIpsList` → `public_ips_list`, the way the runtime spells it. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** The same type under another description: newtypes and runtime structures with names polkadot-js looks for. */
export function described<T>(type: Type<T>, describe: () => Description): Type<T> {
  return {
    minimumBytes: type.minimumBytes,
    encode: (writer, value) => type.encode(writer, value),
    decode: reader => type.decode(reader),
    describe,
  }
}
