/** A file as the gateway gives it out: its length, and any range of its bytes through the cache. */
import type { Block, FileMetadata } from '../../meta/index.js'
import type { StoredFile } from '../../object/stored-object.js'
import type { BlockSource } from './block-source.js'

export class ContentFile {
  readonly kind = 'file'
  #sizeBytes: number | undefined

  /** @param stored reads from the places, past the cache */
  constructor(
    private readonly stored: StoredFile,
    private readonly source: BlockSource,
    /** When the metadata says it. */
    knownSizeBytes: number | undefined,
    /** Throws when too few places of a block may be connected to. */
    private readonly checkPlaces: (block: Block) => void,
  ) {
    this.#sizeBytes = knownSizeBytes
  }

  get metadata(): FileMetadata {
    return this.stored.metadata
  }

  /** What can be said without fetching anything. */
  get roughSize(): { readonly bytes: number; readonly exact: boolean } {
    const last = this.metadata.blocks.at(-1)
    return { bytes: this.#sizeBytes ?? (last ? last.endOffset + 1 : 0), exact: this.#sizeBytes !== undefined }
  }

  /** Bytes of the file. Peers do not write it down: then the last block tells. */
  async size(signal?: AbortSignal): Promise<number> {
    if (this.#sizeBytes === undefined) {
      const index = this.metadata.blocks.length - 1
      const last = this.metadata.blocks[index] as Block
      const opened = await this.source.open(last, this.#loader(index), signal)
      await opened.close()
      this.#sizeBytes = last.startOffset + opened.sizeBytes
    }
    return this.#sizeBytes
  }

  /** Bytes `start` to `end`, in pieces; the next block is fetched while one is sent. */
  async *read(start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { blocks } = this.metadata
    const ahead = new AbortController()
    const all = AbortSignal.any([signal, ahead.signal])
    try {
      for (let index = blockAt(blocks, start); index < blocks.length; index++) {
        const block = blocks[index] as Block
        if (block.startOffset >= end) return
        const next = blocks[index + 1]
        if (next && next.startOffset < end) void this.source.prepare(next, this.#loader(index + 1), all)
        const range = { start: Math.max(0, start - block.startOffset), end: end - block.startOffset }
        yield* this.source.read(block, this.#loader(index), range, signal)
      }
    } finally {
      ahead.abort()
    }
  }

  #loader(index: number): (signal: AbortSignal) => Promise<Uint8Array> {
    return async signal => {
      this.checkPlaces(this.metadata.blocks[index] as Block)
      return await this.stored.block(index, signal)
    }
  }
}

/** The block that holds a byte: they follow each other without gaps. */
function blockAt(blocks: readonly Block[], offset: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((blocks[middle] as Block).endOffset < offset) low = middle + 1
    else high = middle
  }
  return low
}
