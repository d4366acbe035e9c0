import { beforeAll, describe, expect, it } from '@jest/globals'

import type { Identity } from '../chain/identity.js'
import { createIdentity, loadVerifier, type Verify } from '../chain/keys.js'
import { toHex } from '../core/hex.js'
import type { Envelope } from './envelope.js'
import { envelopeDigest, isSignedBy, signEnvelope } from './signature.js'

const envelope: Envelope = {
  uid: 'u',
  tags: 't',
  timestamp: 1700000000n,
  expiration: 20n,
  source: { twin: 42, connection: 'abc' },
  destination: { twin: 11 },
  message: { kind: 'request', command: 'zos.system.version' },
  schema: 'application/json',
  federation: 'f',
  payload: { kind: 'plain', bytes: Uint8Array.of(0x7b, 0x7d) },
  relays: ['r1', 'r2'],
}

let verify: Verify
let accounts: Identity[]

beforeAll(async () => {
  verify = await loadVerifier()
  accounts = [await createIdentity('0a'.repeat(32)), await createIdentity('0b'.repeat(32), 'ed25519')]
})

describe('the signature of an envelope', () => {
  it('is over the MD5 of its fields in a row', () => {
    // md5 of "ut1700000000" "20" "42abc" "11" "zos.system.version" "application/json" "f" "{}" "r1" "r2"
    expect(toHex(envelopeDigest(envelope))).toBe('533102d7a1be111941620b2a819640e4')
    const error: Envelope = {
      uid: 'u',
      timestamp: 1n,
      expiration: 2n,
      destination: { twin: 3 },
      message: { kind: 'error', code: 104, message: 'no' },
      relays: [],
    }
    // md5 of "u" "1" "2" "3" "104no"
    expect(toHex(envelopeDigest(error))).toBe('8828a916eb53621c411f5225afdebe0a')
  })

  it('begins with the letter of its key type and holds for its account only', () => {
    const [sr, ed] = accounts as [Identity, Identity]
    for (const [who, letter] of [
      [sr, 's'],
      [ed, 'e'],
    ] as const) {
      const signed = signEnvelope(envelope, who)
      expect(signed.signature).toHaveLength(65)
      expect(String.fromCharCode(signed.signature?.[0] as number)).toBe(letter)
      expect(isSignedBy(signed, who.address, verify)).toBe(true)
      expect(isSignedBy(signed, (who === sr ? ed : sr).address, verify)).toBe(false)
    }
  })

  const changes: [string, Partial<Envelope>][] = [
    ['uid', { uid: 'v' }],
    ['tags', { tags: 'x' }],
    ['timestamp', { timestamp: 1700000001n }],
    ['expiration', { expiration: 21n }],
    ['source', { source: { twin: 42, connection: 'abd' } }],
    ['destination', { destination: { twin: 12 } }],
    ['command', { message: { kind: 'request', command: 'zos.system.reboot' } }],
    ['schema', { schema: 'text/plain' }],
    ['federation', { federation: 'g' }],
    ['payload', { payload: { kind: 'plain', bytes: Uint8Array.of(0x7b, 0x7e) } }],
    ['relays', { relays: ['r1'] }],
  ]
  it.each(changes)('does not hold when %s was changed', (_field, change) => {
    const [sr] = accounts as [Identity]
    expect(isSignedBy({ ...signEnvelope(envelope, sr), ...change }, sr.address, verify)).toBe(false)
  })

  it.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['is empty', () => new Uint8Array()],
    ['lacks its letter', signature => signature.subarray(1)],
    ['has an unknown letter', signature => Uint8Array.of(0x78, ...signature.subarray(1))],
    ['names the other key type', signature => Uint8Array.of(0x65, ...signature.subarray(1))],
    ['is too long', signature => Uint8Array.of(...signature, 0)],
  ])('does not hold when it %s', (_name, damage) => {
    const [sr] = accounts as [Identity]
    const signed = signEnvelope(envelope, sr)
    expect(isSignedBy({ ...signed, signature: damage(signed.signature as Uint8Array) }, sr.address, verify)).toBe(false)
    expect(isSignedBy(envelope, sr.address, verify)).toBe(false)
  })
})
