/**
 * SS58: how Substrate writes account ids. Prefix byte 42, 32 bytes of public key, two bytes of a BLAKE2b-512 checksum
 * over `SS58PRE`, prefix and key, all in base58. Source: paritytech/substrate primitives/core/src/crypto.rs; TFChain's
 * prefix is 42 (threefoldtech/tfchain, substrate-node/runtime/src/lib.rs).
 */
import { blake2b } from '@noble/hashes/blake2.js'
import { base58 } from '@scure/base'

import { concatBytes, equalBytes, utf8 } from '../../core/bytes.js'
import { InputError } from '../../errors/input.js'

const PREFIX = 42
const CHECKSUM_MARK = utf8('SS58PRE')
const KEY_BYTES = 32
const CHECKSUM_BYTES = 2
/** Longer than any address; nothing longer is decoded (base58 costs quadratic time). */
const MAX_TEXT = 64

/** The address of a public key.
 *
 * @param publicKey 32 bytes
 * @throws {InputError} INPUT_KEY
 * @example addressOf(identity.publicKey) // '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
 */
export function addressOf(publicKey: Uint8Array): string {
  if (publicKey.length !== KEY_BYTES) {
    throw new InputError('INPUT_KEY', `a public key has ${KEY_BYTES} bytes, this one has ${publicKey.length}`)
  }
  const body = concatBytes(Uint8Array.of(PREFIX), publicKey)
  return base58.encode(concatBytes(body, checksum(body)))
}

/** The public key of an address, its checksum and its prefix checked.
 *
 * @throws {InputError} INPUT_KEY says which of them is wrong
 */
export function publicKeyOf(address: string): Uint8Array {
  const bytes = decode(address)
  if (bytes.length !== 1 + KEY_BYTES + CHECKSUM_BYTES) throw refused(address, 'has the wrong length')
  const body = bytes.subarray(0, 1 + KEY_BYTES)
  if (!equalBytes(bytes.subarray(1 + KEY_BYTES), checksum(body))) {
    throw refused(address, 'has a wrong checksum', 'a character is missing, added or mistyped')
  }
  if (body[0] !== PREFIX) {
    throw refused(address, `is of another chain: its prefix is ${body[0]}, not ${PREFIX}`, 'write it with prefix 42')
  }
  return body.slice(1)
}

function decode(address: string): Uint8Array {
  if (address.length > MAX_TEXT) throw refused(address.slice(0, MAX_TEXT), 'is too long')
  try {
    return base58.decode(address)
  } catch {
    throw refused(address, 'has characters that base58 does not know')
  }
}

function checksum(body: Uint8Array): Uint8Array {
  return blake2b(concatBytes(CHECKSUM_MARK, body), { dkLen: 64 }).subarray(0, CHECKSUM_BYTES)
}

function refused(address: string, why: string, hint?: string): InputError {
  return new InputError('INPUT_KEY', `the address ${why}`, { where: address, hint })
}
