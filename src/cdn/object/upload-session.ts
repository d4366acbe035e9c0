/**
 * What all files of one upload share: where shards go, how blocks are made, and how much is held at once.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { CdnError } from '../../errors/cdn.js'
import { type Host, silentHost } from '../../events/host.js'
import { loadHasher } from '../crypto/index.js'
import { DEFAULT_LAYOUT, hashBytesOf, type Layout, type Location } from '../meta/index.js'
import type { BlockStore } from './block-store.js'
import { placementDigest } from './derive-nonce.js'
import { forgetUploads } from './forget-uploads.js'
import { linkSignal } from './linked-signal.js'
import type { MetadataStore } from './metadata-store.js'
import { locationOf, type Place, placeName } from './place.js'
import type { SavedObject } from './saved-object.js'
import type { SealSettings } from './seal-block.js'
import { createSealer, type Sealer } from './sealer.js'
import { Slots } from './slots.js'
import { noJournal, type UploadJournal, UploadState } from './upload-journal.js'

export interface UploadOptions {
  /** One shard of every block goes to each, in this order. */
  readonly places: readonly Place[]
  /** Shards that give a block back: fewer than there are places. */
  readonly requiredShards: number
  /** `namespaces-32` when absent. */
  readonly layout?: Layout
  /** 1 to 5 MiB, 5 MiB when absent. */
  readonly chunkBytes?: number
  /** Writes the passwords of the places into the metadata, for everyone who has the reference. */
  readonly includePassword?: boolean
  /** Equal content is sealed into equal bytes, and what a place already has is not sent again. */
  readonly deduplicate?: boolean
  /** Blocks that are on their way at once. 4 when absent. */
  readonly concurrency?: number
  /** Threads that hash, seal and encode. As many as there are cores when absent; 1: none of their own. */
  readonly threads?: number
  /** Where interrupted uploads are remembered, for a month. Not remembered when absent. */
  readonly stateFolder?: string
  /** Takes the result before the upload is forgotten: one that is killed before this resolves, or for which it rejects,
   * comes to the same result when it is repeated. Without it the result counts as taken when everything is saved. */
  readonly deliver?: (saved: SavedObject) => void | Promise<void>
  /** Of the object; the file's own name when absent. */
  readonly name?: string
  /** Of a file; by its first bytes and its extension when absent. */
  readonly mime?: string
  /** Directories within the directory are saved too; they are skipped otherwise. */
  readonly recursive?: boolean
  readonly host?: Host
  readonly signal?: AbortSignal
}

export interface UploadStores {
  readonly metadata: MetadataStore
  readonly blocks: BlockStore
}

export const LEAST_CHUNK_BYTES = 1024 * 1024
export const MOST_CHUNK_BYTES = 5 * 1024 * 1024
const DEFAULT_CONCURRENCY = 4
const MOST_CONCURRENCY = 64

export interface UploadSession {
  readonly stores: UploadStores
  readonly places: readonly Place[]
  readonly locations: readonly Location[]
  readonly layout: Layout
  readonly chunkBytes: number
  readonly deduplicate: boolean
  readonly concurrency: number
  readonly recursive: boolean
  readonly settings: SealSettings
  readonly sealer: Sealer
  /** Blocks that are read, sealed or sent. */
  readonly slots: Slots
  /** Memory for pieces of files, to be used again. */
  readonly buffers: ArrayBuffer[]
  /** Memory for shards of blocks, likewise. */
  readonly rooms: ArrayBuffer[]
  readonly host: Host
  readonly signal: AbortSignal
  journal(path: string): Promise<UploadJournal>
  /** Everything is saved, and the result delivered: forgets how far it had come. */
  finish(): Promise<void>
  close(): Promise<void>
}

/** @param root absolute path of what is uploaded
 * @throws {CdnError} CDN_CONFIG: options that cannot be
 */
export async function openSession(root: string, stores: UploadStores, options: UploadOptions): Promise<UploadSession> {
  const { places, requiredShards, deduplicate = false, stateFolder } = options
  const { layout = DEFAULT_LAYOUT, chunkBytes = MOST_CHUNK_BYTES, concurrency = DEFAULT_CONCURRENCY } = options
  checkOptions(options, chunkBytes, concurrency)
  const locations = places.map(place => locationOf(place, layout, options.includePassword ?? false))

  if (stateFolder !== undefined) await forgetUploads(stateFolder)
  const placement = deduplicate ? placementDigest(await loadHasher(), { layout, requiredShards, places }) : undefined
  const sealer = createSealer(options.threads)
  const link = linkSignal(options.signal)
  const state =
    stateFolder === undefined || deduplicate
      ? undefined
      : new UploadState(join(stateFolder, stateName(root, { layout, chunkBytes, requiredShards, places })))
  return {
    stores,
    places,
    locations,
    layout,
    chunkBytes,
    deduplicate,
    concurrency,
    recursive: options.recursive ?? false,
    settings: { hashBytes: hashBytesOf(layout), required: requiredShards, total: places.length, placement },
    sealer,
    slots: new Slots(concurrency + sealer.threads),
    buffers: [],
    rooms: [],
    host: options.host ?? silentHost,
    signal: link.signal,
    journal: async path => (state ? state.journal(digest(path)) : noJournal),
    finish: async () => state?.finish(),
    close: async () => {
      link.end()
      await sealer.close()
    },
  }
}

function checkOptions({ places, requiredShards }: UploadOptions, chunkBytes: number, concurrency: number): void {
  const refuse = (message: string, where: string) => {
    throw new CdnError('CDN_CONFIG', message, { where })
  }
  if (!Number.isInteger(requiredShards) || requiredShards < 1 || requiredShards >= places.length) {
    refuse(
      `${requiredShards} of ${places.length} shards are required: it must be at least 1 and fewer`,
      'requiredShards',
    )
  }
  if (places.length > 256) refuse(`a block has at most 256 shards, not ${places.length}`, 'places')
  if (new Set(places.map(placeName)).size < places.length) {
    refuse('two places are the same: shards of one block would overwrite each other', 'places')
  }
  if (!Number.isInteger(chunkBytes) || chunkBytes < LEAST_CHUNK_BYTES || chunkBytes > MOST_CHUNK_BYTES) {
    refuse(`a chunk has ${LEAST_CHUNK_BYTES} to ${MOST_CHUNK_BYTES} bytes, not ${chunkBytes}`, 'chunkBytes')
  }
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_CONCURRENCY) {
    refuse(`from 1 to ${MOST_CONCURRENCY} blocks can be on their way at once, not ${concurrency}`, 'concurrency')
  }
}

/** Another code, order or cut is another upload. */
function stateName(
  root: string,
  {
    layout,
    chunkBytes,
    requiredShards,
    places,
  }: Pick<UploadOptions, 'places' | 'requiredShards'> & {
    layout: Layout
    chunkBytes: number
  },
): string {
  return digest(JSON.stringify([root, layout, chunkBytes, requiredShards, places.map(placeName)]))
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
