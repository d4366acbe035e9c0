/**
 * Storage items: typed access to state, with the keys a real runtime uses, and their entry in the metadata.
 *
 * @example
 * const contracts = option('SmartContractModule', 'Contracts', [u64], contract)
 * contracts.get(state, 7n)?.twinId
 */
import { concatBytes, utf8 } from '../../../core/bytes.js'
import { toHex } from '../../../core/hex.js'
import { decode, encode } from '../scale/coding.js'
import { hexBytes } from '../scale/hex.js'
import { ScaleReader } from '../scale/reader.js'
import type { Type, ValueOf } from '../scale/type.js'
import { type HasherName, hasherPrefixBytes, hashers, twox128 } from './hash.js'
import type { State, StateReader } from './overlay.js'

// biome-ignore lint/suspicious/noExplicitAny: key types are inferred from the list
type KeyTypes = readonly Type<any>[]
type KeysOf<K extends KeyTypes> = { [I in keyof K]: ValueOf<K[I]> }

export class StorageItem<K extends KeyTypes, V, Read> {
  /** Hex of the hashed pallet and item names. */
  readonly prefix: string
  /** SCALE of what is read where nothing is stored. */
  readonly fallbackBytes: Uint8Array

  constructor(
    readonly pallet: string,
    readonly name: string,
    readonly keyTypes: K,
    readonly valueType: Type<V>,
    /** Absent: reading gives undefined where nothing is stored (`Optional`). */
    readonly fallback: (() => V) | undefined,
    readonly hasher: HasherName = 'Blake2_128Concat',
  ) {
    this.prefix = toHex(concatBytes(twox128(utf8(pallet)), twox128(utf8(name))))
    this.fallbackBytes = fallback ? encode(valueType, fallback()) : Uint8Array.of(0)
  }

  key(...keys: KeysOf<K>): string {
    return this.partialKey(keys)
  }

  /** Prefix of all entries that share the first keys. */
  partialKey(keys: readonly unknown[]): string {
    let key = this.prefix
    for (const [i, value] of keys.entries()) {
      key += toHex(hashers[this.hasher](encode(this.keyTypes[i] as Type<unknown>, value)))
    }
    return key
  }

  has(state: StateReader, ...keys: KeysOf<K>): boolean {
    return state.read(this.key(...keys)) !== undefined
  }

  get(state: StateReader, ...keys: KeysOf<K>): Read {
    return this.at(state, this.key(...keys))
  }

  /** The value under a whole key. */
  at(state: StateReader, key: string): Read {
    const cell = state.read(key)
    if (!cell) return this.fallback?.() as Read
    if (cell.value === undefined) cell.value = decode(this.valueType, cell.bytes)
    return cell.value as Read
  }

  put(state: State, value: V, ...keys: KeysOf<K>): void {
    state.write(this.key(...keys), { bytes: encode(this.valueType, value), value })
  }

  remove(state: State, ...keys: KeysOf<K>): void {
    state.write(this.key(...keys), undefined)
  }

  /** The plain keys of a whole key: all hashers in use keep them. */
  keysOf(key: string): KeysOf<K> {
    const reader = new ScaleReader(hexBytes(key.slice(this.prefix.length)))
    return this.keyTypes.map(type => {
      reader.raw(hasherPrefixBytes[this.hasher])
      return type.decode(reader)
    }) as KeysOf<K>
  }

  *entries(state: StateReader): Iterable<[KeysOf<K>, Read]> {
    for (const key of state.keys(this.prefix)) yield [this.keysOf(key), this.at(state, key)]
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a list of items of any type
export type AnyItem = StorageItem<any, any, any>

export interface ItemFactory {
  /** `StorageValue`/`StorageMap` with `OptionQuery`. */
  optional<const K extends KeyTypes, V>(
    name: string,
    keys: K,
    value: Type<V>,
    hasher?: HasherName,
  ): StorageItem<K, V, V | undefined>
  /** With `ValueQuery`: `fallback` where nothing is stored. */
  value<const K extends KeyTypes, V>(
    name: string,
    keys: K,
    value: Type<V>,
    fallback: () => V,
    hasher?: HasherName,
  ): StorageItem<K, V, V>
}

/** Items of one pallet; `list` collects them for the metadata. */
export function storageOf(pallet: string): ItemFactory & { readonly list: AnyItem[] } {
  const list: AnyItem[] = []
  return {
    list,
    optional: (name, keys, value, hasher) => {
      const item = new StorageItem<typeof keys, never, never>(pallet, name, keys, value as never, undefined, hasher)
      list.push(item)
      return item as never
    },
    value: (name, keys, value, fallback, hasher) => {
      const item = new StorageItem<typeof keys, never, never>(
        pallet,
        name,
        keys,
        value as never,
        fallback as never,
        hasher,
      )
      list.push(item)
      return item as never
    },
  }
}
