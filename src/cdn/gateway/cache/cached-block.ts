/** A block that is at hand: on disk, or in memory when the disk could not take it. */
import type { FileHandle } from 'node:fs/promises'

import { type BlockIdentity, bodyOffset, HEAD_BYTES, readHead, SEGMENT_BYTES, SegmentOpener } from './cache-entry.js'

/** Of a file, at once: a piece that is sent. Whole segments. */
const PIECE_BYTES = 8 * SEGMENT_BYTES
/** Holds the tags of most blocks. */
const FIRST_READ_BYTES = 8 * 1024

export interface CachedBlock {
  readonly sizeBytes: number
  /** Checked plain bytes `start` to `end`, in pieces. @throws {DamagedEntry} */
  read(start: number, end: number): AsyncGenerator<Uint8Array, void, void>
  close(): Promise<void>
}

/** The entry is not as it was written: the block has to be fetched again. Never leaves the gateway. */
export class DamagedEntry extends Error {
  constructor() {
    super('an entry of the cache is damaged')
  }
}

/** The block of an open file, or undefined when the file is no entry. The file stays readable when the cache drops it. */
export async function diskBlock(
  file: FileHandle,
  block: BlockIdentity,
  onDamage: () => void,
): Promise<CachedBlock | undefined> {
  const { size } = await file.stat()
  const first = await readFully(file, 0, Math.min(size, FIRST_READ_BYTES))
  const sizeBytes = first && readHead(first, size)
  if (first === undefined || sizeBytes === undefined) return undefined
  const offset = bodyOffset(sizeBytes)
  const head = first.length >= offset ? first : await readFully(file, 0, offset)
  if (head === undefined) return undefined
  const opener = new SegmentOpener(block, sizeBytes, head.subarray(HEAD_BYTES, offset))

  return {
    sizeBytes,
    async *read(start, end) {
      for (let at = start; at < end; ) {
        const index = Math.floor(at / SEGMENT_BYTES)
        const begin = index * SEGMENT_BYTES
        const wanted = Math.ceil((end - begin) / SEGMENT_BYTES) * SEGMENT_BYTES
        const length = Math.min(wanted, PIECE_BYTES, sizeBytes - begin)
        const segments = await readFully(file, offset + begin, length)
        const piece = segments && opener.open(index, segments, at - begin, Math.min(end - begin, length))
        if (!piece || piece.length === 0) {
          onDamage()
          throw new DamagedEntry()
        }
        at += piece.length
        yield piece
      }
    },
    close: () => file.close(),
  }
}

export function memoryBlock(plain: Uint8Array, onClose: () => void): CachedBlock {
  return {
    sizeBytes: plain.length,
    async *read(start, end) {
      for (let at = start; at < end; at += PIECE_BYTES) yield plain.subarray(at, Math.min(end, at + PIECE_BYTES))
    },
    close: async () => onClose(),
  }
}

/** Exactly `length` bytes, or undefined when the file is shorter or cannot be read. */
async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(length)
  try {
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, position + done)
      if (bytesRead === 0) return undefined
      done += bytesRead
    }
    return bytes
  } catch {
    // A disk that cannot read an entry has a damaged entry.
    return undefined
  }
}
