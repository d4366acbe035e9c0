/**
 * Hashes and keys as text. Runs in a browser.
 *
 * A label of a DNS name has at most 63 characters, and 32 bytes have 64 hex digits: as a label they are written in
 * base32 (RFC 4648, lower case, no padding), 52 characters. 16 bytes are 32 hex digits everywhere, as peers write them.
 */
import { base32nopad } from '@scure/base'

import { fromHex, toHex } from '../../core/hex.js'

const HEX = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i
const BASE32 = /^[a-z2-7]{52}$/i

/** The DNS label of a hash: 32 hex digits for 16 bytes, 52 base32 characters for 32. */
export function formatLabel(hash: Uint8Array): string {
  return hash.length === 16 ? toHex(hash) : base32nopad.encode(hash).toLowerCase()
}

/** The 16 or 32 bytes of 32 or 64 hex digits or of 52 base32 characters, in either case; undefined for other text. */
export function parseHash(text: string): Uint8Array | undefined {
  if (HEX.test(text)) return fromHex(text)
  if (!BASE32.test(text)) return undefined
  try {
    return base32nopad.decode(text.toUpperCase())
  } catch {
    // 52 characters have four bits more than 32 bytes; only zeros there are canonical.
    return undefined
  }
}
