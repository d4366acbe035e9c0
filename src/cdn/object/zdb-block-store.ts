/** Places are 0-DBs: shards are values under 16 or 32 bytes of key. */
import { type ZdbAddress, ZdbPool, type ZdbPoolOptions } from '../zdb/index.js'
import type { BlockStore } from './block-store.js'
import type { Place } from './place.js'

/** Shards are large and lines can be slow: a request may take its time, a read is hedged long before. */
const DEFAULT_TIMEOUT_MS = 60_000

/** Connects to a place when it is first asked, and closes what is not used.
 *
 * @example
 * const blocks = zdbBlockStore({ timeoutMs: 10_000 })
 * const shard = await blocks.get(place, block.encryptedHash)
 * await blocks.close()
 */
export function zdbBlockStore(options: ZdbPoolOptions = {}): BlockStore {
  const pool = new ZdbPool({ timeoutMs: DEFAULT_TIMEOUT_MS, ...options })
  const passed = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })
  return {
    get: (place, key, signal) => pool.use(addressOf(place), client => client.get(key, passed(signal)), passed(signal)),
    set: async (place, key, shard, signal) => {
      await pool.use(addressOf(place), client => client.set(key, shard, passed(signal)), passed(signal))
    },
    size: (place, key, signal) =>
      pool.use(addressOf(place), client => client.length(key, passed(signal)), passed(signal)),
    close: () => pool.close({ drainMs: 0 }),
  }
}

function addressOf({ address, namespace, secret }: Place): ZdbAddress {
  return { ...address, namespace, ...(secret === undefined ? {} : { password: secret }) }
}
