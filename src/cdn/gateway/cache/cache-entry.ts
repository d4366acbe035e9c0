/**
 * A block as the cache keeps it, so that any part of it can be given out without reading the rest.
 *
 *     "MCDB" | version u32 | bytes u32 | bytes of a segment u32 | a tag of 16 bytes for each segment | the segments
 *
 * The bytes are encrypted as they are at their places (AES-GCM without its tag is AES-CTR, counting from 2), so the disk
 * tells nobody what was read. Every segment has a tag made with the block's own key: what was changed is noticed before
 * a byte of it is used. Source of the counter: NIST SP 800-38D, 7.1.
 */
import { createCipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'

import type { Block } from '../../meta/index.js'

/** What is read and checked for a single byte. The tags of a block of 5 MiB take 5 KiB. */
export const SEGMENT_BYTES = 16 * 1024
export const TAG_BYTES = 16
export const HEAD_BYTES = 16

const MAGIC = 0x4d434442
const VERSION = 1

/** What of a block names and opens its entry. */
export type BlockIdentity = Pick<Block, 'contentHash' | 'encryptedHash' | 'nonce'>

/** The file of a block. Metadata that claims another key for the same shards has another file. */
export function entryName({ contentHash, encryptedHash, nonce }: BlockIdentity): string {
  return createHash('sha256').update(encryptedHash).update(contentHash).update(nonce).digest('hex')
}

export function segmentCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / SEGMENT_BYTES)
}

/** Where segments begin in the file. */
export function bodyOffset(sizeBytes: number): number {
  return HEAD_BYTES + segmentCount(sizeBytes) * TAG_BYTES
}

/** Bytes of the whole file. */
export function entryBytes(sizeBytes: number): number {
  return bodyOffset(sizeBytes) + sizeBytes
}

/** Head with tags, and body, of checked plain bytes. */
export function encodeEntry(block: BlockIdentity, plain: Uint8Array): { readonly head: Buffer; readonly body: Buffer } {
  const count = segmentCount(plain.length)
  const head = Buffer.alloc(bodyOffset(plain.length))
  head.writeUInt32BE(MAGIC, 0)
  head.writeUInt32BE(VERSION, 4)
  head.writeUInt32BE(plain.length, 8)
  head.writeUInt32BE(SEGMENT_BYTES, 12)
  const body = cryptAt(block, 0, plain)
  const key = tagKey(block)
  for (let i = 0; i < count; i++) {
    const segment = body.subarray(i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES)
    tagOf(key, i, plain.length, segment).copy(head, HEAD_BYTES + i * TAG_BYTES)
  }
  return { head, body }
}

/** Bytes of the block, or undefined when this is no head of an entry. @param fileBytes of the whole file */
export function readHead(head: Buffer, fileBytes: number): number | undefined {
  if (head.length < HEAD_BYTES || head.readUInt32BE(0) !== MAGIC || head.readUInt32BE(4) !== VERSION) return undefined
  const sizeBytes = head.readUInt32BE(8)
  return head.readUInt32BE(12) === SEGMENT_BYTES && entryBytes(sizeBytes) === fileBytes ? sizeBytes : undefined
}

/** Checks and opens segments of one entry. */
export class SegmentOpener {
  readonly #key: Buffer

  constructor(
    private readonly block: BlockIdentity,
    private readonly sizeBytes: number,
    private readonly tags: Buffer,
  ) {
    this.#key = tagKey(block)
  }

  /** Plain bytes `from` to `to` of segments that follow each other, or undefined when one is not as it was written.
   *
   * @param first index of the first of them
   * @param segments whole ones, but for the last of the block
   */
  open(first: number, segments: Buffer, from: number, to: number): Buffer | undefined {
    for (let at = 0, index = first; at < segments.length; at += SEGMENT_BYTES, index++) {
      const expected = this.tags.subarray(index * TAG_BYTES, (index + 1) * TAG_BYTES)
      const tag = tagOf(this.#key, index, this.sizeBytes, segments.subarray(at, at + SEGMENT_BYTES))
      if (expected.length !== TAG_BYTES || !timingSafeEqual(tag, expected)) return undefined
    }
    // Counters count 16 bytes.
    const aligned = from - (from % 16)
    return cryptAt(this.block, first * SEGMENT_BYTES + aligned, segments.subarray(aligned, to)).subarray(from - aligned)
  }
}

/** Encrypts or decrypts: for this cipher they are the same. @param offset of the bytes in the block, a multiple of 16 */
function cryptAt({ contentHash, nonce }: BlockIdentity, offset: number, bytes: Uint8Array): Buffer {
  const counter = Buffer.alloc(16)
  counter.set(nonce)
  counter.writeUInt32BE(2 + offset / 16, 12)
  return createCipheriv(contentHash.length === 16 ? 'aes-128-ctr' : 'aes-256-ctr', contentHash, counter).update(bytes)
}

/** A key of its own: the block's key encrypts already. */
function tagKey({ contentHash }: BlockIdentity): Buffer {
  return createHmac('sha256', contentHash).update('hyphae gateway cache 1').digest()
}

function tagOf(key: Buffer, index: number, sizeBytes: number, segment: Uint8Array): Buffer {
  const place = Buffer.alloc(8)
  place.writeUInt32BE(index, 0)
  place.writeUInt32BE(sizeBytes, 4)
  return createHmac('sha256', key).update(place).update(segment).digest().subarray(0, TAG_BYTES)
}
