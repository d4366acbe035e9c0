/**
 * The data files of a namespace: records are added to the last one, older ones never change.
 *
 * A file is on the disk as a whole before the next one is begun, so only the last can be torn; it is read and checked
 * value by value when the log is opened, the others by their heads. What an ended process had been acknowledged is in
 * the files (the system has it); what a machine without power had been acknowledged is there up to the last sync.
 */
import { ftruncate, ftruncateSync, writeSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

import { randomBytes } from '../../../core/random.js'
import { ZdbError } from '../../../errors/zdb.js'
import { OpenFiles } from './open-files.js'
import {
  decodeFileHead,
  decodeRecordHead,
  encodeFileHead,
  encodeRecordHead,
  FILE_HEAD_BYTES,
  type Position,
  RECORD_HEAD_BYTES,
  type RecordHead,
} from './record.js'
import { scanFile } from './scan-file.js'
import { syncFolder } from './sync-folder.js'

export interface DataLogOptions {
  readonly folder: string
  /** Files of another epoch are from before a FLUSH and are removed. */
  readonly epoch: number
  /** A file that has reached this is followed by another. */
  readonly fileBytes: number
}

/** What was found when the files were read. */
export interface Recovery {
  /** Bytes of an unfinished record that were taken off the last file. */
  readonly tornBytes: number
  /** Stretches and values that are not what was written. */
  readonly faults: number
}

interface Active {
  readonly handle: FileHandle
  readonly file: number
  readonly salt: number
  end: number
}

/** Below this a write into the system's memory is cheaper than the way to another thread and back. */
const SMALL_BYTES = 64 * 1024

export class DataLog {
  readonly #salts = new Map<number, number>()
  readonly #files: OpenFiles
  #active: Active | undefined
  #broken = false
  #dirty = false
  #syncing: Promise<void> | undefined
  #nextSync: Promise<void> | undefined

  private constructor(readonly options: DataLogOptions) {
    this.#files = new OpenFiles(file => this.pathOf(file))
  }

  /** Reads what is there. @param onRecord is told every record, in the order they were written */
  static async open(
    options: DataLogOptions,
    onRecord: (head: RecordHead, position: Position) => void,
  ): Promise<{ readonly log: DataLog; readonly recovery: Recovery }> {
    const log = new DataLog(options)
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    const files: number[] = []
    for (const name of await readdir(options.folder)) {
      const [, epoch, file] = /^(\d+)-(\d+)\.zdb$/.exec(name) ?? []
      if (epoch === undefined) continue
      if (Number(epoch) === options.epoch) files.push(Number(file))
      else await rm(join(options.folder, name), { force: true })
    }
    files.sort((a, b) => a - b)
    let tornBytes = 0
    let faults = 0
    try {
      let next = 0
      for (const [i, file] of files.entries()) {
        const found = await log.#recover(file, i === files.length - 1, onRecord)
        tornBytes += found.tornBytes
        faults += found.faults
        // A file that was only being made is made again.
        next = found.tornBytes > 0 ? file : file + 1
      }
      if (log.#active === undefined) await log.#begin(next)
    } catch (cause) {
      await log.close().catch(() => {})
      throw cause
    }
    return { log, recovery: { tornBytes, faults } }
  }

  get position(): Position {
    return { file: this.#active?.file ?? 0, offset: this.#active?.end ?? 0 }
  }

  /** Nothing was ever written. */
  get pristine(): boolean {
    return this.#active?.file === 0 && this.#active.end === FILE_HEAD_BYTES
  }

  pathOf(file: number): string {
    return join(this.options.folder, `${this.options.epoch}-${file}.zdb`)
  }

  /** Adds a record. One at a time: the caller waits for the one before. @throws what the system says; nothing was added */
  append(
    record: Omit<RecordHead, 'valueBytes' | 'valueCrc'>,
    value: Uint8Array,
    valueCrc: number,
  ): Position | Promise<Position> {
    const active = this.#active
    if (active === undefined || this.#broken) {
      throw new ZdbError('ZDB_STORE', 'the data file cannot be written to any more', { where: this.options.folder })
    }
    const length = RECORD_HEAD_BYTES + record.key.length + value.length
    if (active.end > FILE_HEAD_BYTES && active.end + length > this.options.fileBytes) {
      return this.rotate().then(() => this.append(record, value, valueCrc))
    }
    const head = encodeRecordHead({ ...record, valueBytes: value.length, valueCrc }, active.salt)
    const position = { file: active.file, offset: active.end }
    if (length > SMALL_BYTES) return this.#appendLarge(active, [head, value], length, position)
    try {
      // One piece, so that nothing but the end of the disk can come between head and value.
      const bytes = value.length === 0 ? head : Buffer.concat([head, value])
      let written = 0
      while (written < length) {
        written += writeSync(active.handle.fd, bytes, written, length - written, active.end + written)
      }
    } catch (cause) {
      this.#undo(active)
      throw cause
    }
    active.end += length
    // Only now: a sync that ran meanwhile did not count this record.
    this.#dirty = true
    return position
  }

  async #appendLarge(
    active: Active,
    parts: readonly Uint8Array[],
    length: number,
    position: Position,
  ): Promise<Position> {
    try {
      let at = active.end
      for (const part of parts) {
        let written = 0
        while (written < part.length) {
          const { bytesWritten } = await active.handle.write(part, written, part.length - written, at + written)
          written += bytesWritten
        }
        at += written
      }
    } catch (cause) {
      this.#undo(active)
      throw cause
    }
    active.end += length
    // Only now: a sync that ran meanwhile did not count this record.
    this.#dirty = true
    return position
  }

  /** Takes a half-written record back. When even that fails, nothing is written any more: the end is not known. */
  #undo(active: Active): void {
    try {
      ftruncateSync(active.handle.fd, active.end)
    } catch {
      this.#broken = true
    }
  }

  /** The head of the record at a position somebody names; undefined when there is none. */
  async head({ file, offset }: Position): Promise<RecordHead | undefined> {
    const salt = this.#salts.get(file)
    if (salt === undefined || offset < FILE_HEAD_BYTES) return undefined
    const fixed = await this.#files.read(file, offset, RECORD_HEAD_BYTES)
    if (fixed === undefined) return undefined
    const whole = await this.#files.read(file, offset, RECORD_HEAD_BYTES + (fixed[5] as number))
    return whole === undefined ? undefined : decodeRecordHead(whole, 0, salt)
  }

  /** The value of a record; undefined when it is not what was written. */
  value(position: Position, keyBytes: number, valueBytes: number, valueCrc: number) {
    const offset = position.offset + RECORD_HEAD_BYTES + keyBytes
    const check = (bytes: Buffer | undefined) => (bytes !== undefined && crc32(bytes) === valueCrc ? bytes : undefined)
    const bytes = this.#files.read(position.file, offset, valueBytes)
    return bytes instanceof Promise ? bytes.then(check) : check(bytes)
  }

  /** Ends the file and begins another. */
  async rotate(): Promise<void> {
    const active = this.#active
    if (active === undefined) return
    await this.sync()
    await this.#begin(active.file + 1)
    await active.handle.close()
  }

  /** Resolves when everything that was added before the call is on the disk. Many callers share one. */
  async sync(): Promise<void> {
    if (!this.#dirty && this.#syncing === undefined) return
    if (this.#syncing === undefined) {
      this.#syncing = this.#syncNow()
      return this.#syncing
    }
    // The one under way may have begun before the caller's bytes were written.
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#nextSync = undefined
        this.#syncing = this.#syncNow()
        return this.#syncing
      })
    return this.#nextSync
  }

  async #syncNow(): Promise<void> {
    this.#dirty = false
    try {
      await this.#active?.handle.datasync()
    } catch (cause) {
      // What the system could not write it may have forgotten: to try again and succeed would prove nothing.
      this.#broken = true
      throw cause
    } finally {
      this.#syncing = undefined
    }
  }

  async close(): Promise<void> {
    const active = this.#active
    try {
      await this.sync()
    } finally {
      this.#active = undefined
      this.#files.close()
      await active?.handle.close()
    }
  }

  async #begin(file: number): Promise<void> {
    const salt = Buffer.from(randomBytes(4)).readUInt32LE()
    const handle = await open(this.pathOf(file), 'w+', 0o600)
    try {
      await handle.write(encodeFileHead(this.options.epoch, file, salt), 0, FILE_HEAD_BYTES, 0)
      await handle.datasync()
      await syncFolder(this.options.folder)
    } catch (cause) {
      await handle.close()
      await rm(this.pathOf(file), { force: true })
      throw cause
    }
    this.#salts.set(file, salt)
    this.#active = { handle, file, salt, end: FILE_HEAD_BYTES }
  }

  async #recover(
    file: number,
    last: boolean,
    onRecord: (head: RecordHead, position: Position) => void,
  ): Promise<Recovery> {
    const handle = await open(this.pathOf(file), 'r+')
    let keep = false
    try {
      const { size } = await handle.stat()
      const first = Buffer.alloc(FILE_HEAD_BYTES)
      const { bytesRead } = await handle.read(first, 0, FILE_HEAD_BYTES, 0)
      const salt = decodeFileHead(first.subarray(0, bytesRead), this.options.epoch, file)
      if (salt === undefined) {
        // Without its salt no record of it can be told from chance. A last file as short as that was being made.
        const unborn = last && size <= FILE_HEAD_BYTES
        return { tornBytes: unborn ? size : 0, faults: unborn ? 0 : 1 }
      }
      this.#salts.set(file, salt)
      const { end, damages, badValues } = await scanFile(handle, { size, salt, verify: last }, (head, offset) =>
        onRecord(head, { file, offset }),
      )
      const faults = damages.length + badValues
      if (!last) return { tornBytes: 0, faults: faults + (end < size ? 1 : 0) }
      if (end < size) {
        await promisify(ftruncate)(handle.fd, end)
        await handle.datasync()
      }
      this.#active = { handle, file, salt, end }
      keep = true
      return { tornBytes: size - end, faults }
    } finally {
      if (!keep) await handle.close()
    }
  }
}
