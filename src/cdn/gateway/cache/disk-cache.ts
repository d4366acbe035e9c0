/**
 * Checked blocks on disk, within a limit: what was used longest ago goes first.
 *
 * An entry is written beside its place and renamed into it, so there is never half of one; after a loss of power it may
 * be empty all the same, and is found to be when it is read. The order of use outlives the process by the files' times.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { CdnError } from '../../../errors/cdn.js'
import { type BlockIdentity, encodeEntry, entryBytes, entryName } from './cache-entry.js'
import { type CachedBlock, diskBlock } from './cached-block.js'
import { KeptOpen } from './kept-open.js'

export interface DiskCacheOptions {
  readonly folder: string
  /** Of all entries together. Files take a little more on disk. */
  readonly mostBytes: number
}

export interface DiskCacheStats {
  readonly entries: number
  readonly bytes: number
  readonly evicted: number
  readonly damaged: number
  readonly failedWrites: number
}

interface Entry {
  readonly bytes: number
  /** When the file's time was last set. */
  touchedAtMs: number
}

/** A file's time is set again after so long: it need not be exact. */
const TOUCH_MS = 60_000
/** Files that stay open: opening one takes longer than reading a small part of it. */
const MOST_KEPT_OPEN = 64

export class DiskCache {
  /** By name, used longest ago first. */
  readonly #entries = new Map<string, Entry>()
  readonly #counts = { evicted: 0, damaged: 0, failedWrites: 0 }
  readonly #kept = new KeptOpen<CachedBlock>(MOST_KEPT_OPEN)
  #bytes = 0
  /** Entries are written one after the other: room that is made is there for the one it was made for. */
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(private readonly options: DiskCacheOptions) {}

  /** Takes over what the folder holds. @throws {CdnError} CDN_CONFIG: the folder cannot be used */
  static async open(options: DiskCacheOptions): Promise<DiskCache> {
    const cache = new DiskCache(options)
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 })
      await cache.#takeOver()
    } catch (cause) {
      throw new CdnError('CDN_CONFIG', 'the folder of the cache cannot be used', { where: options.folder, cause })
    }
    await cache.#makeRoom(0)
    return cache
  }

  stats(): DiskCacheStats {
    return { entries: this.#entries.size, bytes: this.#bytes, ...this.#counts }
  }

  /** The block, when it is here. Close it. */
  async get(block: BlockIdentity): Promise<CachedBlock | undefined> {
    const name = entryName(block)
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    const lease = await this.#kept.take(name, () => this.#open(name, block))
    if (lease === undefined) return undefined
    if (this.#entries.get(name) === entry) {
      this.#entries.delete(name)
      this.#entries.set(name, entry)
    }
    const now = Date.now()
    if (now - entry.touchedAtMs > TOUCH_MS) {
      entry.touchedAtMs = now
      await utimes(this.#path(name), now / 1000, now / 1000).catch(() => {})
    }
    const { value, release } = lease
    return { sizeBytes: value.sizeBytes, read: (start, end) => value.read(start, end), close: release }
  }

  /** Closes what is kept open for the next reader. What is being read stays readable. */
  close(): void {
    this.#kept.dropAll()
  }

  async #open(name: string, block: BlockIdentity): Promise<CachedBlock | undefined> {
    const file = await open(this.#path(name), 'r').catch(() => undefined)
    if (file === undefined) {
      this.#forget(name)
      return undefined
    }
    const damaged = () => {
      this.#counts.damaged++
      void this.#drop(name)
    }
    const found = await diskBlock(file, block, damaged).catch(() => undefined)
    if (found !== undefined) return found
    damaged()
    await file.close()
    return undefined
  }

  /** True when the block is on disk now. A disk that takes nothing is counted, and does not stop the gateway. */
  put(block: BlockIdentity, plain: Uint8Array): Promise<boolean> {
    const bytes = entryBytes(plain.length)
    if (bytes > this.options.mostBytes) return Promise.resolve(false)
    const written = this.#writing.then(() => this.#write(block, plain, bytes))
    this.#writing = written
    return written
  }

  async #write(block: BlockIdentity, plain: Uint8Array, bytes: number): Promise<boolean> {
    const name = entryName(block)
    const temporary = join(this.options.folder, `${randomBytes(12).toString('hex')}.tmp`)
    await this.#makeRoom(bytes)
    try {
      const { head, body } = encodeEntry(block, plain)
      const file = await open(temporary, 'wx', 0o600)
      try {
        for (const part of [head, body]) {
          const { bytesWritten } = await file.write(part)
          if (bytesWritten !== part.length) throw new CdnError('CDN_LIMIT', 'the disk of the cache is full')
        }
      } finally {
        await file.close()
      }
      await mkdir(join(this.options.folder, name.slice(0, 2)), { recursive: true, mode: 0o700 })
      await rename(temporary, this.#path(name))
    } catch {
      this.#counts.failedWrites++
      await rm(temporary, { force: true }).catch(() => {})
      return false
    }
    this.#forget(name)
    this.#entries.set(name, { bytes, touchedAtMs: Date.now() })
    this.#bytes += bytes
    return true
  }

  async #takeOver(): Promise<void> {
    const found: { name: string; bytes: number; atMs: number }[] = []
    for (const item of await readdir(this.options.folder, { withFileTypes: true })) {
      const path = join(this.options.folder, item.name)
      if (item.isFile() && /^[0-9a-f]{24}\.tmp$/.test(item.name)) await rm(path, { force: true })
      if (!item.isDirectory() || !/^[0-9a-f]{2}$/.test(item.name)) continue
      for (const name of await readdir(path)) {
        if (!/^[0-9a-f]{64}$/.test(name)) continue
        const { size, mtimeMs } = await stat(join(path, name))
        found.push({ name, bytes: size, atMs: mtimeMs })
      }
    }
    for (const { name, bytes, atMs } of found.sort((a, b) => a.atMs - b.atMs)) {
      this.#entries.set(name, { bytes, touchedAtMs: atMs })
      this.#bytes += bytes
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    while (this.#bytes + bytes > this.options.mostBytes) {
      const oldest = this.#entries.keys().next().value
      if (oldest === undefined) return
      this.#counts.evicted++
      await this.#drop(oldest)
    }
  }

  async #drop(name: string): Promise<void> {
    this.#forget(name)
    await rm(this.#path(name), { force: true }).catch(() => {})
  }

  #forget(name: string): void {
    this.#kept.drop(name)
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0
    this.#entries.delete(name)
  }

  #path(name: string): string {
    return join(this.options.folder, name.slice(0, 2), name)
  }
}
