/**
 * The data folder of a local grid: an append-only log for each topic.
 *
 * What `append` was given survives the death of the process once it has returned; after the death of the machine the
 * newest records may be missing, never one in between. Layout: `format` (the version), `lock` (see store/lock.ts) and
 * `<topic>.log` (see store/record.ts).
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

import { LocalGridError } from '../errors/localgrid.js'
import type { Store } from './ports.js'
import { lockFolder } from './store/lock.js'
import { encodeRecord, scanRecords } from './store/record.js'

const FORMAT = 'hyphae local grid 1\n'
const LOG = '.log'

/** Opens or creates the folder for this process alone.
 *
 * @throws {LocalGridError} LOCALGRID_DATA: in use, of another version, not a grid's folder, or damaged (file and offset)
 * @example
 * const store = folderStore('/var/lib/my-grid')
 * store.append('chain', { block: 1, at: 5n })
 * store.read('chain') // [{ block: 1, at: 5n }]
 */
export function folderStore(dir: string): Store {
  try {
    prepareFolder(dir)
    return new FolderStore(dir, lockFolder(dir))
  } catch (error) {
    throw error instanceof LocalGridError ? error : unusable(dir, 'cannot be used', error)
  }
}

interface Log {
  fd: number
  size: number
}

class FolderStore implements Store {
  readonly #dir: string
  readonly #unlock: () => void
  readonly #logs = new Map<string, Log>()
  #closed = false

  constructor(dir: string, unlock: () => void) {
    this.#dir = dir
    this.#unlock = unlock
  }

  read(topic: string): readonly unknown[] {
    const path = this.#path(topic)
    const { records, end } = readLog(path)
    if (!this.#logs.has(topic)) this.#open(topic, end)
    return records
  }

  append(topic: string, record: unknown): void {
    const log = this.#log(topic)
    const bytes = encodeRecord(record)
    try {
      writeAll(log.fd, bytes)
      log.size += bytes.length
    } catch (error) {
      // Half a record with others behind it would read as damage.
      ftruncateSync(log.fd, log.size)
      throw unusable(this.#path(topic), 'cannot be written', error)
    }
  }

  rewrite(topic: string, records: readonly unknown[]): void {
    const path = this.#path(topic)
    const draft = `${path}.new`
    try {
      const fd = openSync(draft, 'w', 0o600)
      try {
        for (const record of records) writeAll(fd, encodeRecord(record))
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      this.#forget(topic)
      renameSync(draft, path)
      syncFolder(this.#dir)
    } catch (error) {
      throw unusable(path, 'cannot be written', error)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const [topic, log] of this.#logs) {
      fsyncSync(log.fd)
      this.#forget(topic)
    }
    this.#unlock()
  }

  #log(topic: string): Log {
    this.#check()
    return this.#logs.get(topic) ?? this.#open(topic, readLog(this.#path(topic)).end)
  }

  /** For appending behind its last whole record. */
  #open(topic: string, end: number): Log {
    const path = this.#path(topic)
    try {
      const fd = openSync(path, 'a', 0o600)
      ftruncateSync(fd, end)
      const log = { fd, size: end }
      this.#logs.set(topic, log)
      return log
    } catch (error) {
      throw unusable(path, 'cannot be opened', error)
    }
  }

  #forget(topic: string): void {
    const log = this.#logs.get(topic)
    if (log) closeSync(log.fd)
    this.#logs.delete(topic)
  }

  #path(topic: string): string {
    this.#check()
    return join(this.#dir, `${encodeURIComponent(topic).replaceAll('.', '%2E')}${LOG}`)
  }

  #check(): void {
    if (this.#closed) throw new LocalGridError('LOCALGRID_DATA', 'the data folder is closed', { where: this.#dir })
  }
}

function readLog(path: string): { records: readonly unknown[]; end: number } {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { records: [], end: 0 }
    throw unusable(path, 'cannot be read', error)
  }
  const { records, end, damage } = scanRecords(bytes)
  if (damage) {
    throw new LocalGridError(
      'LOCALGRID_DATA',
      `the data is damaged: record ${records.length + 1} at byte ${damage.offset}: ${damage.what}`,
      {
        where: path,
        hint: 'restore the folder from a copy, or start with an empty one',
        details: { file: path, offset: damage.offset },
      },
    )
  }
  return { records, end }
}

function prepareFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const marker = join(dir, 'format')
  const names = readdirSync(dir)
  if (names.includes('format')) {
    const found = readFileSync(marker, 'utf8')
    if (found !== FORMAT) throw unusable(dir, `is of another version (${JSON.stringify(found.slice(0, 64))})`)
  } else if (names.some(name => !isOurs(name))) {
    throw unusable(dir, 'holds other files')
  } else {
    // Whole or not at all: a marker that was cut would lock its owner out.
    const draft = `${marker}.${process.pid}.new`
    writeFileSync(draft, FORMAT, { mode: 0o600 })
    renameSync(draft, marker)
  }
  chmodSync(dir, 0o700)
}

/** What a start that was killed may have left before the marker. */
function isOurs(name: string): boolean {
  return name === 'lock' || name.startsWith('lock.') || (name.startsWith('format.') && name.endsWith('.new'))
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) written += writeSync(fd, bytes, written)
}

/** So that the rename itself outlives the machine; not every system can do it. */
function syncFolder(dir: string): void {
  try {
    const fd = openSync(dir, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function unusable(where: string, what: string, cause?: unknown): LocalGridError {
  return new LocalGridError('LOCALGRID_DATA', `the data folder ${what}`, {
    where,
    hint: 'give a folder of its own that this user may write to',
    ...(cause === undefined ? {} : { cause }),
  })
}
