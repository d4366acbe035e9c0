/**
 * Every shard of every block of an object, looked at: which are right, which are missing, wrong, or out of reach.
 */
import { isHyphaeError } from '../../errors/base.js'
import { CdnError } from '../../errors/cdn.js'
import { type Host, silentHost } from '../../events/host.js'
import type { Block, DirectoryEntry, FileMetadata } from '../meta/index.js'
import { mostShardBytes, openBlock, readSealed, rebuild } from './block-reader.js'
import { placeName, placeOf } from './place.js'
import { PlaceLatency } from './place-latency.js'
import { ShardRace } from './shard-race.js'
import { type ObjectStores, openObject, type ReadPolicy } from './stored-object.js'
import { TreeWork } from './tree-work.js'

/** `unreachable`: nobody knows; the place did not answer, or refused to. */
export type ShardState = 'right' | 'missing' | 'corrupt' | 'unreachable'

export interface ShardReport {
  readonly shard: number
  readonly place: string
  readonly state: ShardState
  readonly reason?: string
}

export interface BlockReport {
  readonly block: number
  /** False: it cannot be made of what is there. */
  readonly readable: boolean
  readonly shards: readonly ShardReport[]
}

export interface FileReport {
  /** Names from the outermost directory to the file. */
  readonly path: string
  readonly blocks: readonly BlockReport[]
}

export interface VerifyReport {
  readonly files: readonly FileReport[]
  readonly blocks: number
  readonly shards: number
  /** Shards that are not right. */
  readonly bad: number
  /** Blocks that cannot be read. */
  readonly lost: number
}

export interface VerifyOptions extends Pick<ReadPolicy, 'allow' | 'reach' | 'latency'> {
  readonly host?: Host
  readonly signal?: AbortSignal
}

/** A block that was looked at, with what is needed to mend it. */
export interface ExaminedBlock extends BlockReport {
  /** Shards as they must be, by index; empty when the block cannot be read. */
  right(indexes: readonly number[]): readonly Uint8Array[]
}

/** Long enough that no place is late: all are asked anyway. */
const NO_HEDGE_MS = 3_600_000
const MOST_DEPTH = 64

/** @throws {CdnError} when the object's metadata cannot be read; what is wrong with shards is in the report */
export async function verify(
  reference: DirectoryEntry,
  stores: ObjectStores,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const files = await verifyObject(reference, stores, options, [], new TreeWork())
  const blocks = files.flatMap(file => file.blocks)
  const shards = blocks.flatMap(block => block.shards)
  return {
    files,
    blocks: blocks.length,
    shards: shards.length,
    bad: shards.filter(({ state }) => state !== 'right').length,
    lost: blocks.filter(({ readable }) => !readable).length,
  }
}

export function noteBlock(
  path: string,
  block: number,
  blocks: number,
  shards: readonly ShardReport[],
  host: Host = silentHost,
): void {
  const bad = shards.filter(({ state }) => state !== 'right').length
  const text = `block ${block} of ${path}: ${bad === 0 ? 'every shard is right' : `${bad} of ${shards.length} shards are not right`}`
  host.notify({ code: 'CDN_BLOCK_VERIFIED', level: 'debug', text, data: { path, block, blocks, bad } })
}

/** Fetches all shards of a block and tells the right ones from the others. */
export async function examineBlock(
  block: Block,
  index: number,
  stores: ObjectStores,
  { allow, reach, latency = new PlaceLatency(), signal }: VerifyOptions,
): Promise<ExaminedBlock> {
  const options = { store: stores.blocks, latency, hedgeAfterMs: NO_HEDGE_MS, allow, reach, signal }
  const race = new ShardRace(block, { ...options, mostShardBytes: mostShardBytes(block) })
  try {
    await race.until(block.shards.length)
    const report = (wrong: (shard: number) => boolean): readonly ShardReport[] =>
      block.shards.map((location, shard) => {
        const place = placeName(placeOf(location))
        if (race.shards.has(shard)) return { shard, place, state: wrong(shard) ? 'corrupt' : 'right' }
        const failure = race.failures.find(one => one.shard === shard)
        return { shard, place, state: failure?.state ?? 'unreachable', ...(failure && { reason: failure.reason }) }
      })
    try {
      const { codec, choice, sealed } = await readSealed(block, index, race, { latency })
      await openBlock(block, index, sealed)
      const all = rebuild(codec, choice, race.shards, [...block.shards.keys()])
      const isWrong = (shard: number) =>
        Buffer.compare(all[shard] as Uint8Array, race.shards.get(shard) as Uint8Array) !== 0
      return {
        block: index,
        readable: true,
        shards: report(isWrong),
        right: wanted => wanted.map(i => all[i] as Uint8Array),
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!isHyphaeError(error)) throw error
      // Which of them are wrong nobody can say: no choice of them is the block.
      return { block: index, readable: false, shards: report(() => true), right: () => [] }
    }
  } finally {
    race.close()
  }
}

/** Reports of all files of an object in the order of its directories. */
async function verifyObject(
  reference: DirectoryEntry,
  stores: ObjectStores,
  options: VerifyOptions,
  parents: readonly string[],
  work: TreeWork,
): Promise<readonly FileReport[]> {
  if (parents.length > MOST_DEPTH) {
    throw new CdnError('CDN_LIMIT', `directories are nested more than ${MOST_DEPTH} deep`)
  }
  const found = await work.turn(async () => {
    const object = await openObject(reference, stores, options, options.signal)
    const path = [...parents, object.metadata.name]
    return object.kind === 'file' ? verifyFile(object.metadata, path.join('/'), stores, options) : { object, path }
  })
  if (!('object' in found)) return [found]
  const { object, path } = found
  const inner = await work.all(object.metadata.files, entry => verifyObject(entry, stores, options, path, work))
  return inner.flat()
}

async function verifyFile(
  metadata: FileMetadata,
  path: string,
  stores: ObjectStores,
  options: VerifyOptions,
): Promise<FileReport> {
  const blocks: BlockReport[] = []
  for (const [index, block] of metadata.blocks.entries()) {
    const { readable, shards } = await examineBlock(block, index, stores, options)
    blocks.push({ block: index, readable, shards })
    noteBlock(path, index, metadata.blocks.length, shards, options.host)
  }
  return { path, blocks }
}
