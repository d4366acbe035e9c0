/**
 * Shards of one block, from whichever places are quickest.
 *
 * As many places are asked as shards are still wanted, quickest first. One that fails is replaced at once; one that
 * takes longer than it usually does is left running while another place is asked too: whichever answers counts.
 */
import { CdnError } from '../../errors/cdn.js'
import type { Block, SocketAddress } from '../meta/index.js'
import type { BlockStore } from './block-store.js'
import { type LinkedSignal, linkSignal } from './linked-signal.js'
import { type Place, placeName, placeOf } from './place.js'
import type { PlaceLatency } from './place-latency.js'

export interface ShardRaceOptions {
  readonly store: BlockStore
  readonly latency: PlaceLatency
  /** A place that has not been asked before is late after so long. */
  readonly hedgeAfterMs: number
  /** Bytes of the largest shard that can be right. */
  readonly mostShardBytes: number
  /** False for an address that may not be connected to. */
  readonly allow?: ((address: SocketAddress) => boolean) | undefined
  /** The place as it is to be reached; adds a password that the metadata does not carry. */
  readonly reach?: ((place: Place) => Place) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ShardFailure {
  readonly shard: number
  readonly place: string
  /** The place has none, has one that cannot be right, or did not say. */
  readonly state: 'missing' | 'corrupt' | 'unreachable'
  readonly reason: string
}

interface Contender {
  readonly shard: number
  readonly place: Place
  readonly name: string
}

interface Running {
  readonly contender: Contender
  readonly startedAt: number
  readonly lateAt: number
}

/** A quick place is not late because of a moment's noise. */
const LEAST_HEDGE_MS = 30

export class ShardRace {
  /** What has arrived, by index, in the order of arrival. */
  readonly shards = new Map<number, Uint8Array>()
  readonly failures: ShardFailure[] = []
  readonly #options: ShardRaceOptions
  readonly #key: Uint8Array
  readonly #link: LinkedSignal
  readonly #running = new Map<number, Running>()
  readonly #waiting: Contender[]
  #wake: () => void = () => {}

  constructor(block: Block, options: ShardRaceOptions) {
    this.#options = options
    this.#key = block.encryptedHash
    const contenders = block.shards.map((location, shard) => {
      const place = placeOf(location)
      return { shard, place, name: placeName(place) }
    })
    this.#waiting = [...options.latency.order(contenders, ({ name }) => name)]
    this.#link = linkSignal(options.signal)
    this.#link.signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** Resolves when `count` shards are here, or when no more can come: false. @throws what the signal was given with */
  async until(count: number): Promise<boolean> {
    while (this.shards.size < count) {
      this.#options.signal?.throwIfAborted()
      this.#askMore(count)
      if (this.#running.size === 0) return false
      await this.#change()
    }
    return true
  }

  /** Gives up what is still running. */
  close(): void {
    const now = performance.now()
    for (const { contender, startedAt, lateAt } of this.#running.values()) {
      if (now > lateAt) this.#options.latency.slower(contender.name, now - startedAt)
    }
    this.#running.clear()
    this.#link.end()
  }

  #askMore(count: number): void {
    const now = performance.now()
    const expected = () => [...this.#running.values()].filter(({ lateAt }) => lateAt > now).length
    while (this.shards.size + expected() < count) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#ask(next)
    }
  }

  #ask(contender: Contender): void {
    const { latency, hedgeAfterMs, allow, reach, store } = this.#options
    if (allow && !allow(contender.place.address)) {
      this.failures.push(failureOf(contender, placeRefused(contender)))
      return
    }
    const startedAt = performance.now()
    const lateAt = startedAt + Math.max(LEAST_HEDGE_MS, latency.lateAfterMs(contender.name) ?? hedgeAfterMs)
    this.#running.set(contender.shard, { contender, startedAt, lateAt })
    const place = reach ? reach(contender.place) : contender.place
    // Started in a promise of its own, so that whatever a store throws is an answer of this place.
    Promise.resolve()
      .then(() => store.get(place, this.#key, this.#link.signal))
      .then(
        shard => this.#arrived(contender, startedAt, shard),
        error => this.#failed(contender, error),
      )
  }

  #arrived(contender: Contender, startedAt: number, shard: Uint8Array | undefined): void {
    if (!this.#running.delete(contender.shard)) return
    const { latency, mostShardBytes } = this.#options
    if (shard !== undefined && shard.length > 0 && shard.length <= mostShardBytes) {
      latency.succeeded(contender.name, performance.now() - startedAt)
      this.shards.set(contender.shard, shard)
    } else {
      // The place is well, it only lacks this shard.
      const state = shard === undefined ? 'missing' : 'corrupt'
      const reason =
        shard === undefined ? 'has no such shard' : `has ${shard.length} bytes, which no shard here can have`
      this.failures.push({ shard: contender.shard, place: contender.name, state, reason })
    }
    this.#wake()
  }

  #failed(contender: Contender, error: unknown): void {
    if (!this.#running.delete(contender.shard)) return
    this.#options.latency.failed(contender.name)
    this.failures.push(failureOf(contender, error))
    this.#wake()
  }

  /** Something has arrived or failed, or a place that is running became late. */
  async #change(): Promise<void> {
    const now = performance.now()
    const next = Math.min(...[...this.#running.values()].map(({ lateAt }) => lateAt).filter(lateAt => lateAt > now))
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>(resolve => {
      this.#wake = resolve
      if (Number.isFinite(next) && this.#waiting.length > 0) timer = setTimeout(resolve, Math.ceil(next - now) + 1)
      if (this.#options.signal?.aborted) resolve()
    })
    clearTimeout(timer)
    this.#wake = () => {}
  }
}

function failureOf({ shard, name }: Contender, error: unknown): ShardFailure {
  return { shard, place: name, state: 'unreachable', reason: error instanceof Error ? error.message : String(error) }
}

function placeRefused({ name }: Contender): CdnError {
  return new CdnError('CDN_PLACE', `${name} is not among the places that may be connected to`, { where: name })
}
