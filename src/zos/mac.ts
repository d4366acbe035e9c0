/**
 * Hardware addresses as nodes derive them: from an MD5, made local and unicast, and moved on where they fall into
 * ranges a node keeps away from. Source: threefoldtech/zosbase pkg/network/ifaceutil/mac.go.
 */
import { md5 } from '@noble/hashes/legacy.js'

import { compareBytes, utf8 } from '../core/bytes.js'

const MAC_BYTES = 6

/** 6 bytes for a device's name (or any bytes).
 *
 * @example macText(macFrom('A34YUGenHKyhjDMAUKZe4cVDtJM2wQ4n4XRkfGUUEYdy')) // '8a:d3:36:10:7e:e9'
 */
export function macFrom(input: string | Uint8Array): Uint8Array {
  let seed = typeof input === 'string' ? utf8(input) : input
  while (true) {
    const hash = md5(seed)
    for (let offset = 0; offset + MAC_BYTES <= hash.length; offset++) {
      // The bits are set in the hash itself, so bytes stepped over keep them when it is hashed again.
      hash[offset] = ((hash[offset] as number) | 2) & 0xfe
      const mac = hash.slice(offset, offset + MAC_BYTES)
      if (isAllowed(mac)) return mac
    }
    seed = hash
  }
}

/** `8a:d3:36:10:7e:e9` */
export function macText(mac: Uint8Array): string {
  return Array.from(mac, byte => byte.toString(16).padStart(2, '0')).join(':')
}

/** A node compares the last bytes with bounds meant for the first ones; names depend on it, so it stays that way. */
function isAllowed(mac: Uint8Array): boolean {
  const head = mac.subarray(0, 2)
  const tail = mac.subarray(3)
  if (compareBytes(tail, RANGE_1.upper) <= 0) return compareBytes(RANGE_1.lower, head) <= 0
  if (compareBytes(tail, RANGE_2.upper) <= 0) {
    return compareBytes(RANGE_2.lower, head) <= 0 && !(mac[0] === 0x33 && mac[1] === 0x33)
  }
  return compareBytes(mac, RANGE_3.upper) <= 0 && compareBytes(RANGE_3.lower, head) <= 0
}

const RANGE_1 = { lower: Uint8Array.of(0x00, 0x03), upper: Uint8Array.of(0x00, 0x51, 0xff) }
const RANGE_2 = { lower: Uint8Array.of(0x00, 0x54), upper: Uint8Array.of(0x90, 0x00, 0xff) }
const RANGE_3 = { lower: Uint8Array.of(0x90, 0x02), upper: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xfe) }
