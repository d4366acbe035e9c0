/**
 * Who wrote an envelope: 65 bytes, the letter of the key type and the account's signature over an MD5 of the fields.
 *
 * Sources: threefoldtech/rmb-rs, src/types/mod.rs; threefoldtech/tfgrid-sdk-go, rmb-sdk-go/peer/{hashes,sig}.go.
 */
import { createHash } from 'node:crypto'

import type { KeyType, Signer } from '../chain/identity.js'
import { publicKeyOf, type Verify } from '../chain/keys.js'
import type { Address, Envelope } from './envelope.js'

const SIGNATURE_BYTES = 65
const LETTER_OF: Record<KeyType, number> = { sr25519: 0x73, ed25519: 0x65 }

/** The 16 bytes that are signed. Every field is under them but the signature itself. */
export function envelopeDigest(envelope: Envelope): Uint8Array {
  const { message, payload } = envelope
  const hash = createHash('md5')
    .update(envelope.uid)
    .update(envelope.tags ?? '')
    .update(`${envelope.timestamp}`)
    .update(`${envelope.expiration}`)
    .update(addressText(envelope.source))
    .update(addressText(envelope.destination))
  if (message?.kind === 'request') hash.update(message.command)
  if (message?.kind === 'error') hash.update(`${message.code}${message.message}`)
  hash.update(envelope.schema ?? '').update(envelope.federation ?? '')
  if (payload) hash.update(payload.bytes)
  for (const relay of envelope.relays) hash.update(relay)
  return new Uint8Array(hash.digest())
}

/** The envelope with the signer's signature. */
export function signEnvelope(envelope: Envelope, signer: Signer): Envelope {
  return { ...envelope, signature: signTagged(envelopeDigest(envelope), signer) }
}

/** True when the account signed exactly these fields. */
export function isSignedBy(envelope: Envelope, account: string, verify: Verify): boolean {
  return envelope.signature !== undefined && verifyTagged(envelopeDigest(envelope), envelope.signature, account, verify)
}

/** Key type letter and signature: the form that envelopes and relay tokens share. */
export function signTagged(message: Uint8Array, signer: Signer): Uint8Array {
  const tagged = new Uint8Array(SIGNATURE_BYTES)
  tagged[0] = LETTER_OF[signer.keyType]
  tagged.set(signer.sign(message), 1)
  return tagged
}

export function verifyTagged(message: Uint8Array, tagged: Uint8Array, account: string, verify: Verify): boolean {
  if (tagged.length !== SIGNATURE_BYTES) return false
  const keyType = tagged[0] === LETTER_OF.sr25519 ? 'sr25519' : tagged[0] === LETTER_OF.ed25519 ? 'ed25519' : undefined
  return keyType !== undefined && verify(keyType, message, tagged.subarray(1), publicKeyOf(account))
}

function addressText(address: Address | undefined): string {
  return address === undefined ? '' : `${address.twin}${address.connection ?? ''}`
}
