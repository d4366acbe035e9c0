/**
 * A file into the content network: read piece by piece, sealed, cut, sent; then its metadata.
 *
 * A piece is read when a slot is free for it and holds the slot until every place has acknowledged its shard: memory does
 * not depend on the size of the file.
 */
import { constants, type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'

import { isHyphaeError } from '../../errors/base.js'
import { CdnError } from '../../errors/cdn.js'
import { InputError } from '../../errors/input.js'
import { loadHasher } from '../crypto/index.js'
import type { Block, FileMetadata } from '../meta/index.js'
import { sealMetadata } from './metadata-blob.js'
import { mimeType, SNIFFED_BYTES } from './mime-type.js'
import type { SavedObject } from './saved-object.js'
import type { BlockSealing } from './seal-block.js'
import { findPresent, sendBlock } from './send-block.js'
import type { UploadJournal } from './upload-journal.js'
import type { UploadSession } from './upload-session.js'

interface Tally {
  readonly path: string
  readonly blocks: (Block | undefined)[]
  readonly count: number
  saved: number
  sentShards: number
  reusedShards: number
}

/** Resolves when every shard of every block and the metadata are acknowledged.
 *
 * @throws {CdnError} CDN_SAVE: what was saved, and how to go on; {InputError} INPUT_FILE
 */
export async function uploadFile(
  path: string,
  session: UploadSession,
  { name = basename(path), mime }: { name?: string; mime?: string } = {},
): Promise<SavedObject> {
  const file = await openFile(path)
  try {
    const before = await file.stat({ bigint: true })
    if (!before.isFile()) throw new InputError('INPUT_FILE', `${path} is no regular file`, { where: path })
    const size = Number(before.size)
    const head = Buffer.alloc(Math.min(SNIFFED_BYTES, size))
    await file.read(head, 0, head.length, 0)
    const type = mime ?? (await mimeType(name, head))

    const { contentHash, tally } = await sendFile(file, path, size, session)
    const after = await file.stat({ bigint: true })
    if (after.mtimeNs !== before.mtimeNs || after.size !== before.size) throw changed(path, tally)

    const blocks = tally.blocks as Block[]
    const metadata: FileMetadata = { kind: 'file', contentHash, name, mime: type, blocks }
    return await saveMetadata(metadata, path, session, {
      bytes: size,
      sentShards: tally.sentShards,
      reusedShards: tally.reusedShards,
    })
  } finally {
    await file.close()
  }
}

function asksForToken(cause: unknown): boolean {
  return isHyphaeError(cause) && cause.details?.status === 401
}

/** Puts metadata into the registry. @throws {CdnError} CDN_SAVE with the registry's answer as its cause */
export async function saveMetadata(
  metadata: SavedObject['metadata'],
  path: string,
  { layout, stores, host, signal }: Pick<UploadSession, 'layout' | 'stores' | 'host' | 'signal'>,
  counts: Pick<SavedObject, 'bytes' | 'sentShards' | 'reusedShards'>,
): Promise<SavedObject> {
  const { blob, encryptedHash, key } = await sealMetadata(metadata, layout)
  try {
    await stores.metadata.put(encryptedHash, blob, signal)
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new CdnError('CDN_SAVE', `${path} is stored, but the registry did not take its metadata`, {
      where: path,
      hint: asksForToken(cause)
        ? 'the registry asks for a token: set REGISTRY_TOKEN and repeat the same command'
        : 'repeat the same command: shards that were acknowledged are not sent again',
      details: { path, blocks: metadata.kind === 'file' ? metadata.blocks.length : 0 },
      cause,
    })
  }
  const saved: SavedObject = { path, kind: metadata.kind, metadata, layout, encryptedHash, key, ...counts }
  const { bytes, sentShards, reusedShards } = counts
  const data = { path, kind: metadata.kind, name: metadata.name, bytes, sentShards, reusedShards }
  host.notify({ code: 'CDN_OBJECT_SAVED', level: 'debug', text: `${path} is saved`, data })
  return saved
}

async function sendFile(
  file: FileHandle,
  path: string,
  size: number,
  session: UploadSession,
): Promise<{ contentHash: Uint8Array; tally: Tally }> {
  const { chunkBytes, slots, settings, signal } = session
  const hasher = await loadHasher()
  const count = Math.ceil(size / chunkBytes)
  const tally: Tally = { path, blocks: new Array(count), count, saved: 0, sentShards: 0, reusedShards: 0 }
  // One block is the whole file: its hash is the file's.
  const whole = count === 1 ? undefined : await hasher.stream()
  const journal = await session.journal(path)
  const running = new Set<Promise<void>>()
  let failure: { readonly cause: unknown } | undefined
  const run = (work: Promise<void>) => {
    const settled = work
      .catch(cause => {
        failure ??= { cause }
      })
      .finally(() => {
        slots.give()
        running.delete(settled)
      })
    running.add(settled)
  }
  try {
    for (let index = 0; index < count; index++) {
      await slots.take()
      if (failure || signal.aborted) {
        slots.give()
        break
      }
      // Pieces are read one after the other, for the hash of the whole; what follows overlaps.
      const plain = await readPiece(file, index, size, session).catch(cause => {
        failure ??= { cause }
      })
      if (!plain) {
        slots.give()
        break
      }
      whole?.update(plain)
      run(saveBlock(plain, index, tally, journal, session))
    }
  } finally {
    await Promise.allSettled(running)
    await journal.close()
  }
  signal.throwIfAborted()
  if (failure) throw halfWay(failure.cause, tally)
  const contentHash =
    whole?.digest(settings.hashBytes) ??
    tally.blocks[0]?.contentHash ??
    hasher.hash(new Uint8Array(), settings.hashBytes)
  return { contentHash, tally }
}

/** Bytes of a piece, in memory that goes from piece to piece. */
async function readPiece(
  file: FileHandle,
  index: number,
  size: number,
  { chunkBytes, buffers }: UploadSession,
): Promise<Uint8Array> {
  const start = index * chunkBytes
  const length = Math.min(chunkBytes, size - start)
  const bytes = new Uint8Array(buffers.pop() ?? new ArrayBuffer(chunkBytes), 0, length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, start + at)
    if (bytesRead === 0) throw new CdnError('CDN_SAVE', 'the file became shorter while it was read')
    at += bytesRead
  }
  return bytes
}

async function saveBlock(
  piece: Uint8Array,
  index: number,
  tally: Tally,
  journal: UploadJournal,
  session: UploadSession,
): Promise<void> {
  const { stores, places, settings, sealer, buffers, rooms, deduplicate, signal } = session
  const { length } = piece
  const before = journal.block(index)
  // What was acknowledged before the interruption is only left out if it is still there.
  const present = before
    ? await findPresent({ store: stores.blocks, places, key: before.encryptedHash, signal }, before.acknowledged)
    : new Set<number>()
  const known = before && { ...before, complete: present.size === places.length }

  const { sealing, plain } = await sealer.seal(piece, settings, known, rooms.pop())
  buffers.push(plain.buffer as ArrayBuffer)
  const { sealed } = sealing
  const encryptedHash = sealed?.encryptedHash ?? (before as NonNullable<typeof before>).encryptedHash

  let reused = sealing.known ? present : new Set<number>()
  if (sealed) {
    const { shards } = sealed
    const to = { store: stores.blocks, places, key: encryptedHash, signal }
    if (!sealing.known) {
      await journal.began(index, { contentDigest: sealing.contentDigest, encryptedHash, nonce: sealing.nonce })
    }
    if (deduplicate) reused = await findPresent(to, new Set(places.keys()), shards[0]?.length)
    const atOnce = await sendBlock({
      ...to,
      shards,
      present: reused,
      acknowledged: shard => journal.acknowledged(index, shard),
    })
    // What was sent twice may still lie in a connection that is slow: its memory must not change.
    if (atOnce) rooms.push(sealed.room)
  }
  noteBlock(index, length, sealing, encryptedHash, reused.size, tally, session)
}

function noteBlock(
  index: number,
  length: number,
  { contentHash, nonce }: BlockSealing,
  encryptedHash: Uint8Array,
  reused: number,
  tally: Tally,
  { chunkBytes, locations, settings, host }: UploadSession,
): void {
  const startOffset = index * chunkBytes
  tally.blocks[index] = {
    shards: locations,
    requiredShards: settings.required,
    startOffset,
    endOffset: startOffset + length - 1,
    contentHash,
    encryptedHash,
    nonce,
  }
  tally.saved++
  tally.sentShards += locations.length - reused
  tally.reusedShards += reused
  const { path, count, saved } = tally
  const data = { path, block: index, blocks: count, saved, bytes: length, reusedShards: reused }
  host.notify({ code: 'CDN_BLOCK_SAVED', level: 'debug', text: `block ${index} of ${path} is saved`, data })
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // A pipe without a writer would never open.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw new InputError('INPUT_FILE', `${path} cannot be read`, { where: path, cause })
  }
}

function halfWay(cause: unknown, { path, saved, count, sentShards }: Tally): CdnError {
  const details = cause instanceof CdnError ? cause.details : undefined
  return new CdnError('CDN_SAVE', `${path} is not saved: ${saved} of ${count} blocks are`, {
    where: path,
    hint: 'repeat the same command to go on: what was acknowledged is not sent again',
    details: { path, savedBlocks: saved, blocks: count, sentShards, ...details },
    cause,
  })
}

function changed(path: string, { saved, count }: Tally): CdnError {
  return new CdnError('CDN_SAVE', `${path} changed while it was read, so it is not saved`, {
    where: path,
    hint: 'repeat the command when nothing writes to the file',
    details: { path, savedBlocks: saved, blocks: count },
  })
}
