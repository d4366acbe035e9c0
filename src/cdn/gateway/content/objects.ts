/** Objects by reference: metadata is fetched once, opened, and kept for a while. It never changes under its hash. */
import { Deadline } from '../../../core/deadline.js'
import { toHex } from '../../../core/hex.js'
import { CdnError } from '../../../errors/cdn.js'
import type { Block, DirectoryEntry, DirectoryMetadata } from '../../meta/index.js'
import type { BlockStore } from '../../object/block-store.js'
import type { MetadataStore } from '../../object/metadata-store.js'
import { openObject, type ReadPolicy, type StoredObject, storedFile } from '../../object/stored-object.js'
import type { BlockSource } from './block-source.js'
import { ContentFile } from './content-file.js'
import { type DirectoryIndex, readDirectory } from './directory-index.js'
import { SharedWork } from './shared-work.js'
import { Turns } from './turns.js'
import { WeightedLru } from './weighted-lru.js'

export interface ContentDirectory {
  readonly kind: 'directory'
  readonly metadata: DirectoryMetadata
  readonly reference: DirectoryEntry
}

export type ContentObject = ContentFile | ContentDirectory

export interface ObjectsOptions {
  readonly metadata: MetadataStore
  readonly blocks: BlockStore
  readonly policy: ReadPolicy
  readonly source: BlockSource
  /** Of what metadata is estimated to take in memory. */
  readonly mostBytes: number
  /** Until metadata is here. */
  readonly timeoutMs: number
  readonly mostEntries: number
}

/** Requests to the registry at once, and those that may wait. */
const MOST_REQUESTS = 32
const MOST_WAITING = 20_000

export class Objects {
  readonly #objects: WeightedLru<ContentObject>
  readonly #indexes: WeightedLru<DirectoryIndex>
  readonly #opening = new SharedWork<ContentObject>()
  readonly #indexing = new SharedWork<DirectoryIndex>()
  readonly #turns = new Turns({ most: MOST_REQUESTS, mostWaiting: MOST_WAITING })

  constructor(private readonly options: ObjectsOptions) {
    this.#objects = new WeightedLru(options.mostBytes)
    this.#indexes = new WeightedLru(options.mostBytes)
  }

  get size(): number {
    return this.#objects.size
  }

  /** @throws what `openObject` throws; DeadlineError, GATEWAY_BUSY */
  async open(reference: DirectoryEntry, signal?: AbortSignal): Promise<ContentObject> {
    const name = nameOf(reference)
    const known = this.#objects.get(name)
    if (known) return known
    return await this.#opening.run(name, signal, given =>
      this.#turns.run(given, async () => {
        const { metadata, blocks, policy, timeoutMs } = this.options
        const deadline = new Deadline('the metadata of the content', timeoutMs, given)
        const opened = await deadline.race(openObject(reference, { metadata, blocks }, policy, given))
        const object = await this.#contentOf(opened, reference)
        this.#objects.set(name, object, weightOf(opened))
        return object
      }),
    )
  }

  /** What a directory holds, by name. @throws {CdnError} CDN_LIMIT, and what `open` throws */
  async index(directory: ContentDirectory, signal?: AbortSignal): Promise<DirectoryIndex> {
    const name = nameOf(directory.reference)
    const known = this.#indexes.get(name)
    if (known) return known
    return await this.#indexing.run(name, signal, async given => {
      const { mostEntries } = this.options
      const index = await readDirectory(directory.metadata, { mostEntries, open: entry => this.open(entry, given) })
      // What was missing may be there the next time.
      if (index.missing === 0) this.#indexes.set(name, index, 200 + index.entries.length * 600)
      return index
    })
  }

  async #contentOf(opened: StoredObject, reference: DirectoryEntry): Promise<ContentObject> {
    if (opened.kind === 'directory') return { kind: 'directory', metadata: opened.metadata, reference }
    const { blocks, policy, source } = this.options
    const { metadata, layout } = opened
    const size = await writtenSize(storedFile(metadata, layout, blocks, { ...policy, through: notKnown }))
    return new ContentFile(opened, source, size, block => checkPlaces(block, policy.allow))
  }
}

/** Metadata that names forbidden addresses is at fault itself: no place has failed. */
function checkPlaces({ shards, requiredShards }: Block, allow: ReadPolicy['allow']): void {
  const allowed = allow ? shards.filter(({ address }) => allow(address)).length : shards.length
  if (allowed >= requiredShards) return
  throw new CdnError(
    'CDN_PLACE',
    `${shards.length - allowed} of ${shards.length} places are at addresses this gateway does not connect to`,
    {
      hint: 'whoever runs the gateway can allow more addresses',
    },
  )
}

const NOT_KNOWN = new Error('the length is not written in the metadata')
const notKnown = () => Promise.reject(NOT_KNOWN)

/** The length, if it can be told without fetching a block. */
async function writtenSize(file: { size(): Promise<number> }): Promise<number | undefined> {
  try {
    return await file.size()
  } catch (error) {
    if (error === NOT_KNOWN) return undefined
    throw error
  }
}

function nameOf({ encryptedHash, key }: DirectoryEntry): string {
  return `${toHex(encryptedHash)}.${key ? toHex(key) : ''}`
}

/** Roughly what the decoded objects take, several times their encoded bytes. */
function weightOf({ metadata }: StoredObject): number {
  if (metadata.kind === 'directory') return 500 + metadata.files.length * 400
  return metadata.blocks.reduce((sum, { shards }) => sum + 800 + shards.length * 300, 1_000)
}
