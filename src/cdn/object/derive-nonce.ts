/**
 * Nonces that follow from what is sealed.
 *
 * A block's key is the hash of its content, so one key seals one content; a nonce that follows from the key repeats only
 * when the very same bytes are sealed again, which is what deduplication wants.
 */
import { concatBytes, utf8 } from '../../core/bytes.js'
import type { Hasher } from '../crypto/index.js'
import { type Layout, NONCE_BYTES } from '../meta/index.js'
import { type Place, placeName } from './place.js'

/** 12 bytes that follow from what is sealed and, for blocks, from where its shards go. */
export function deriveNonce(
  hasher: Hasher,
  purpose: 'metadata' | 'block',
  key: Uint8Array,
  placement: Uint8Array = new Uint8Array(),
): Uint8Array {
  return hasher.hash(concatBytes(utf8(`hyphae cdn ${purpose} nonce`), key, placement), NONCE_BYTES)
}

/** Stands for the code and the order of the places. All shards of a block lie under one key: were the key the same for
 * another code or order, one upload would overwrite the shards of another. */
export function placementDigest(
  hasher: Hasher,
  { layout, requiredShards, places }: { layout: Layout; requiredShards: number; places: readonly Place[] },
): Uint8Array {
  return hasher.hash(utf8(JSON.stringify([layout, requiredShards, places.map(placeName)])), 32)
}
