/**
 * The node's disks: which one takes a mount, a root filesystem or a 0-DB namespace. Nothing is kept here; what is used
 * follows from what the workloads hold. Source: threefoldtech/zosbase pkg/storage/{storage,disk,device}.go.
 */
import type { Held } from '../engine/records.js'
import type { NodeState } from '../engine/state.js'
import type { PoolSpec } from '../spec.js'
import { refuse } from './manager.js'

const GIB = 1n << 30n

/** The system's own cache volume, at its initial size, on the first SSD. */
const CACHE_BYTES = 5n * GIB

/** What the cache takes of so much SSD. */
export function cacheBytes(ssdBytes: bigint): bigint {
  return [CACHE_BYTES, ssdBytes].reduce((a, b) => (a < b ? a : b))
}

export interface PoolUsage extends PoolSpec {
  readonly usedBytes: bigint
}

export class Disks {
  constructor(
    readonly pools: readonly PoolSpec[],
    readonly state: NodeState,
    /** Is the node told to have no room left? */
    readonly full: () => boolean,
  ) {}

  usage(): readonly PoolUsage[] {
    const used = new Map<string, bigint>()
    const cache = this.pools.find(pool => pool.type === 'ssd')
    if (cache) used.set(cache.name, cacheBytes(cache.sizeBytes))
    for (const { live } of this.state.workloads()) {
      for (const { pool, bytes } of live.held) used.set(pool, (used.get(pool) ?? 0n) + bytes)
    }
    return this.pools.map(pool => ({ ...pool, usedBytes: used.get(pool.name) ?? 0n }))
  }

  /** The SSD with the most room that has enough of it; nothing is promised twice. @throws {ZosError} */
  place(bytes: bigint): Held {
    const free = (pool: PoolUsage) => pool.sizeBytes - pool.usedBytes
    const [best] = this.usage()
      .filter(pool => pool.type === 'ssd' && free(pool) >= bytes && !this.full())
      .toSorted((a, b) => (free(a) < free(b) ? 1 : free(a) > free(b) ? -1 : 0))
    if (!best) throw refuse('not enough space left in pools of this type ssd')
    return { pool: best.name, bytes }
  }

  /** Is there room to grow something on this disk by so much? */
  fits(pool: string, moreBytes: bigint): boolean {
    const found = this.usage().find(({ name }) => name === pool)
    return found !== undefined && !this.full() && found.usedBytes + moreBytes <= found.sizeBytes
  }

  /** A whole HDD belongs to one 0-DB; its namespaces share it as long as there is room. @throws {ZosError} */
  placeNamespace(bytes: bigint): Held {
    const devices = this.usage().filter(pool => pool.type === 'hdd' && !this.full())
    const fits = (pool: PoolUsage) => pool.usedBytes + bytes <= pool.sizeBytes
    const device =
      devices.find(pool => pool.usedBytes > 0n && fits(pool)) ??
      devices.find(pool => pool.usedBytes === 0n && fits(pool))
    if (!device) throw refuse("couldn't allocate device to satisfy namespace size: no more free devices found")
    return { pool: device.name, bytes }
  }
}
