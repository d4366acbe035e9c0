import { describe, expect, it } from '@jest/globals'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'

import type { Identity } from '../chain/identity.js'
import { utf8 } from '../core/bytes.js'
import { fromHex, toHex } from '../core/hex.js'
import { decrypt, encrypt, encryptionKeyOf, KeyAgreement } from './crypto.js'

const secretA = fromHex('01'.repeat(32))
const secretB = fromHex('02'.repeat(32))
const withSecret = (secret: Uint8Array): Identity => ({
  keyType: 'sr25519',
  publicKey: new Uint8Array(32),
  address: '',
  sign: () => new Uint8Array(64),
  miniSecret: () => secret,
})
const a = new KeyAgreement(withSecret(secretA))
const b = new KeyAgreement(withSecret(secretB))

describe('encryption between twins', () => {
  it('publishes the compressed point of the mini-secret', () => {
    expect(toHex(encryptionKeyOf(secretA))).toBe('031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f')
    expect(toHex(a.publicKey)).toBe(toHex(secp256k1.getPublicKey(secretA, true)))
  })

  it('agrees on the SHA-256 of the x coordinate, from both sides', () => {
    const point = secp256k1.getSharedSecret(secretA, b.publicKey, true)
    expect(toHex(a.with(b.publicKey, 2))).toBe(toHex(sha256(point.slice(1))))
    expect(toHex(b.with(a.publicKey, 1))).toBe(toHex(a.with(b.publicKey, 2)))
  })

  it('gives the text back, and hides it under another nonce each time', () => {
    const key = a.with(b.publicKey, 2)
    const text = utf8('{"contract_id":7}')
    const sealed = encrypt(text, key)
    expect(sealed).toHaveLength(12 + text.length + 16)
    expect(toHex(encrypt(text, key).subarray(0, 12))).not.toBe(toHex(sealed.subarray(0, 12)))
    expect(toHex(decrypt(sealed, b.with(a.publicKey, 1)))).toBe(toHex(text))
  })

  it('reads what another implementation of AES-GCM made', () => {
    // AES-256-GCM, NIST test case 14: key 0, nonce 0, 16 zero bytes.
    const sealed = fromHex(`${'00'.repeat(12)}cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919`)
    expect(toHex(decrypt(sealed, new Uint8Array(32)))).toBe('00'.repeat(16))
  })

  it.each<[string, (sealed: Uint8Array) => Uint8Array]>([
    ['the nonce', s => s.map((byte, i) => (i === 0 ? byte ^ 1 : byte))],
    ['the text', s => s.map((byte, i) => (i === 13 ? byte ^ 1 : byte))],
    ['the tag', s => s.map((byte, i) => (i === s.length - 1 ? byte ^ 1 : byte))],
    ['the length', s => s.subarray(0, -1)],
    ['everything', () => new Uint8Array(27)],
  ])('notices that %s was changed', (_what, damage) => {
    const key = a.with(b.publicKey, 2)
    const open = () => decrypt(damage(encrypt(utf8('text'), key)), key)
    expect(open).toThrow(expect.objectContaining({ code: 'RMB_DECRYPT' }))
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', utf8('0x031b84c5567b')],
    ['a point off the curve', Uint8Array.of(2, ...new Uint8Array(31), 5)],
    ['a point of a wrong form', Uint8Array.of(9, ...b.publicKey.subarray(1))],
  ])('refuses %s as a key, naming the twin', (_what, key) => {
    expect(() => a.with(key, 7)).toThrow(/twin 7 is not a point/)
    expect(() => a.with(key, 7)).toThrow(expect.objectContaining({ code: 'RMB_TWIN' }))
  })

  it('refuses a secret that is no private key, without repeating it', () => {
    expect(() => encryptionKeyOf(new Uint8Array(32))).toThrow(/not a private key/)
    expect(() => encryptionKeyOf(fromHex('ff'.repeat(32)))).toThrow(expect.not.stringContaining('ffff'))
  })
})
