/**
 * A journal in a file: one JSON line a record, synced before `append` returns, 0600 because names say what one runs.
 * A torn last line was never acknowledged and is dropped. A file that has grown keeps what is still of use.
 */
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

import { InputError } from '../errors/input.js'
import { type Journal, type JournalRecord, openIntents } from './journal.js'

const COMPACT_ABOVE_BYTES = 256 * 1024
const CREATED_KEPT = 500

export function fileJournal(path: string): Journal {
  let tail: Promise<unknown> = Promise.resolve()
  const serial = <T>(work: () => Promise<T>): Promise<T> => {
    const next = tail.then(work, work)
    tail = next.catch(() => {})
    return next
  }

  return { read: () => serial(() => readRecords(path)), append: record => serial(() => appendRecord(path, record)) }
}

async function appendRecord(path: string, record: JournalRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'a+', 0o600)
  let size: number
  try {
    size = (await file.stat()).size
    // A line that a dying process left unfinished must not swallow this one.
    const fresh = size === 0 || (await lastByte(file, size)) === 0x0a
    await file.write(`${fresh ? '' : '\n'}${JSON.stringify(record)}\n`)
    await file.datasync()
  } finally {
    await file.close()
  }
  if (size > COMPACT_ABOVE_BYTES) await compact(path)
}

async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0]
}

async function readRecords(path: string): Promise<readonly JournalRecord[]> {
  try {
    const text = await readFile(path, 'utf8')
    return text.split('\n').flatMap(line => parseRecord(line) ?? [])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new InputError('INPUT_FILE', 'the journal cannot be read', {
      where: path,
      hint: 'check the rights of the state folder, or name another one in HYPHAE_STATE_DIR',
      cause: error,
    })
  }
}

function parseRecord(line: string): JournalRecord | undefined {
  try {
    const record = JSON.parse(line) as JournalRecord
    const known = record.kind === 'intent' || record.kind === 'created' || record.kind === 'settled'
    return known && typeof record.id === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function compact(path: string): Promise<void> {
  const records = await readRecords(path)
  const unsettled = openIntents(records)
  const created = records.filter(record => record.kind === 'created').slice(-CREATED_KEPT)
  const temporary = `${path}.new`
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.write([...created, ...unsettled].map(record => `${JSON.stringify(record)}\n`).join(''))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
