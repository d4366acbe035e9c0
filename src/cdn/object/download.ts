/**
 * A stored object onto a disk. A file appears under its name when all of it is there and right, not before.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { equalBytes } from '../../core/bytes.js'
import { CdnError } from '../../errors/cdn.js'
import { InputError } from '../../errors/input.js'
import { type Host, silentHost } from '../../events/host.js'
import { loadHasher } from '../crypto/index.js'
import type { DirectoryEntry } from '../meta/index.js'
import { isFileName } from './file-name.js'
import { PlaceLatency } from './place-latency.js'
import { type ObjectStores, openObject, type ReadPolicy, type StoredFile, type StoredObject } from './stored-object.js'
import { TreeWork } from './tree-work.js'

export interface DownloadOptions extends ReadPolicy {
  /** Path of the file or directory that is made. The object's own name in `folder` when absent; that replaces nothing. */
  readonly output?: string
  /** The current folder when absent. */
  readonly folder?: string
  readonly host?: Host
  readonly signal?: AbortSignal
}

export interface Downloaded {
  readonly kind: StoredObject['kind']
  readonly path: string
  readonly bytes: number
  readonly files: number
}

/** Directories within directories: deeper than that it is a circle or a trap. */
const MOST_DEPTH = 64

/** @throws {CdnError} what reading throws; CDN_META for names that cannot be files; {InputError} INPUT_FILE
 * @example await download(parseReference(url), { metadata, blocks }, { output: 'copy.mp4' })
 */
export async function download(
  reference: DirectoryEntry,
  stores: ObjectStores,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { folder = '.', output, signal, host = silentHost } = options
  const onWrongShard: NonNullable<ReadPolicy['onWrongShard']> = wrong => {
    const { block, shard, place } = wrong
    const text = `shard ${shard} of block ${block} at ${place} is wrong; another one was taken`
    host.notify({ code: 'CDN_SHARD_WRONG', level: 'warn', text, data: { block, shard, place } })
    options.onWrongShard?.(wrong)
  }
  const policy = { ...options, latency: options.latency ?? new PlaceLatency(), onWrongShard }
  const object = await openObject(reference, stores, policy, signal)
  const path = output === undefined ? join(resolve(folder), checkedName(object.metadata.name)) : resolve(folder, output)
  if (output === undefined && (await exists(path))) {
    throw new InputError('INPUT_FILE', `${path} is there already`, { where: path, hint: 'name another with --output' })
  }
  if (object.kind === 'file') {
    return { kind: 'file', path, bytes: await saveFile(object, path, options), files: 1 }
  }
  return {
    kind: 'directory',
    path,
    ...(await saveDirectory(object, path, stores, { ...options, ...policy }, 0, new TreeWork())),
  }
}

async function saveDirectory(
  { metadata }: Extract<StoredObject, { kind: 'directory' }>,
  path: string,
  stores: ObjectStores,
  options: DownloadOptions,
  depth: number,
  work: TreeWork,
): Promise<{ bytes: number; files: number }> {
  if (depth > MOST_DEPTH) throw new CdnError('CDN_LIMIT', `directories are nested more than ${MOST_DEPTH} deep`)
  await mkdir(path, { recursive: true })
  const taken = new Set<string>()
  const inner = await work.all(metadata.files, async entry => {
    const found = await work.turn(async () => {
      const object = await openObject(entry, stores, options, options.signal)
      const name = checkedName(object.metadata.name)
      // Some disks take names for equal that differ in case.
      if (taken.has(name.toLowerCase())) {
        throw new CdnError('CDN_META', `the directory has two entries named ${JSON.stringify(name)}`, { where: path })
      }
      taken.add(name.toLowerCase())
      const target = join(path, name)
      if (object.kind === 'directory') return { ...object, target }
      return { kind: 'file' as const, bytes: await saveFile(object, target, options), files: 1 }
    })
    return found.kind === 'file' ? found : saveDirectory(found, found.target, stores, options, depth + 1, work)
  })
  return {
    bytes: inner.reduce((sum, { bytes }) => sum + bytes, 0),
    files: inner.reduce((sum, { files }) => sum + files, 0),
  }
}

async function saveFile(object: StoredFile, path: string, options: DownloadOptions): Promise<number> {
  const unfinished = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
  let file: FileHandle
  try {
    file = await open(unfinished, 'wx')
  } catch (cause) {
    throw new InputError('INPUT_FILE', `${path} cannot be written`, { where: path, cause })
  }
  try {
    try {
      const bytes = await copyTo(object, piece => writeAll(file, piece), path, options)
      await file.sync()
      await file.close()
      await rename(unfinished, path)
      return bytes
    } finally {
      await file.close().catch(() => {})
    }
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** Every byte of a file, checked, into `write`; and the whole against the file's hash. Resolves with their number. */
export async function copyTo(
  object: StoredFile,
  write: (piece: Uint8Array) => Promise<void>,
  path: string,
  { host = silentHost, signal }: Pick<DownloadOptions, 'host' | 'signal'>,
): Promise<number> {
  const { contentHash, blocks } = object.metadata
  // The one block of a file has the file's hash, and was checked.
  const [only] = blocks
  const needsHash = blocks.length !== 1 || !only || !equalBytes(only.contentHash, contentHash)
  const whole = needsHash ? await (await loadHasher()).stream() : undefined
  const of = blocks.reduce((end, { endOffset }) => Math.max(end, endOffset + 1), 0)
  let bytes = 0
  for await (const piece of object.read({}, signal)) {
    whole?.update(piece)
    await write(piece)
    bytes += piece.length
    host.notify({
      code: 'CDN_BYTES_READ',
      level: 'debug',
      text: `${path}: ${bytes} bytes`,
      data: { path, bytes, added: piece.length, of },
    })
  }
  if (whole && !equalBytes(whole.digest(contentHash.length), contentHash)) {
    throw new CdnError('CDN_HASH', 'the blocks are right, but together they are not the file that the metadata names', {
      where: path,
    })
  }
  return bytes
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at, piece.length - at)).bytesWritten
}

/** A name as metadata has it, if it can be that of a file. @throws {CdnError} CDN_META: it leads elsewhere */
function checkedName(name: string): string {
  if (isFileName(name)) return name
  throw new CdnError('CDN_META', `the name ${JSON.stringify(name.slice(0, 80))} cannot be that of a file`, {
    hint: 'name the file with --output',
  })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
