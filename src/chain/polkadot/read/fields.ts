/** Reading decoded structs by name and type; what is not there is a chain that differs from the one we know. */
import { ChainError } from '../../../errors/chain.js'
import type { Plain, PlainEnum, PlainStruct } from '../plain.js'

/** Invalid UTF-8 becomes U+FFFD: the chain lets people store any bytes, and one name must not break a list. */
const decoder = new TextDecoder('utf-8')

export class Fields {
  readonly #struct: PlainStruct
  readonly #where: string

  constructor(value: Plain, where: string) {
    if (typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value)) throw different(where)
    this.#struct = value as PlainStruct
    this.#where = where
  }

  has(key: string): boolean {
    return this.#struct[key] !== undefined
  }

  number(key: string): number {
    const value = this.#struct[key]
    if (typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    return typeof value === 'number' ? value : this.#wrong(key)
  }

  bigint(key: string): bigint {
    const value = this.#struct[key]
    if (typeof value === 'number') return BigInt(value)
    return typeof value === 'bigint' ? value : this.#wrong(key)
  }

  boolean(key: string): boolean {
    const value = this.#struct[key]
    return typeof value === 'boolean' ? value : this.#wrong(key)
  }

  bytes(key: string): Uint8Array {
    const value = this.#struct[key]
    return value instanceof Uint8Array ? value : this.#wrong(key)
  }

  /** Text, whether the chain keeps it as text, as bytes or as an address. */
  text(key: string): string {
    const value = this.#struct[key]
    if (typeof value === 'string') return value
    return value instanceof Uint8Array ? decoder.decode(value) : this.#wrong(key)
  }

  list(key: string): readonly Plain[] {
    const value = this.#struct[key]
    return Array.isArray(value) ? value : this.#wrong(key)
  }

  structs(key: string): Fields[] {
    return this.list(key).map((value, i) => new Fields(value, `${this.#where}.${key}[${i}]`))
  }

  struct(key: string): Fields {
    return new Fields(this.#struct[key], `${this.#where}.${key}`)
  }

  /** The variant, and what it carries. */
  variant(key: string): PlainEnum {
    const value = this.#struct[key]
    return isEnum(value) ? value : this.#wrong(key)
  }

  /** The variant's name, which must be one of these. */
  oneOf<T extends string>(key: string, names: readonly T[]): T {
    const { kind } = this.variant(key)
    return names.includes(kind as T) ? (kind as T) : this.#wrong(key)
  }

  #wrong(key: string): never {
    throw different(`${this.#where}.${key}`)
  }
}

export function isEnum(value: Plain): value is PlainEnum {
  return typeof value === 'object' && 'kind' in value && typeof (value as PlainEnum).kind === 'string'
}

export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function different(where: string): ChainError {
  return new ChainError('CHAIN_REPLY', `the chain keeps ${where} in another form than known`, {
    where,
    hint: 'check that the address is that of TFChain; its runtime may be newer than this release',
  })
}
