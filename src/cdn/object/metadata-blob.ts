/**
 * Metadata as a registry keeps it: sealed bytes, then the nonce; its key is the hash of the plain bytes.
 *
 * The nonce is derived from that key. The key never seals anything else, so this is as safe as a drawn one, and the same
 * object is one blob, however often it is saved. Source of the form: threefoldtech/mycelium-cdn-registry, crates/mycdnctl.
 */
import { concatBytes, equalBytes } from '../../core/bytes.js'
import { CdnError } from '../../errors/cdn.js'
import { loadHasher, openSealed, seal } from '../crypto/index.js'
import {
  type DirectoryEntry,
  decodeMetadata,
  encodeMetadata,
  type HashBytes,
  hashBytesOf,
  type Layout,
  type Metadata,
  NONCE_BYTES,
} from '../meta/index.js'
import { deriveNonce } from './derive-nonce.js'
import type { MetadataStore } from './metadata-store.js'

export interface MetadataBlob {
  readonly blob: Uint8Array
  /** Its key in the registry. */
  readonly encryptedHash: Uint8Array
  /** Opens it. */
  readonly key: Uint8Array
  /** The same without a key, for those who want it in the open. */
  readonly plain: { readonly blob: Uint8Array; readonly hash: Uint8Array }
}

export async function sealMetadata(metadata: Metadata, layout: Layout): Promise<MetadataBlob> {
  const hasher = await loadHasher()
  const hashBytes = hashBytesOf(layout)
  const plain = encodeMetadata(metadata, layout)
  const key = hasher.hash(plain, hashBytes)
  const nonce = deriveNonce(hasher, 'metadata', key)
  const blob = concatBytes(await seal({ key, nonce, plain }), nonce)
  // The key is the hash of the plain bytes already.
  return { blob, encryptedHash: hasher.hash(blob, hashBytes), key, plain: { blob: plain, hash: key } }
}

/** What lies under a reference, decoded. Without a key the blob is plain.
 *
 * @throws {CdnError} CDN_NOT_FOUND, CDN_KEY, CDN_META, and what the registry says
 */
export async function loadMetadata(
  { encryptedHash, key }: DirectoryEntry,
  store: MetadataStore,
  signal?: AbortSignal,
): Promise<{ readonly metadata: Metadata; readonly layout: Layout }> {
  const blob = await store.get(encryptedHash, signal)
  if (blob === undefined) {
    throw new CdnError('CDN_NOT_FOUND', 'the registry has nothing under this reference', {
      hint: 'check the reference, and that it is asked at the registry it was saved to',
    })
  }
  const hashBytes = encryptedHash.length as HashBytes
  return decodeMetadata(key === undefined ? blob : await openBlob(blob, key, hashBytes), { hashBytes })
}

async function openBlob(blob: Uint8Array, key: Uint8Array, hashBytes: HashBytes): Promise<Uint8Array> {
  const wrongKey = () => new CdnError('CDN_KEY', 'the key does not open the metadata under this reference')
  if (key.length !== hashBytes || blob.length < NONCE_BYTES) throw wrongKey()
  const nonce = blob.subarray(blob.length - NONCE_BYTES)
  const plain = await openSealed({ key, nonce, sealed: blob.subarray(0, blob.length - NONCE_BYTES) })
  if (plain === undefined) throw wrongKey()
  const hasher = await loadHasher()
  if (!equalBytes(hasher.hash(plain, hashBytes), key)) throw wrongKey()
  return plain
}
