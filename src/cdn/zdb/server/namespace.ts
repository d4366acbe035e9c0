/** One namespace: its keys, its rules, its files. Whether somebody may write is the session's to say. */
import { crc32 } from 'node:zlib'

import { ID_BYTES, MOST_KEY_BYTES } from '../limits.js'
import { DataLog, type Recovery } from '../storage/data-log.js'
import { KeyIndex, type Version } from '../storage/key-index.js'
import { type Position, RECORD_HEAD_BYTES, type RecordHead } from '../storage/record.js'
import { decodeCursor, decodePointer } from './cursor.js'
import { type Mode, type NamespaceSettings, writeSettings } from './namespace-file.js'
import { refuse } from './refuse.js'
import { SerialQueue } from './serial-queue.js'
import type { DiskStats } from './stats.js'

export interface NamespaceOptions {
  readonly fileBytes: number
  /** Writes are acknowledged when they are on the disk, not when the system has them. */
  readonly syncAlways: boolean
  /** Counted up. */
  readonly stats: DiskStats
}

export interface Page {
  readonly versions: readonly Version[]
  readonly last: Version
}

export interface OldVersion {
  readonly previous: Position | undefined
  readonly timestamp: number
  readonly value: Uint8Array
}

type MaybePromise<T> = T | Promise<T>

const EMPTY = Buffer.alloc(0)
/** 0-DB answers with what it finds in 2 ms; a number is the same on every machine. */
const PAGE_ENTRIES = 1000
const MOST_ID = Number.MAX_SAFE_INTEGER

export class Namespace {
  /** Not kept over a restart. */
  locked = false
  frozen = false
  /** Removed; whoever still has it is told so. */
  gone = false
  faults = 0
  readonly #index = new KeyIndex()
  readonly #writes = new SerialQueue()
  #log!: DataLog
  #nextId = 0

  private constructor(
    readonly folder: string,
    public settings: NamespaceSettings,
    readonly options: NamespaceOptions,
  ) {}

  /** Reads the files of the namespace, or begins them. */
  static async open(folder: string, settings: NamespaceSettings, options: NamespaceOptions) {
    const namespace = new Namespace(folder, settings, options)
    const recovery = await namespace.#load()
    namespace.faults = recovery.faults
    return { namespace, recovery }
  }

  get name(): string {
    return this.settings.name
  }

  get index(): Pick<KeyIndex, 'size' | 'valueBytes' | 'memoryBytes'> {
    return this.#index
  }

  get nextId(): number {
    return this.#nextId
  }

  /** Where the next record goes, and the file's name. */
  get end(): Position & { readonly path: string } {
    const { file, offset } = this.#log.position
    return { file, offset, path: this.#log.pathOf(file) }
  }

  /** Has it ever held anything, since it was made or flushed? */
  get #untouched(): boolean {
    return this.#nextId === 0 && this.#log.pristine
  }

  /** The key that was written: the new id in a sequential namespace. Undefined when the value was there already. */
  set(key: Buffer, value: Uint8Array, writable: boolean, timestamp = now()): MaybePromise<Uint8Array | undefined> {
    if (key.length > MOST_KEY_BYTES) throw refuse('Key too large')
    return this.#writes.run(() => {
      this.#checkWritable(writable)
      const sequential = this.settings.mode === 'seq'
      const known = key.length === 0 ? undefined : this.find(key)
      if (sequential ? key.length > 0 && known === undefined : key.length === 0) {
        throw refuse(sequential ? 'Invalid key, only update authorized' : 'Invalid argument, key needed')
      }
      if (known !== undefined && this.settings.worm) throw refuse('Namespace is protected by worm mode')
      const { maxsize } = this.settings
      if (maxsize > 0 && this.#index.valueBytes - (known?.valueBytes ?? 0) + value.length > maxsize) {
        throw refuse('No space left on this namespace')
      }
      const valueCrc = crc32(value)
      if (known === undefined || known.valueBytes !== value.length || known.valueCrc !== valueCrc) {
        return this.#write(key, value, valueCrc, timestamp, known)
      }
      // The same checksum and length: only the bytes themselves can tell. Those that cannot be read are written anew.
      const decide = (stored: Uint8Array | undefined) =>
        stored !== undefined && Buffer.compare(stored, value) === 0
          ? undefined
          : this.#write(key, value, valueCrc, timestamp, known)
      const stored = this.#read(known)
      return stored instanceof Promise ? stored.then(decide) : decide(stored)
    })
  }

  delete(key: Buffer, writable: boolean, timestamp = now()): MaybePromise<void> {
    return this.#writes.run(() => {
      this.#checkWritable(writable)
      if (this.settings.worm) throw refuse('Cannot delete a key when namespace is in worm mode')
      const known = this.find(key)
      if (known === undefined) throw refuse('Key not found')
      const record = { kind: 'delete', key: known.key, timestamp, previous: undefined } as const
      const done = () => this.#index.delete(known.key)
      return this.#append(record, EMPTY, 0, done, 'Cannot delete key (data)')
    })
  }

  find(key: Buffer): Version | undefined {
    if (this.settings.mode === 'seq' && key.length !== ID_BYTES) return undefined
    return this.#index.get(key.toString('latin1'))
  }

  /** @throws {ZdbError} Internal Error: the value is not what was written */
  get(version: Version): MaybePromise<Uint8Array> {
    const check = (value: Uint8Array | undefined) => {
      if (value !== undefined) return value
      this.faults++
      this.options.stats.dataReadFailed++
      throw refuse('Internal Error')
    }
    const value = this.#read(version)
    return value instanceof Promise ? value.then(check) : check(value)
  }

  /** Is the value what was written? */
  async check(version: Version): Promise<boolean> {
    return (await this.#read(version)) !== undefined
  }

  async scan(cursor: Buffer | undefined, direction: 'forward' | 'backward'): Promise<Page> {
    const from = cursor === undefined ? undefined : await this.#position(cursor)
    const versions: Version[] = []
    for (const version of this.#index.walk(from, direction)) {
      versions.push(version)
      if (versions.length === PAGE_ENTRIES) break
    }
    const last = versions.at(-1)
    if (last === undefined) throw refuse('No more data')
    return { versions, last }
  }

  /** The latest version, or the one that a pointer names. */
  async history(key: Buffer, pointer: Buffer | undefined): Promise<OldVersion> {
    const latest = this.find(key)
    const asked = pointer === undefined ? latest : decodePointer(pointer)
    if (asked === undefined && pointer !== undefined) throw refuse('Invalid arguments')
    if (latest === undefined || asked === undefined) throw refuse('Key not found')
    if (asked.file === 0 && asked.offset === 0) throw refuse('No more history')
    const head = await this.#log.head(asked)
    if (head === undefined) throw refuse('Invalid arguments (index query)')
    if (head.key !== latest.key || head.kind !== 'set') throw refuse('Invalid arguments (invalid key)')
    const value = await this.#log.value(asked, head.key.length, head.valueBytes, head.valueCrc)
    if (value === undefined) throw refuse('Internal Error')
    return { previous: head.previous, timestamp: head.timestamp, value }
  }

  /** Changes what is kept beside the keys. */
  async update(change: Partial<NamespaceSettings>): Promise<void> {
    await this.#writes.run(async () => {
      const settings = { ...this.settings, ...change }
      await writeSettings(this.folder, settings)
      this.settings = settings
    })
  }

  /** @throws {ZdbError} when the namespace has ever held anything */
  async changeMode(mode: Mode): Promise<void> {
    await this.#writes.run(async () => {
      if (mode === this.settings.mode) return
      if (!this.#untouched) throw refuse('Cannot change mode of used namespace')
      const settings = { ...this.settings, mode }
      await writeSettings(this.folder, settings)
      this.settings = settings
    })
  }

  /** Forgets every key, at once: files of the epoch before are removed now or, after a crash, at the next start. */
  async flush(writable: boolean): Promise<void> {
    await this.#writes.run(async () => {
      this.#checkWritable(writable)
      const settings = { ...this.settings, epoch: this.settings.epoch + 1 }
      await writeSettings(this.folder, settings)
      this.settings = settings
      await this.#reopen()
    })
  }

  /** Reads the files anew. */
  async reload(): Promise<void> {
    await this.#writes.run(() => this.#reopen())
  }

  /** Goes on in another file. */
  async jump(): Promise<void> {
    await this.#writes.run(() => this.#log.rotate())
  }

  async sync(): Promise<void> {
    try {
      await this.#log.sync()
    } catch (cause) {
      this.faults++
      throw cause
    }
  }

  /** Waits for the write under way. */
  async close(): Promise<void> {
    await this.#writes.run(() => this.#log.close())
  }

  async #reopen(): Promise<void> {
    await this.#log.close()
    this.#index.clear()
    this.#nextId = 0
    await this.#load()
  }

  async #load(): Promise<Recovery> {
    const { folder, options, settings } = this
    const { log, recovery } = await DataLog.open(
      { folder, epoch: settings.epoch, fileBytes: options.fileBytes },
      (head, position) => this.#replay(head, position),
    )
    this.#log = log
    return recovery
  }

  #replay(head: RecordHead, position: Position): void {
    if (this.settings.mode === 'seq') this.#countId(Buffer.from(head.key, 'latin1'))
    if (head.kind === 'delete') this.#index.delete(head.key)
    else this.#index.set(versionOf(head, position))
  }

  #countId(key: Buffer): void {
    if (key.length === ID_BYTES) this.#nextId = Math.max(this.#nextId, Number(key.readBigUInt64LE()) + 1)
  }

  #checkWritable(writable: boolean): void {
    if (this.gone) throw refuse('Your active namespace is not available anymore (probably removed).')
    if (!writable) throw refuse('Namespace is in read-only mode')
    if (this.frozen) throw refuse('Namespace is temporarily frozen (read-write disabled)')
    if (this.locked) throw refuse('Namespace is temporarily locked (read-only)')
  }

  #write(key: Buffer, value: Uint8Array, valueCrc: number, timestamp: number, known: Version | undefined) {
    const written = key.length > 0 ? key : this.#newId()
    const text = written.toString('latin1')
    const record = { kind: 'set', key: text, timestamp, previous: known } as const
    const done = (position: Position): Uint8Array => {
      this.#index.set(versionOf({ ...record, valueBytes: value.length, valueCrc }, position))
      if (this.settings.mode === 'seq') this.#countId(written)
      return written
    }
    return this.#append(record, value, valueCrc, done, 'Cannot write data right now')
  }

  #newId(): Buffer {
    if (this.#nextId >= MOST_ID) throw refuse('Cannot write index right now')
    const id = Buffer.allocUnsafe(ID_BYTES)
    id.writeBigUInt64LE(BigInt(this.#nextId))
    return id
  }

  /** The index learns of a record when the file has it. */
  #append<T>(
    record: Parameters<DataLog['append']>[0],
    value: Uint8Array,
    valueCrc: number,
    done: (position: Position) => T,
    failure: 'Cannot write data right now' | 'Cannot delete key (data)',
  ): MaybePromise<T> {
    const { stats } = this.options
    const failed = (): never => {
      this.faults++
      stats.dataWriteFailed++
      throw refuse(failure)
    }
    const finish = (position: Position): MaybePromise<T> => {
      const result = done(position)
      stats.dataWriteBytes += RECORD_HEAD_BYTES + record.key.length + value.length
      return this.options.syncAlways ? this.#log.sync().then(() => result, failed) : result
    }
    try {
      const position = this.#log.append(record, value, valueCrc)
      return position instanceof Promise ? position.then(finish, failed) : finish(position)
    } catch {
      return failed()
    }
  }

  #read({ file, offset, key, valueBytes, valueCrc }: Version): MaybePromise<Uint8Array | undefined> {
    if (valueBytes === 0) return EMPTY
    const position = { file, offset }
    this.options.stats.dataReadBytes += valueBytes
    try {
      const value = this.#log.value(position, key.length, valueBytes, valueCrc)
      return value instanceof Promise ? value.catch(() => undefined) : value
    } catch {
      return undefined
    }
  }

  async #position(bytes: Buffer): Promise<Position> {
    const cursor = decodeCursor(bytes)
    const head = cursor === undefined ? undefined : await this.#log.head(cursor)
    if (
      cursor === undefined ||
      head === undefined ||
      head.key.length !== cursor.keyBytes ||
      head.valueBytes !== cursor.valueBytes ||
      head.valueCrc !== cursor.valueCrc
    ) {
      throw refuse('Invalid key format')
    }
    return cursor
  }
}

function versionOf(
  head: Pick<RecordHead, 'key' | 'valueBytes' | 'valueCrc' | 'timestamp'>,
  position: Position,
): Version {
  const { key, valueBytes, valueCrc, timestamp } = head
  return { key, file: position.file, offset: position.offset, valueBytes, valueCrc, timestamp, latest: true }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
