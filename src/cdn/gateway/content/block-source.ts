/** Blocks for requests: from the cache, or once for everybody from their places and then into the cache. */
import { Deadline } from '../../../core/deadline.js'
import type { Block } from '../../meta/index.js'
import { entryName } from '../cache/cache-entry.js'
import { type CachedBlock, DamagedEntry, memoryBlock } from '../cache/cached-block.js'
import type { DiskCache } from '../cache/disk-cache.js'
import { SharedWork } from './shared-work.js'
import { busy, Turns } from './turns.js'

export interface BlockSourceOptions {
  readonly cache: DiskCache
  /** Of blocks that are fetched at once. */
  readonly mostLoads: number
  /** Of one block, from asking its places to the last byte. */
  readonly loadTimeoutMs: number
  readonly onHit?: () => void
  readonly onLoad?: (seconds: number, bytes: number) => void
}

/** Fetches a block from its places, checked. */
export type LoadBlock = (signal: AbortSignal) => Promise<Uint8Array>

/** Fetches that may wait for their turn, for each that may run. */
const WAITING_PER_LOAD = 64
/** Blocks that the disk did not take, and that are in memory while they are sent. */
const MOST_IN_MEMORY = 32
const MOST_ATTEMPTS = 3

export class BlockSource {
  readonly #options: BlockSourceOptions
  readonly #turns: Turns
  readonly #loads = new SharedWork<Uint8Array | undefined>()
  #inMemory = 0

  constructor(options: BlockSourceOptions) {
    this.#options = options
    const { mostLoads } = options
    this.#turns = new Turns({ most: mostLoads, mostWaiting: mostLoads * WAITING_PER_LOAD })
  }

  get loading(): number {
    return this.#turns.inside
  }

  /** Plain bytes `start` to `end` of a block, in pieces. @throws whatever loading throws; GATEWAY_BUSY */
  async *read(
    block: Block,
    load: LoadBlock,
    range: { readonly start: number; readonly end: number },
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    let at = range.start
    for (let attempt = 1; ; attempt++) {
      const opened = await this.open(block, load, signal)
      try {
        for await (const piece of opened.read(at, Math.min(range.end, opened.sizeBytes))) {
          at += piece.length
          yield piece
        }
        return
      } catch (error) {
        // The damaged entry is gone: the next attempt fetches the block again.
        if (!(error instanceof DamagedEntry) || attempt === MOST_ATTEMPTS) throw error
      } finally {
        await opened.close()
      }
    }
  }

  /** The block, at hand. Close it. */
  async open(block: Block, load: LoadBlock, signal?: AbortSignal): Promise<CachedBlock> {
    const { cache, onHit } = this.#options
    for (let attempt = 1; ; attempt++) {
      const cached = await cache.get(block)
      if (cached !== undefined) {
        if (attempt === 1) onHit?.()
        return cached
      }
      const plain = await this.#load(block, load, signal)
      if (plain !== undefined) return this.#hold(plain)
      // It was written; under a cache that is too small it may be gone again already.
      if (attempt === MOST_ATTEMPTS) throw busy()
    }
  }

  /** Fetches the block now, for a request that will want it. Its failure is heard when it is asked for. */
  async prepare(block: Block, load: LoadBlock, signal: AbortSignal): Promise<void> {
    await this.open(block, load, signal).then(
      opened => opened.close(),
      () => {},
    )
  }

  /** The plain bytes when the disk has not taken them. */
  #load(block: Block, load: LoadBlock, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const { cache, loadTimeoutMs, onLoad } = this.#options
    return this.#loads.run(entryName(block), signal, given =>
      this.#turns.run(given, async () => {
        const startedAt = performance.now()
        const abort = new AbortController()
        const deadline = new Deadline('a block of the content', loadTimeoutMs, given)
        try {
          const plain = await deadline.race(load(abort.signal))
          onLoad?.((performance.now() - startedAt) / 1000, plain.length)
          return (await cache.put(block, plain)) ? undefined : plain
        } finally {
          abort.abort()
        }
      }),
    )
  }

  #hold(plain: Uint8Array): CachedBlock {
    if (this.#inMemory >= MOST_IN_MEMORY) throw busy()
    this.#inMemory++
    let open = true
    return memoryBlock(plain, () => {
      if (open) this.#inMemory--
      open = false
    })
  }
}
