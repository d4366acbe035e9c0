/** SS58 addresses: 64 hex digits of an account to text and back. */
import { blake2b } from '@noble/hashes/blake2.js'
import { base58 } from '@scure/base'

import { concatBytes, equalBytes, utf8 } from '../../../core/bytes.js'
import { fromHex, toHex } from '../../../core/hex.js'
import { TOKEN } from './version.js'

const PREFIX = utf8('SS58PRE')
const checksum = (body: Uint8Array) => blake2b(concatBytes(PREFIX, body), { dkLen: 64 }).subarray(0, 2)

/** Texts already made: the same accounts are printed over and over. */
const known = new Map<string, string>()
const MAX_KNOWN = 10_000

export function addressOfAccount(account: string): string {
  const cached = known.get(account)
  if (cached !== undefined) return cached
  const body = concatBytes(Uint8Array.of(TOKEN.ss58Format), fromHex(account, 'account', 32))
  const address = base58.encode(concatBytes(body, checksum(body)))
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(account, address)
  return address
}

/** The account of an address of any network, or of 0x and 64 hex digits; undefined for anything else. */
export function accountOfAddress(address: string): string | undefined {
  if (/^0x[0-9a-fA-F]{64}$/.test(address)) return address.slice(2).toLowerCase()
  if (address.length > 64) return undefined
  let raw: Uint8Array
  try {
    raw = base58.decode(address)
  } catch {
    return undefined // not base58
  }
  const prefixBytes = ((raw[0] ?? 0) & 0x40) === 0 ? 1 : 2
  if (raw.length !== prefixBytes + 34) return undefined
  const body = raw.subarray(0, -2)
  return equalBytes(checksum(body), raw.subarray(-2)) ? toHex(body.subarray(prefixBytes)) : undefined
}
