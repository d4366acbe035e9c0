/**
 * From a piece of a file to the shards of a block: hash, seal, pad, cut, and add parity. Runs on any thread.
 */

import { equalBytes } from '../../core/bytes.js'
import { randomBytes } from '../../core/random.js'
import { loadHasher, seal, TAG_BYTES } from '../crypto/index.js'
import { createCodec } from '../erasure/index.js'
import { type HashBytes, NONCE_BYTES } from '../meta/index.js'
import { deriveNonce } from './derive-nonce.js'
import { cutShards, pad, paddedBytes } from './sealed-bytes.js'

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
  }
  /** The content and so the sealing are those that were known. */
  readonly known: boolean
}

export async function sealBlock(
  plain: Uint8Array,
  settings: SealSettings,
  known?: KnownSealing,
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
  const padded = new Uint8Array(paddedBytes(plain.length + TAG_BYTES, required))
  const sealed = await seal({ key: contentHash, nonce, plain, into: padded })
  const encryptedHash = hasher.hash(sealed, hashBytes)
  pad(padded, sealed.length)
  const data = cutShards(padded, required)
  const codec = await createCodec({ required, total })
  const shards = [...data, ...codec.encode(data)]
  return { contentHash, contentDigest, nonce, sealed: { encryptedHash, shards }, known: same }
}
