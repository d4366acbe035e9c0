/** BLAKE3 as hex digits, made by whatever hashes quickest here. */
import { toHex } from '../../core/hex.js'
import { loadHasher } from '../crypto/index.js'
import type { HashHex } from './store/checked-store.js'

export async function loadHashHex(): Promise<HashHex> {
  const hasher = await loadHasher()
  return data => toHex(hasher.hash(data, 32))
}
