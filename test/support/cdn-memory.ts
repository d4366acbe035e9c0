/** Places and a registry in memory, that can be told to misbehave. */

import type { BlockStore, MetadataStore } from '../../src/cdn/object/index.js'
import { type Place, placeName } from '../../src/cdn/object/index.js'
import { toHex } from '../../src/core/hex.js'
import { ZdbError } from '../../src/errors/zdb.js'

/** `[place 1, …]` on addresses nobody listens to. */
export function somePlaces(count: number): readonly Place[] {
  return Array.from({ length: count }, (_, i) => ({ address: { host: '127.0.0.1', port: 1000 + i }, namespace: 'cdn' }))
}

export class MemoryBlocks implements BlockStore {
  readonly shards = new Map<string, Map<string, Uint8Array>>()
  /** Places that do not answer. */
  readonly dead = new Set<string>()
  /** Places that answer after so many milliseconds. */
  readonly slow = new Map<string, number>()
  gets = 0
  sets = 0
  running = 0
  mostRunning = 0
  /** Called before every shard that is set; may throw. */
  beforeSet: (place: string) => void = () => {}

  of(place: Place): Map<string, Uint8Array> {
    const name = placeName(place)
    const known = this.shards.get(name) ?? new Map()
    this.shards.set(name, known)
    return known
  }

  get total(): number {
    return [...this.shards.values()].reduce((sum, { size }) => sum + size, 0)
  }

  async get(place: Place, key: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    this.gets++
    return this.#answer(place, signal, () => this.of(place).get(toHex(key)))
  }

  async set(place: Place, key: Uint8Array, shard: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#answer(place, signal, () => {
      this.beforeSet(placeName(place))
      this.sets++
      this.of(place).set(toHex(key), shard.slice())
    })
  }

  async size(place: Place, key: Uint8Array, signal?: AbortSignal): Promise<number | undefined> {
    return this.#answer(place, signal, () => this.of(place).get(toHex(key))?.length)
  }

  async close(): Promise<void> {}

  async #answer<T>(place: Place, signal: AbortSignal | undefined, work: () => T): Promise<T> {
    const name = placeName(place)
    this.mostRunning = Math.max(this.mostRunning, ++this.running)
    try {
      const delayMs = this.slow.get(name)
      if (delayMs !== undefined) await pause(delayMs, signal)
      signal?.throwIfAborted()
      if (this.dead.has(name)) throw new ZdbError('ZDB_ACCESS', `${name} is dead`)
      return work()
    } finally {
      this.running--
    }
  }
}

export class MemoryMetadata implements MetadataStore {
  readonly blobs = new Map<string, Uint8Array>()
  failing = false

  async get(hash: Uint8Array): Promise<Uint8Array | undefined> {
    return this.blobs.get(toHex(hash))
  }

  async put(hash: Uint8Array, blob: Uint8Array): Promise<void> {
    if (this.failing) throw new ZdbError('ZDB_ACCESS', 'the registry is down')
    this.blobs.set(toHex(hash), blob.slice())
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
