/**
 * From a piece of a file to the shards of a block: hash, seal, pad, cut, and add parity. Runs on any thread.
 */

import { equalBytes } from '../../core/bytes.js'
import { randomBytes } from '../../core/random.js'
import { loadHasher, seal, TAG_BYTES } from '../crypto/index.js'
import { createCodec } from '../erasure/index.js'
import { type HashBytes, NONCE_BYTES } from '../meta/index.js'
import { deriveNonce } from './derive-nonce.js'
import { cutShards, pad, shardBytes } from './sealed-bytes.js'

export interface SealSettings {
  readonly hashBytes: HashBytes
  readonly required: number
  readonly total: number
  /** Nonces follow from the content and this digest of the placement; they are drawn when it is absent. */
  readonly placement?: Uint8Array | undefined
}

/** How the block was sealed by an upload that was interrupted. */
export interface KnownSealing {
  readonly contentDigest: Uint8Array
  readonly nonce: Uint8Array
  /** Every shard is where it belongs: if the content is the same, nothing has to be sealed. */
  readonly complete: boolean
}

export interface BlockSealing {
  readonly contentHash: Uint8Array
  /** Hash of `contentHash`, to be kept where the hash itself must not be. */
  readonly contentDigest: Uint8Array
  readonly nonce: Uint8Array
  /** Absent when the block was known and complete. */
  readonly sealed?: {
    readonly encryptedHash: Uint8Array
    /** Data shards, then parity. */
    readonly shards: readonly Uint8Array[]
    /** What the shards lie in. */
    readonly room: ArrayBuffer
  }
  /** The content and so the sealing are those that were known. */
  readonly known: boolean
}

/** @param room memory for all shards, from a block that was sealed before: new memory costs as much as encoding.
 * Other memory is taken when it is too small.
 */
export async function sealBlock(
  plain: Uint8Array,
  settings: SealSettings,
  known?: KnownSealing,
  room?: ArrayBuffer,
): Promise<BlockSealing> {
  const { hashBytes, required, total, placement } = settings
  const hasher = await loadHasher()
  const contentHash = hasher.hash(plain, hashBytes)
  const contentDigest = hasher.hash(contentHash, hashBytes)
  const same = known !== undefined && equalBytes(known.contentDigest, contentDigest)
  if (same && known.complete) return { contentHash, contentDigest, nonce: known.nonce, known: true }

  const nonce = same
    ? known.nonce
    : placement === undefined
      ? randomBytes(NONCE_BYTES)
      : deriveNonce(hasher, 'block', contentHash, placement)
  const size = shardBytes(plain.length + TAG_BYTES, required)
  const memory = room && room.byteLength >= size * total ? room : new ArrayBuffer(size * total)
  const padded = new Uint8Array(memory, 0, size * required)
  const encrypted = await hasher.stream()
  const onPiece = (piece: Uint8Array) => encrypted.update(piece)
  const sealed = await seal({ key: contentHash, nonce, plain, into: padded, onPiece })
  const encryptedHash = encrypted.digest(hashBytes)
  pad(padded, sealed.length)
  const data = cutShards(padded, required)
  const codec = await createCodec({ required, total })
  const parity = Array.from({ length: total - required }, (_, i) => new Uint8Array(memory, (required + i) * size, size))
  codec.encode(data, parity)
  return {
    contentHash,
    contentDigest,
    nonce,
    sealed: { encryptedHash, shards: [...data, ...parity], room: memory },
    known: same,
  }
}
