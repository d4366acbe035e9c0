/**
 * A stored object, opened: a directory with its entries, or a file that is read by ranges of bytes.
 *
 * Blocks are fetched as they are read, a bounded number ahead; each is checked before any of its bytes is given out.
 */
import { CdnError } from '../../errors/cdn.js'
import type { Block, DirectoryEntry, DirectoryMetadata, FileMetadata, Layout, SocketAddress } from '../meta/index.js'
import { readBlock, type WrongShard } from './block-reader.js'
import type { BlockStore } from './block-store.js'
import { linkSignal } from './linked-signal.js'
import { loadMetadata } from './metadata-blob.js'
import type { MetadataStore } from './metadata-store.js'
import type { Place } from './place.js'
import { PlaceLatency } from './place-latency.js'

export interface ObjectStores {
  readonly metadata: MetadataStore
  readonly blocks: BlockStore
}

export interface ReadPolicy {
  /** Shared by everything that reads, so that each learns from the others. One of its own when absent. */
  readonly latency?: PlaceLatency
  /** A place of unknown speed is late after so long, and another is asked too. 250 when absent. */
  readonly hedgeAfterMs?: number
  /** Blocks that are fetched before they are wanted. 2 when absent. */
  readonly readAhead?: number
  /** False for an address that may not be connected to. All may be when absent. */
  readonly allow?: (address: SocketAddress) => boolean
  /** The place as it is to be reached; adds a password that the metadata does not carry. */
  readonly reach?: (place: Place) => Place
  readonly onWrongShard?: (wrong: WrongShard & { readonly block: number }) => void
  /** Stands between a block and its places: a cache. `load` fetches and checks the block. */
  readonly through?: (block: Block, load: () => Promise<Uint8Array>) => Promise<Uint8Array>
}

export interface ByteRange {
  /** First byte. 0 when absent. */
  readonly start?: number
  /** The byte behind the last one. The end of the file when absent. */
  readonly end?: number
}

export interface StoredFile {
  readonly kind: 'file'
  readonly metadata: FileMetadata
  readonly layout: Layout
  /** Bytes of the file. May have to fetch the last block: peers do not write the length down. */
  size(signal?: AbortSignal): Promise<number>
  /** Checked plain bytes of a block. */
  block(index: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The bytes of a range, in pieces. Ending the iteration early ends the work.
   *
   * @throws {CdnError} CDN_LIMIT: the range is not within the file; CDN_SHARDS, CDN_HASH while it is read
   */
  read(range?: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void>
}

export interface StoredDirectory {
  readonly kind: 'directory'
  readonly metadata: DirectoryMetadata
  readonly layout: Layout
}

export type StoredObject = StoredFile | StoredDirectory

const DEFAULT_HEDGE_MS = 250
const DEFAULT_READ_AHEAD = 2
/** A block is read into memory whole. Uploaders write at most 5 MiB. */
const MOST_BLOCK_BYTES = 64 * 1024 * 1024

/** Opens what lies under a reference; nothing of a file's content is fetched yet.
 *
 * @throws {CdnError} CDN_NOT_FOUND, CDN_KEY, CDN_META, CDN_REGISTRY, CDN_UNREACHABLE
 * @example
 * const object = await openObject(reference, { metadata: registryClient({ url }), blocks: zdbStore() })
 * if (object.kind === 'file') for await (const bytes of object.read({ start: 1_000_000 })) sink.write(bytes)
 */
export async function openObject(
  reference: DirectoryEntry,
  stores: ObjectStores,
  policy: ReadPolicy = {},
  signal?: AbortSignal,
): Promise<StoredObject> {
  const { metadata, layout } = await loadMetadata(reference, stores.metadata, signal)
  if (metadata.kind === 'directory') return { kind: 'directory', metadata, layout }
  checkBlocks(metadata)
  return storedFile(metadata, layout, stores.blocks, policy)
}

/** A file whose metadata is at hand. */
export function storedFile(
  metadata: FileMetadata,
  layout: Layout,
  store: BlockStore,
  policy: ReadPolicy = {},
): StoredFile {
  const { hedgeAfterMs = DEFAULT_HEDGE_MS, readAhead = DEFAULT_READ_AHEAD, through } = policy
  const latency = policy.latency ?? new PlaceLatency()
  const { blocks } = metadata
  const last = blocks.length - 1
  const writtenSize = sizeByOffsets(blocks)
  let knownSize = writtenSize

  async function block(index: number, signal?: AbortSignal): Promise<Uint8Array> {
    const wanted = blocks[index]
    if (!wanted) throw new CdnError('CDN_LIMIT', `there is no block ${index}: the file has ${blocks.length}`)
    const { allow, reach, onWrongShard } = policy
    const load = () => readBlock(wanted, index, { store, latency, hedgeAfterMs, allow, reach, onWrongShard, signal })
    const bytes = await (through ? through(wanted, load) : load())
    checkLength(bytes, wanted, index, index !== last || writtenSize !== undefined)
    if (index === last) knownSize = wanted.startOffset + bytes.length
    return bytes
  }

  async function size(signal?: AbortSignal): Promise<number> {
    if (knownSize === undefined) await block(last, signal)
    return knownSize as number
  }

  async function* read(range: ByteRange = {}, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const start = range.start ?? 0
    // Reading to the end needs no length beforehand: the last block ends where it ends.
    const end = range.end ?? knownSize ?? Number.POSITIVE_INFINITY
    if (!(start >= 0 && start <= end) || (range.end !== undefined && end > (await size(signal)))) {
      throw new CdnError('CDN_LIMIT', 'the range is not within the file', { details: { start, end } })
    }
    const wanted = blocks.flatMap((one, i) =>
      start < end && one.endOffset >= start && one.startOffset < end ? [i] : [],
    )
    const link = linkSignal(signal)
    const ahead: Promise<Uint8Array>[] = []
    let next = 0
    try {
      for (const index of wanted) {
        while (next < wanted.length && ahead.length <= readAhead) {
          const fetching = block(wanted[next++] as number, link.signal)
          // It is waited for in its turn; until then nobody hears of its failure.
          fetching.catch(() => {})
          ahead.push(fetching)
        }
        const bytes = await (ahead.shift() as Promise<Uint8Array>)
        const { startOffset } = blocks[index] as Block
        const piece = bytes.subarray(Math.max(0, start - startOffset), Math.min(bytes.length, end - startOffset))
        if (piece.length > 0) yield piece
      }
    } finally {
      link.end()
      await Promise.allSettled(ahead)
    }
  }

  return { kind: 'file', metadata, layout, size, block, read }
}

/** @throws {CdnError} CDN_META: the blocks do not follow each other, or one is larger than memory should hold */
function checkBlocks({ blocks }: FileMetadata): void {
  let expected = 0
  blocks.forEach(({ startOffset, endOffset }, i) => {
    if (startOffset !== expected || endOffset < startOffset) {
      throw new CdnError('CDN_META', `block ${i} begins at ${startOffset}, the one before ends at ${expected - 1}`, {
        details: { field: `blocks[${i}].startOffset` },
      })
    }
    if (endOffset - startOffset >= MOST_BLOCK_BYTES) {
      throw new CdnError('CDN_LIMIT', `block ${i} has more than ${MOST_BLOCK_BYTES} bytes`)
    }
    expected = endOffset + 1
  })
}

/** The length, where the last block is shorter than the others: then its end was written down as it is. */
function sizeByOffsets(blocks: readonly Block[]): number | undefined {
  const first = blocks[0]
  const last = blocks.at(-1)
  if (!first || !last) return 0
  const length = (block: Block) => block.endOffset - block.startOffset + 1
  const clipped = blocks.length > 1 ? length(last) < length(first) : length(last) < LEAST_CHUNK_BYTES
  return clipped ? last.endOffset + 1 : undefined
}

/** No uploader cuts smaller pieces: a first block that is shorter is the whole file. */
const LEAST_CHUNK_BYTES = 1024 * 1024

function checkLength(bytes: Uint8Array, { startOffset, endOffset }: Block, index: number, exact: boolean): void {
  const expected = endOffset - startOffset + 1
  if (exact ? bytes.length === expected : bytes.length <= expected) return
  throw new CdnError('CDN_HASH', `block ${index} has ${bytes.length} bytes where its metadata says ${expected}`, {
    details: { block: index },
  })
}
