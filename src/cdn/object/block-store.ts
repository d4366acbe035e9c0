/** The port to the places that keep shards. One store reaches every place. */
import type { Place } from './place.js'

export interface BlockStore {
  /** The shard under `key`, or undefined when the place has none.
   *
   * @throws what the place or the way to it says: refused, unreachable, timed out
   */
  get(place: Place, key: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Resolves when the place has acknowledged the shard; it may read `shard` until then. */
  set(place: Place, key: Uint8Array, shard: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Bytes of the shard under `key`, or undefined when the place has none: cheaper than reading it. */
  size(place: Place, key: Uint8Array, signal?: AbortSignal): Promise<number | undefined>
  /** Closes every connection. */
  close(): Promise<void>
}
