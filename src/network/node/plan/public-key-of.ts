/** X25519 by the system's crypto: a plan compares a key for every network, and 100 in pure JavaScript take 0.2 s. */
import { createPrivateKey, createPublicKey } from 'node:crypto'

import type { Secret } from '../../../core/secret.js'
import { parseWireguardKey } from '../../address/index.js'

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8, and how long it is before those of a public one. */
const PKCS8_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI_HEADER_BYTES = 12

/** Base64, as `wg` prints it. @throws {InputError} INPUT_KEY */
export function publicKeyOf(privateKey: Secret<string>): string {
  const key = Buffer.concat([PKCS8_HEADER, parseWireguardKey(privateKey.reveal(), 'a WireGuard private key')])
  const pair = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  return pair.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEADER_BYTES).toString('base64')
}
