/**
 * What is missing or wrong of an object, put back: where it was, or, where that place is gone, at another one.
 *
 * Shards that were put elsewhere change the metadata, and so the reference, of their file and of the directories around
 * it. The old reference stays as good as it was.
 */
import { CdnError } from '../../errors/cdn.js'
import { silentHost } from '../../events/host.js'
import type { Block, DirectoryEntry, FileMetadata, Layout, Location } from '../meta/index.js'
import { sealMetadata } from './metadata-blob.js'
import { locationOf, type Place, placeName, placeOf } from './place.js'
import { PlaceLatency } from './place-latency.js'
import { type ObjectStores, openObject } from './stored-object.js'
import { type ExaminedBlock, examineBlock, noteBlock, type VerifyOptions } from './verify.js'

export interface RepairOptions extends VerifyOptions {
  /** Places that may take shards of places that are gone, the first that has none of the block first. */
  readonly replacements?: readonly Place[]
  /** Writes the passwords of replacements into the metadata. */
  readonly includePassword?: boolean
}

export interface RepairedShard {
  readonly path: string
  readonly block: number
  readonly shard: number
  readonly from: string
  readonly to: string
}

export interface RepairFailure {
  readonly path: string
  readonly block: number
  /** Absent when the whole block cannot be read. */
  readonly shard?: number
  readonly reason: string
}

export interface RepairReport {
  /** To the object as it is now; the same as before when no place changed. */
  readonly reference: { readonly encryptedHash: Uint8Array; readonly key?: Uint8Array }
  readonly moved: boolean
  readonly repaired: readonly RepairedShard[]
  /** What could not be put back. */
  readonly failed: readonly RepairFailure[]
}

const MOST_DEPTH = 64

/** @throws {CdnError} when metadata cannot be read, or CDN_SAVE when new metadata is not taken */
export async function repair(
  reference: DirectoryEntry,
  stores: ObjectStores,
  options: RepairOptions = {},
): Promise<RepairReport> {
  const work = new Repair(stores, { ...options, latency: options.latency ?? new PlaceLatency() })
  const now = await work.object(reference, [])
  const { encryptedHash, key } = now
  return {
    reference: { encryptedHash, ...(key && { key }) },
    moved: now !== reference,
    repaired: work.repaired,
    failed: work.failed,
  }
}

class Repair {
  readonly repaired: RepairedShard[] = []
  readonly failed: RepairFailure[] = []
  readonly #stores: ObjectStores
  readonly #options: RepairOptions

  constructor(stores: ObjectStores, options: RepairOptions) {
    this.#stores = stores
    this.#options = options
  }

  /** The entry to the object as it is now: the very same when nothing moved. */
  async object(entry: DirectoryEntry, parents: readonly string[]): Promise<DirectoryEntry> {
    if (parents.length > MOST_DEPTH) {
      throw new CdnError('CDN_LIMIT', `directories are nested more than ${MOST_DEPTH} deep`)
    }
    const object = await openObject(entry, this.#stores, this.#options, this.#options.signal)
    const { layout, metadata } = object
    const path = [...parents, metadata.name]
    if (object.kind === 'file') {
      const blocks = await this.#blocks(object.metadata, layout, path.join('/'))
      return blocks ? this.#save({ ...object.metadata, blocks }, layout, entry) : entry
    }
    const files: DirectoryEntry[] = []
    for (const child of object.metadata.files) files.push(await this.object(child, path))
    const same = files.every((child, i) => child === object.metadata.files[i])
    return same ? entry : this.#save({ ...object.metadata, files }, layout, entry)
  }

  /** The blocks as they are now, or undefined when no place changed. */
  async #blocks(metadata: FileMetadata, layout: Layout, path: string): Promise<readonly Block[] | undefined> {
    const blocks: Block[] = []
    for (const [index, block] of metadata.blocks.entries()) {
      const examined = await examineBlock(block, index, this.#stores, this.#options)
      noteBlock(path, index, metadata.blocks.length, examined.shards, this.#options.host)
      blocks.push(await this.#block(block, examined, layout, path))
    }
    return blocks.every((block, i) => block === metadata.blocks[i]) ? undefined : blocks
  }

  async #block(block: Block, examined: ExaminedBlock, layout: Layout, path: string): Promise<Block> {
    const bad = examined.shards.filter(({ state }) => state !== 'right')
    if (!examined.readable) {
      const reason = `fewer than ${block.requiredShards} of its ${block.shards.length} shards are right and within reach`
      this.failed.push({ path, block: examined.block, reason })
      return block
    }
    const shards = [...block.shards]
    let moved = false
    for (const { shard, state, reason = '' } of bad) {
      const right = examined.right([shard])[0] as Uint8Array
      const old = placeOf(shards[shard] as Location)
      const tries = this.#candidates(old, shards, state === 'unreachable')
      const put = await this.#put(tries, block.encryptedHash, right)
      const failure = { path, block: examined.block, shard }
      if ('place' in put) {
        const { place } = put
        if (place !== old) {
          shards[shard] = locationOf(place, layout, this.#options.includePassword ?? false)
          moved = true
        }
        this.#note({ ...failure, from: placeName(old), to: placeName(place) })
      } else {
        this.failed.push({ ...failure, reason: put.reasons.at(-1) ?? (reason || 'no place is left to put it') })
      }
    }
    return moved ? { ...block, shards } : block
  }

  /** Where a shard may go: its own place, if that answers, then replacements that hold no other shard of the block. */
  #candidates(old: Place, shards: readonly Location[], gone: boolean): readonly Place[] {
    const used = new Set(shards.map(location => placeName(placeOf(location))))
    const others = (this.#options.replacements ?? []).filter(place => !used.has(placeName(place)))
    return gone ? others : [old, ...others]
  }

  async #put(
    places: readonly Place[],
    key: Uint8Array,
    shard: Uint8Array,
  ): Promise<{ place: Place } | { reasons: readonly string[] }> {
    const { allow, reach, signal } = this.#options
    const reasons: string[] = []
    for (const place of places) {
      if (allow && !allow(place.address)) {
        reasons.push(`${placeName(place)} is not among the places that may be connected to`)
        continue
      }
      try {
        await this.#stores.blocks.set(reach ? reach(place) : place, key, shard, signal)
        return { place }
      } catch (error) {
        signal?.throwIfAborted()
        reasons.push(`${placeName(place)}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return { reasons }
  }

  #note(data: RepairedShard): void {
    this.repaired.push(data)
    const { path, block, shard, from, to } = data
    const where = from === to ? to : `${to}, in place of ${from}`
    const text = `shard ${shard} of block ${block} of ${path} was put back at ${where}`
    const { host = silentHost } = this.#options
    host.notify({ code: 'CDN_SHARD_REPAIRED', level: 'debug', text, data: { ...data } })
  }

  async #save(
    metadata: Parameters<typeof sealMetadata>[0],
    layout: Layout,
    before: DirectoryEntry,
  ): Promise<DirectoryEntry> {
    const { blob, encryptedHash, key, plain } = await sealMetadata(metadata, layout)
    if (before.key) {
      await this.#stores.metadata.put(encryptedHash, blob, this.#options.signal)
      return { encryptedHash, key }
    }
    // It was kept in the open, and stays so.
    await this.#stores.metadata.put(plain.hash, plain.blob, this.#options.signal)
    return { encryptedHash: plain.hash }
  }
}
