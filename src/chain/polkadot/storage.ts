/**
 * Storage reads. Whatever is read in one turn of the event loop travels as one `state_queryStorageAt`, so a caller that
 * starts its reads together pays for one round trip.
 */
import type { Codec } from '@polkadot/types/types'

import { ChainError } from '../../errors/chain.js'
import type { Runtime } from './runtime.js'
import type { Rpc } from './wire/rpc.js'

/** More keys than this are asked for in several requests at once. */
const KEYS_PER_REQUEST = 1_000
const HEX = /^0x([0-9a-f]{2})*$/

export interface StorageItem {
  readonly key: string
  /** `SmartContractModule.Contracts`, for errors. */
  readonly name: string
  /** The value in storage; undefined where an optional item has none. @throws {ChainError} CHAIN_REPLY */
  decode(value: string | null): Codec | undefined
}

/** A place in storage, by the names of the metadata in the api's spelling.
 *
 * @throws {ChainError} CHAIN_REPLY when this runtime has no such item
 */
export function storageItem(runtime: Runtime, pallet: string, item: string, args: readonly unknown[]): StorageItem {
  const { registry } = runtime.api
  const entry = runtime.api.query[pallet]?.[item]
  if (!entry) {
    throw new ChainError('CHAIN_REPLY', `the chain has no storage ${pallet}.${item}`, {
      hint: 'check that the address is that of TFChain',
    })
  }
  const name = `${pallet}.${item}`
  const key = registry.createType('StorageKey', [entry.creator, args])
  const { meta } = entry.creator
  const decodeBytes = (bytes: string | Uint8Array) => {
    try {
      return registry.createTypeUnsafe(key.outputType, [typeof bytes === 'string' ? unhex(bytes) : bytes]) as Codec
    } catch (cause) {
      throw new ChainError('CHAIN_REPLY', `the value of ${name} cannot be decoded`, { where: name, cause })
    }
  }
  return {
    key: key.toHex(),
    name,
    decode: value => {
      if (value !== null) return decodeBytes(value)
      return meta.modifier.isOptional ? undefined : decodeBytes(meta.fallback.toU8a(true))
    },
  }
}

interface Waiting {
  resolve(value: string | null): void
  reject(error: unknown): void
}

export class Storage {
  readonly #rpc: Rpc
  #next = new Map<string, Waiting[]>()

  constructor(rpc: Rpc) {
    this.#rpc = rpc
  }

  async read(item: StorageItem): Promise<Codec | undefined> {
    return item.decode(await this.#value(item.key))
  }

  #value(key: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      if (this.#next.size === 0) queueMicrotask(() => this.#flush())
      const waiting = this.#next.get(key)
      if (waiting) waiting.push({ resolve, reject })
      else this.#next.set(key, [{ resolve, reject }])
    })
  }

  #flush(): void {
    const all = [...this.#next]
    this.#next = new Map()
    for (let i = 0; i < all.length; i += KEYS_PER_REQUEST) void this.#ask(all.slice(i, i + KEYS_PER_REQUEST))
  }

  async #ask(part: readonly (readonly [string, Waiting[]])[]): Promise<void> {
    try {
      const changes = readChanges(await this.#rpc.ask('state_queryStorageAt', [part.map(([key]) => key)]))
      for (const [key, waiting] of part) {
        const value = changes.get(key)
        for (const { resolve, reject } of waiting) {
          if (value === undefined) reject(new ChainError('CHAIN_REPLY', `the chain's answer lacks a value of storage`))
          else resolve(value)
        }
      }
    } catch (error) {
      for (const [, waiting] of part) for (const { reject } of waiting) reject(error)
    }
  }
}

/** `[{block, changes: [[key, value | null], …]}]` */
function readChanges(answer: unknown): Map<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const set of Array.isArray(answer) ? answer : [undefined]) {
    const pairs: unknown = (set as { changes?: unknown } | undefined)?.changes
    if (!Array.isArray(pairs)) throw malformed()
    for (const pair of pairs) {
      const [key, value] = Array.isArray(pair) ? pair : []
      if (typeof key !== 'string') throw malformed()
      if (value !== null && (typeof value !== 'string' || !HEX.test(value))) throw malformed()
      changes.set(key, value)
    }
  }
  return changes
}

function malformed(): ChainError {
  return new ChainError('CHAIN_REPLY', "the chain's answer to a read of its storage is not what it must be")
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), 'hex'))
}
