/**
 * Accounts: from a mnemonic or a mini-secret to something that signs, and from a signature to a yes or a no.
 *
 * Nothing heavy is loaded before the first call. Secrets live in the identity's private fields: printing, inspecting or
 * serialising an identity shows its address only, and no error repeats what was given.
 */
import { fromHex } from '../core/hex.js'
import { InputError } from '../errors/input.js'
import type { Identity, KeyType } from './identity.js'
import { type Curves, loadCurves, type Pair } from './keys/curves.js'
import { miniSecretOfMnemonic } from './keys/mnemonic.js'
import { addressOf } from './keys/ss58.js'

export { generateMnemonic } from './keys/mnemonic.js'
export { addressOf, publicKeyOf } from './keys/ss58.js'

/** True when `signature` (64 bytes) over `message` is that of `publicKey` (32 bytes). Never throws. */
export type Verify = (keyType: KeyType, message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean

/** The account of a secret.
 *
 * @param secret 12 or 24 words of BIP-39, or the 32-byte mini-secret as 64 hex digits, with or without `0x`
 * @throws {InputError} INPUT_MNEMONIC says which word, or that the count or the checksum is wrong
 * @example
 * const identity = await createIdentity('bottom drive obey lake curtain smoke basket hold race lonely fit walk')
 * identity.address // '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
 */
export async function createIdentity(secret: string, keyType: KeyType = 'sr25519'): Promise<Identity> {
  if (keyType !== 'sr25519' && keyType !== 'ed25519') {
    throw new InputError('INPUT_OPTION', `the key type ${String(keyType)} does not exist`, {
      hint: 'use sr25519 or ed25519',
    })
  }
  const curves = await loadCurves()
  const miniSecret = await readSecret(secret)
  return new Account(keyType, miniSecret, curves[keyType].derive(miniSecret))
}

/** Loads what verifying needs and gives the function that does it: for the many signatures of a relay or a node. */
export async function loadVerifier(): Promise<Verify> {
  const curves: Curves = await loadCurves()
  return (keyType, message, signature, publicKey) => curves[keyType]?.verify(message, signature, publicKey) ?? false
}

async function readSecret(secret: unknown): Promise<Uint8Array> {
  if (typeof secret !== 'string' || secret.trim() === '') {
    throw new InputError('INPUT_MNEMONIC', 'the secret is empty', {
      hint: 'give 12 or 24 words, or 64 hex digits',
    })
  }
  const text = secret.trim()
  if (!/^(0[xX])?[0-9a-fA-F]+$/.test(text)) return miniSecretOfMnemonic(text)

  const digits = text.replace(/^0[xX]/, '')
  if (digits.length !== 64) {
    throw new InputError('INPUT_MNEMONIC', `the secret has ${digits.length} hex digits, 64 are needed`, {
      hint: 'give the 32-byte mini-secret, or the mnemonic itself',
    })
  }
  return fromHex(digits, 'the secret', 32)
}

class Account implements Identity {
  readonly address: string
  readonly publicKey: Uint8Array
  readonly #miniSecret: Uint8Array
  readonly #pair: Pair

  constructor(
    readonly keyType: KeyType,
    miniSecret: Uint8Array,
    pair: Pair,
  ) {
    this.#miniSecret = miniSecret
    this.#pair = pair
    this.publicKey = pair.publicKey
    this.address = addressOf(pair.publicKey)
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#pair.sign(message)
  }

  miniSecret(): Uint8Array {
    return this.#miniSecret.slice()
  }

  toJSON(): { keyType: KeyType; address: string } {
    return { keyType: this.keyType, address: this.address }
  }
}
