/**
 * Blobs as files of a folder: `blobs/ab/cd/<64 hex digits>`, each written beside its place, forced to the disk and then
 * renamed, so that a file under `blobs/` is always whole. A second level of folders keeps each of them small enough to be
 * searched for the 32 digits that 16-byte hashes are.
 */
import { randomBytes } from 'node:crypto'
import { access, constants, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { equalBytes } from '../../../core/bytes.js'
import { Deadline } from '../../../core/deadline.js'
import { CdnError } from '../../../errors/cdn.js'
import { RegistryError } from '../../../errors/registry.js'
import { Gate } from '../guard/gate.js'
import type { BlobFacts, BlobStore, PutOutcome, StoredBlob } from './blob-store.js'

export interface FileStoreOptions {
  readonly folder: string
  /** Files under way at once. */
  readonly mostOpen: number
  readonly mostWaiting: number
  readonly timeoutMs: number
}

/** What a killed process has left behind is removed when no other process can be writing it any more. */
const LEFTOVER_MS = 3_600_000

/** @throws {CdnError} CDN_CONFIG when the folder cannot be used */
export async function openFileStore(options: FileStoreOptions): Promise<BlobStore> {
  const { folder, timeoutMs } = options
  const blobs = join(folder, 'blobs')
  const incoming = join(folder, 'incoming')
  try {
    await mkdir(blobs, { recursive: true })
    await mkdir(incoming, { recursive: true })
    await removeLeftovers(incoming)
    await access(incoming, constants.R_OK | constants.W_OK | constants.X_OK)
    await syncFolder(folder)
  } catch (cause) {
    throw new CdnError('CDN_CONFIG', `blobs cannot be kept in ${folder}`, {
      where: folder,
      hint: 'name a folder that this user may write to',
      cause,
    })
  }

  const gate = new Gate({ most: options.mostOpen, mostWaiting: options.mostWaiting })
  const known = new Set<string>()
  const writing = new Map<string, Promise<PutOutcome>>()
  const pathOf = (hash: string) => join(blobs, hash.slice(0, 2), hash.slice(2, 4), hash)

  async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await gate.run(new Deadline(what, timeoutMs), work)
    } catch (cause) {
      throw storeError(what, cause)
    }
  }

  async function write(hash: string, data: Uint8Array): Promise<PutOutcome> {
    const path = pathOf(hash)
    const there = await readIfThere(path)
    if (there !== undefined && equalBytes(there, data)) return 'present'

    await makeFolder(dirname(path))
    const draft = join(incoming, `${hash.slice(0, 16)}.${randomBytes(8).toString('hex')}`)
    try {
      await writeDown(draft, data)
      await rename(draft, path).catch(async error => {
        // Somebody has tidied up: the folder was there before.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !known.delete(dirname(path))) throw error
        await makeFolder(dirname(path))
        await rename(draft, path)
      })
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {})
      throw error
    }
    await syncFolder(dirname(path))
    return there === undefined ? 'created' : 'mended'
  }

  /** The folders on the way are on the disk before what is in them. */
  async function makeFolder(path: string): Promise<void> {
    if (known.has(path)) return
    if ((await mkdir(path, { recursive: true })) !== undefined) {
      await syncFolder(dirname(path))
      await syncFolder(blobs)
    }
    known.add(path)
  }

  /** The whole hash of the blob that begins with these digits. */
  async function complete(hash: string): Promise<string | undefined> {
    if (hash.length === 64) return hash
    const names = await readdir(dirname(pathOf(hash))).catch(ifMissing([]))
    return names.filter(name => name.startsWith(hash) && name.length === 64).sort()[0]
  }

  return {
    kind: 'files',

    async put(hash, data) {
      // The same blob from several clients is written once.
      const underWay = writing.get(hash)
      if (underWay !== undefined) {
        await underWay
        return 'present'
      }
      const work = guarded('a blob to be written', () => write(hash, data)).finally(() => writing.delete(hash))
      writing.set(hash, work)
      return await work
    },

    get: hash =>
      guarded('a blob to be read', async (): Promise<StoredBlob | undefined> => {
        const whole = await complete(hash)
        if (whole === undefined) return undefined
        const data = await readIfThere(pathOf(whole))
        return data === undefined ? undefined : { hash: whole, data }
      }),

    head: hash =>
      guarded('a blob to be found', async (): Promise<BlobFacts | undefined> => {
        const whole = await complete(hash)
        if (whole === undefined) return undefined
        const found = await stat(pathOf(whole)).catch(ifMissing(undefined))
        return found === undefined ? undefined : { hash: whole, sizeBytes: found.size }
      }),

    check: () => access(incoming, constants.W_OK | constants.X_OK),
    gauges: () => ({ files_open: gate.inside, requests_waiting: gate.waiting }),
    close: async () => {
      await Promise.allSettled(writing.values())
    },
  }
}

async function writeDown(path: string, data: Uint8Array): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function removeLeftovers(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const found = await stat(path).catch(ifMissing(undefined))
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, { force: true })
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return await readFile(path).catch(ifMissing(undefined))
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return error => {
    if (error.code === 'ENOENT') return instead
    throw error
  }
}

function storeError(what: string, cause: unknown): unknown {
  if (cause instanceof RegistryError) return cause
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new RegistryError('REGISTRY_FULL', 'the registry has no space left', {
      hint: 'whoever runs the registry has to make room',
      cause,
    })
  }
  return new RegistryError('REGISTRY_STORE', `${what}: the folder does not allow it (${code ?? 'unknown'})`, {
    hint: 'ask again later; whoever runs the registry can see why',
    cause,
  })
}
