/**
 * What an upload has done so far, so that one that was interrupted continues: a folder for the upload, in it a file of
 * lines for every file that is uploaded.
 *
 * A block's nonce is written down before its first shard is sent: whoever continues seals the block into the same bytes,
 * under the same key, and nothing is left behind that no metadata names. A shard is written down when its place has
 * acknowledged it. Neither content nor keys are in it: that the content is still the same is found out by reading it.
 *
 * Metadata follows from the blocks, so an upload that came to its end and is repeated with its journals has the same
 * result. They are kept until whoever asked for the upload has its result, and then removed: a repetition is a new upload.
 */
import { type FileHandle, mkdir, open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { blockLine, type JournalBlock, type JournalEntry, readLines, shardLine } from './journal-lines.js'

export interface UploadJournal {
  /** What is known of block `index`, from before or from now. */
  block(index: number): JournalBlock | undefined
  /** Resolves when it is written down: only then may a shard be sent. */
  began(index: number, block: Omit<JournalBlock, 'acknowledged'>): Promise<void>
  acknowledged(index: number, shard: number): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing: for uploads whose blocks say themselves what is there. */
export const noJournal: UploadJournal = {
  block: () => undefined,
  began: async () => {},
  acknowledged: async () => {},
  close: async () => {},
}

/** The journals of one upload. */
export class UploadState {
  /** @param folder of this upload alone; made when the first journal is opened */
  constructor(readonly folder: string) {}

  /** @param name of the file within the upload, fit for a file name */
  async journal(name: string): Promise<UploadJournal> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    // The age of the folder is that of the last attempt.
    const now = new Date()
    await utimes(this.folder, now, now)
    return FileJournal.open(join(this.folder, `${name}.jsonl`))
  }

  /** The result is known to who asked for it: the journals have done their work. */
  async finish(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

class FileJournal implements UploadJournal {
  readonly #file: FileHandle
  readonly #blocks: Map<number, JournalEntry>
  #last: Promise<void> = Promise.resolve()

  private constructor(file: FileHandle, blocks: Map<number, JournalEntry>) {
    this.#file = file
    this.#blocks = blocks
  }

  static async open(path: string): Promise<FileJournal> {
    let text = ''
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    // A file that changes between attempts would let its journal grow with each of them.
    const { blocks, shortest } = readLines(text)
    if (text !== shortest && (text.length > shortest.length || !text.endsWith('\n'))) {
      await writeFile(`${path}.new`, shortest, { mode: 0o600 })
      await rename(`${path}.new`, path)
    }
    return new FileJournal(await open(path, 'a', 0o600), blocks)
  }

  block(index: number): JournalBlock | undefined {
    return this.#blocks.get(index)
  }

  async began(index: number, block: Omit<JournalBlock, 'acknowledged'>): Promise<void> {
    this.#blocks.set(index, { ...block, acknowledged: new Set() })
    await this.#write(blockLine(index, block))
  }

  async acknowledged(index: number, shard: number): Promise<void> {
    const entry = this.#blocks.get(index)
    if (!entry) return
    entry.acknowledged.add(shard)
    await this.#write(shardLine(index, shard, entry))
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {})
    await this.#file.close()
  }

  /** One line after the other: a file must not be written to twice at once. */
  #write(line: string): Promise<void> {
    this.#last = this.#last.then(() => this.#file.appendFile(line))
    return this.#last
  }
}
