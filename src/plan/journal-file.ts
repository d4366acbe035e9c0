/**
 * A journal in a file: one JSON line a record, synced before `append` returns, 0600 because names say what one runs.
 * A torn last line was never acknowledged and is dropped. A file that has grown keeps what is still of use.
 *
 * Several programs of one account may write to it: a line is one append, and who writes while another makes the file
 * smaller sees that the file is a new one and writes again. A record may then be there twice, which harms nobody.
 */
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import { InputError } from '../errors/input.js'
import { isJournalRecord, type Journal, type JournalRecord, stillOfUse } from './journal.js'

const COMPACT_ABOVE_BYTES = 256 * 1024
/** A program that died while it made the file smaller stops the others from it for so long. */
const ABANDONED_MS = 60_000

export function fileJournal(path: string): Journal {
  let tail: Promise<unknown> = Promise.resolve()
  const serial = <T>(work: () => Promise<T>): Promise<T> => {
    const next = tail.then(work, work)
    tail = next.catch(() => {})
    return next
  }

  return {
    read: () => serial(() => readRecords(path)),
    append: record => serial(() => appendRecord(path, record).catch(cause => Promise.reject(unwritable(path, cause)))),
  }
}

async function appendRecord(path: string, record: JournalRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await appendText(path, printed(record), async (file, size) => {
    if (size > COMPACT_ABOVE_BYTES) await compact(path, file)
  })
}

/** Whole lines, to the file that has the name once they are written. */
async function appendText(
  path: string,
  text: string,
  then?: (file: FileHandle, size: number) => Promise<void>,
): Promise<void> {
  while (true) {
    const file = await open(path, 'a+', 0o600)
    try {
      const { size, ino } = await file.stat()
      // A line that a dying process left unfinished must not swallow this one.
      const fresh = size === 0 || (await lastByte(file, size)) === 0x0a
      await file.appendFile(fresh ? text : `\n${text}`)
      await file.datasync()
      if ((await inodeOf(path)) !== ino) continue
      await then?.(file, size)
      return
    } finally {
      await file.close()
    }
  }
}

async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0]
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await statIfThere(path))?.ino
}

async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function readRecords(path: string): Promise<readonly JournalRecord[]> {
  try {
    return parseRecords(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new InputError('INPUT_FILE', 'the journal cannot be read', {
      where: path,
      hint: 'check the rights of the state folder, or name another one in HYPHAE_STATE_DIR',
      cause: error,
    })
  }
}

function parseRecords(text: string): readonly JournalRecord[] {
  return text.split('\n').flatMap(line => {
    try {
      const record: unknown = JSON.parse(line)
      return isJournalRecord(record) ? record : []
    } catch {
      return []
    }
  })
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. One program at a time does it. */
async function compact(path: string, old: FileHandle): Promise<void> {
  const temporary = `${path}.new`
  const file = await openAlone(temporary)
  if (!file) return
  try {
    const before = await wholeOf(old)
    try {
      // Another program was faster: the name is its new file's by now.
      if ((await inodeOf(path)) !== (await old.stat()).ino) return await rm(temporary, { force: true })
      await file.writeFile(stillOfUse(parseRecords(before)).map(printed).join(''))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    // What another program wrote to the old file meanwhile, not knowing yet that there is a new one.
    const late = (await wholeOf(old)).slice(before.length)
    if (late !== '') await appendText(path, late)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function openAlone(temporary: string): Promise<FileHandle | undefined> {
  try {
    return await open(temporary, 'ax', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const there = await statIfThere(temporary)
    if (there && Date.now() - there.mtimeMs > ABANDONED_MS) await rm(temporary, { force: true })
    return undefined
  }
}

async function wholeOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

function printed(record: JournalRecord): string {
  return `${JSON.stringify(record)}\n`
}

function unwritable(path: string, cause: unknown): InputError {
  return new InputError('INPUT_FILE', 'the journal cannot be written, so nothing else is', {
    where: path,
    hint: 'check the rights and the space of the state folder, or name another one in HYPHAE_STATE_DIR',
    cause,
  })
}
