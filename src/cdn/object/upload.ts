/**
 * A file or a directory into the content network.
 *
 * A directory's files are saved before it. Symbolic links and whatever is neither file nor directory are passed over,
 * with a message; so are directories within it, unless all are wanted.
 */
import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

import { compareBytes, utf8 } from '../../core/bytes.js'
import { InputError } from '../../errors/input.js'
import type { DirectoryEntry } from '../meta/index.js'
import { isFileName } from './file-name.js'
import { isMimeType } from './mime-type.js'
import type { SavedObject } from './saved-object.js'
import { Slots } from './slots.js'
import { saveMetadata, uploadFile } from './upload-file.js'
import { openSession, type UploadOptions, type UploadSession, type UploadStores } from './upload-session.js'

/** Resolves when everything is acknowledged: every shard at its place, every metadata at the registry.
 *
 * An upload that fails or is killed continues when it is started again with the same options and `stateFolder`. If it had
 * come to its end and only its result was not delivered, nothing is sent, and the result is the same.
 *
 * @throws {CdnError} CDN_CONFIG before anything is sent; CDN_SAVE with what was saved and how to go on
 * @throws {InputError} INPUT_FILE, INPUT_OPTION
 * @example
 * const config = await readConfig('config.toml')
 * const places = await resolvePlaces(config)
 * const saved = await upload('photos', { metadata, blocks }, { ...config, places, recursive: true })
 */
export async function upload(path: string, stores: UploadStores, options: UploadOptions): Promise<SavedObject> {
  const root = resolve(path)
  const { name, mime } = options
  if (mime !== undefined && !isMimeType(mime)) {
    throw new InputError('INPUT_OPTION', `${JSON.stringify(mime)} is no MIME type`, {
      hint: 'write it like text/plain',
    })
  }
  if (name !== undefined && !isFileName(name)) {
    throw new InputError('INPUT_OPTION', 'the name is empty, too long, or has a slash or control character')
  }
  const isDirectory = await readKind(root)
  const session = await openSession(root, stores, options)
  try {
    const saved = isDirectory
      ? await uploadDirectory(root, session, name ?? basename(root), new Slots(session.concurrency))
      : await uploadFile(root, session, { ...(name && { name }), ...(mime && { mime }) })
    await options.deliver?.(saved)
    await session.finish()
    return saved
  } finally {
    await session.close()
  }
}

async function uploadDirectory(path: string, session: UploadSession, name: string, files: Slots): Promise<SavedObject> {
  const names = (await readdir(path, { encoding: 'utf8' })).sort((a, b) => compareBytes(utf8(a), utf8(b)))
  let failure: { readonly cause: unknown } | undefined
  const saved = await Promise.all(
    names.map(async entry => {
      try {
        return await uploadEntry(join(path, entry), session, files, () => failure !== undefined)
      } catch (cause) {
        // The others come to an end in order before the failure is told.
        failure ??= { cause }
        return undefined
      }
    }),
  )
  session.signal.throwIfAborted()
  if (failure) throw failure.cause

  const objects = saved.filter(object => object !== undefined)
  const entries: DirectoryEntry[] = objects.map(({ encryptedHash, key }) => ({ encryptedHash, key }))
  const sum = (count: (object: SavedObject) => number) => objects.reduce((total, object) => total + count(object), 0)
  return saveMetadata({ kind: 'directory', name, files: entries }, path, session, {
    bytes: sum(({ bytes }) => bytes),
    sentShards: sum(({ sentShards }) => sentShards),
    reusedShards: sum(({ reusedShards }) => reusedShards),
  })
}

async function uploadEntry(
  path: string,
  session: UploadSession,
  files: Slots,
  stopped: () => boolean,
): Promise<SavedObject | undefined> {
  if (stopped()) return undefined
  const kind = await lstat(path)
  if (kind.isFile()) {
    return files.use(async () => (stopped() || session.signal.aborted ? undefined : uploadFile(path, session)))
  }
  if (kind.isDirectory() && session.recursive) return uploadDirectory(path, session, basename(path), files)
  const reason = kind.isDirectory()
    ? 'a directory: --recursive saves it too'
    : kind.isSymbolicLink()
      ? 'a symbolic link'
      : 'neither file nor directory'
  session.host.notify({
    code: 'CDN_SKIPPED',
    level: 'warn',
    text: `${path} is not saved: ${reason}`,
    data: { path, reason },
  })
  return undefined
}

async function readKind(path: string): Promise<boolean> {
  try {
    const kind = await stat(path)
    if (kind.isDirectory() || kind.isFile()) return kind.isDirectory()
  } catch (cause) {
    throw new InputError('INPUT_FILE', `${path} is not there, or cannot be read`, { where: path, cause })
  }
  throw new InputError('INPUT_FILE', `${path} is neither file nor directory`, { where: path })
}
