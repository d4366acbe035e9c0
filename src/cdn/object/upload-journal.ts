/**
 * What an upload has done so far, so that one that was interrupted continues: a folder for the upload, in it a file of
 * lines for every file that is uploaded.
 *
 * A block's nonce is written down before its first shard is sent: whoever continues seals the block into the same bytes,
 * under the same key, and nothing is left behind that no metadata names. A shard is written down when its place has
 * acknowledged it. Neither content nor keys are in it. A process that is killed can leave half a line; it is passed over.
 */
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { fromHex, toHex } from '../../core/hex.js'

export interface JournalBlock {
  /** Hash of the content's hash: says whether the content is still the same, but opens nothing. */
  readonly contentDigest: Uint8Array
  readonly encryptedHash: Uint8Array
  readonly nonce: Uint8Array
  /** Indexes of shards that their places have acknowledged. */
  readonly acknowledged: ReadonlySet<number>
}

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
    return FileJournal.open(join(this.folder, `${name}.jsonl`))
  }

  /** Everything is saved: the journals have done their work. */
  async finish(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

interface Entry extends JournalBlock {
  readonly acknowledged: Set<number>
}

class FileJournal implements UploadJournal {
  readonly #file: FileHandle
  readonly #blocks: Map<number, Entry>
  #last: Promise<void> = Promise.resolve()

  private constructor(file: FileHandle, blocks: Map<number, Entry>) {
    this.#file = file
    this.#blocks = blocks
  }

  static async open(path: string): Promise<FileJournal> {
    const blocks = new Map<number, Entry>()
    let text = ''
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    for (const line of text.split('\n')) readLine(line, blocks)
    const file = await open(path, 'a', 0o600)
    if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n')
    return new FileJournal(file, blocks)
  }

  block(index: number): JournalBlock | undefined {
    return this.#blocks.get(index)
  }

  async began(index: number, block: Omit<JournalBlock, 'acknowledged'>): Promise<void> {
    this.#blocks.set(index, { ...block, acknowledged: new Set() })
    await this.#write({ b: index, d: toHex(block.contentDigest), e: toHex(block.encryptedHash), n: toHex(block.nonce) })
  }

  async acknowledged(index: number, shard: number): Promise<void> {
    const entry = this.#blocks.get(index)
    if (!entry) return
    entry.acknowledged.add(shard)
    // The hash says to which sealing the shard belongs, should two processes upload the same file at once.
    await this.#write({ a: index, s: shard, e: toHex(entry.encryptedHash.subarray(0, 8)) })
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {})
    await this.#file.close()
  }

  /** One line after the other: a file must not be written to twice at once. */
  #write(line: object): Promise<void> {
    this.#last = this.#last.then(() => this.#file.appendFile(`${JSON.stringify(line)}\n`))
    return this.#last
  }
}

function readLine(line: string, blocks: Map<number, Entry>): void {
  if (line === '') return
  try {
    const { a, b, d, e, n, s } = JSON.parse(line) as Readonly<Record<string, unknown>>
    if (typeof b === 'number') {
      const [contentDigest, encryptedHash, nonce] = [d, e, n].map(hex => fromHex(String(hex)))
      if (contentDigest?.length && encryptedHash?.length && nonce?.length === 12) {
        blocks.set(b, { contentDigest, encryptedHash, nonce, acknowledged: new Set() })
      }
    } else if (typeof a === 'number' && typeof s === 'number') {
      const entry = blocks.get(a)
      if (entry && toHex(entry.encryptedHash).startsWith(String(e))) entry.acknowledged.add(s)
    }
  } catch {
    // Half a line, where a process was killed: what it would have said is found out anew.
  }
}
