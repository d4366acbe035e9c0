/** WireGuard keys: X25519, 32 bytes, written in base64 as `wg` writes them. Runs in a browser. */
import { base64 } from '@scure/base'
import nacl from 'tweetnacl'

import { randomBytes } from '../../core/random.js'
import { InputError } from '../../errors/input.js'

export const WIREGUARD_KEY_BYTES = 32

/** Base64, 44 characters each. The private one goes to its node and nowhere else. */
export interface WireguardKeys {
  readonly privateKey: string
  readonly publicKey: string
}

/** The pair of a private key: of 32 derived or drawn bytes, or of the base64 that a node has, which is kept as it is.
 *
 * @throws {InputError} INPUT_KEY; the key is not repeated
 * @example wireguardKeysFrom(deriveKey({ secret, purpose: 'wireguard-node', twinId: 7, network: 'net', nodeId: 11 }, 32))
 */
export function wireguardKeysFrom(privateKey: Uint8Array | string): WireguardKeys {
  const what = 'a WireGuard private key'
  if (typeof privateKey !== 'string' && privateKey.length !== WIREGUARD_KEY_BYTES) throw badKey(what)
  const bytes = typeof privateKey === 'string' ? parseWireguardKey(privateKey, what) : clamped(privateKey)
  return { privateKey: base64.encode(bytes), publicKey: base64.encode(nacl.scalarMult.base(bytes)) }
}

/** The 32 bytes of a key in base64. Nothing but the canonical text of 44 characters is accepted, as on nodes.
 *
 * @throws {InputError} INPUT_KEY; the key is not repeated
 */
export function parseWireguardKey(text: string, what = 'a WireGuard key'): Uint8Array {
  // The last character holds two bits that no byte has: they must be zero, or two texts were one key.
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)) throw badKey(what)
  return base64.decode(text)
}

/** A new pair from the system's random. */
export function generateWireguardKeys(): WireguardKeys {
  return wireguardKeysFrom(randomBytes(WIREGUARD_KEY_BYTES))
}

/** The same key as `wg genkey` writes and WireGuard keeps it; multiplying clamps anyway, so the public key is the same. */
function clamped(bytes: Uint8Array): Uint8Array {
  const key = bytes.slice()
  key[0] = (key[0] as number) & 0xf8
  key[31] = ((key[31] as number) & 0x7f) | 0x40
  return key
}

function badKey(what: string): InputError {
  return new InputError('INPUT_KEY', `${what} is not 32 bytes in base64`, {
    hint: 'a key has 44 characters and ends in =, as wg genkey and wg pubkey print it',
  })
}
