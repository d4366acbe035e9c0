/** One block to all of its places. It is saved when every place has acknowledged its shard, and not before. */
import { delays } from '../../core/retry.js'
import { CdnError } from '../../errors/cdn.js'
import type { BlockStore } from './block-store.js'
import { isPassing } from './passing-failure.js'
import { type Place, placeName } from './place.js'

export interface SendOptions {
  readonly store: BlockStore
  readonly places: readonly Place[]
  readonly key: Uint8Array
  readonly shards: readonly Uint8Array[]
  /** Shards that need not be sent: a place has acknowledged them, and still has them. */
  readonly present: ReadonlySet<number>
  readonly acknowledged?: (shard: number) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

export interface ShardRefusal {
  readonly shard: number
  readonly place: string
  readonly reason: string
}

const ATTEMPTS = 3
const RETRY = { firstMs: 100, factor: 4, maxMs: 2_000, jitter: 0.3 }

/** Resolves with true when nothing had to be tried twice: then nobody can still be reading the shards.
 *
 * @throws {CdnError} CDN_SAVE: `details.refused` are the places that did not acknowledge; the others have theirs
 */
export async function sendBlock(options: SendOptions): Promise<boolean> {
  const { places, shards, present } = options
  const refused: (ShardRefusal & { cause: unknown })[] = []
  let atOnce = true
  await Promise.all(
    places.map(async (place, shard) => {
      if (present.has(shard)) return
      try {
        const attempts = await sendShard(place, shards[shard] as Uint8Array, options)
        if (attempts > 1) atOnce = false
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        refused.push({ shard, place: placeName(place), reason, cause })
        return
      }
      await options.acknowledged?.(shard)
    }),
  )
  options.signal?.throwIfAborted()
  const [first] = refused
  if (first) {
    throw new CdnError('CDN_SAVE', `${first.place} did not take its shard: ${first.reason}`, {
      details: { refused: refused.map(({ shard, place, reason }) => ({ shard, place, reason })) },
      cause: first.cause,
    })
  }
  return atOnce
}

/** Which of the shards lie at their places already, as far as their length says. */
export async function findPresent(
  { store, places, key, signal }: Pick<SendOptions, 'store' | 'places' | 'key' | 'signal'>,
  among: ReadonlySet<number>,
  shardBytes?: number,
): Promise<ReadonlySet<number>> {
  const present = new Set<number>()
  await Promise.all(
    places.map(async (place, shard) => {
      if (!among.has(shard)) return
      try {
        const size = await store.size(place, key, signal)
        if (size !== undefined && size > 0 && (shardBytes === undefined || size === shardBytes)) present.add(shard)
      } catch {
        // Whether the place takes the shard shows when it is sent; that failure is told.
      }
    }),
  )
  return present
}

async function sendShard(place: Place, shard: Uint8Array, { store, key, signal }: SendOptions): Promise<number> {
  const pauses = delays(RETRY)
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      await store.set(place, key, shard, signal)
      return attempt
    } catch (error) {
      if (attempt >= ATTEMPTS || !isPassing(error) || signal?.aborted) throw error
      await new Promise(resolve => setTimeout(resolve, pauses.next().value))
    }
  }
}
