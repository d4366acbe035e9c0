import { inspect } from 'node:util'

import { describe, expect, it } from '@jest/globals'
import * as reference from '@polkadot/util-crypto'
import fc from 'fast-check'

import { toHex } from '../core/hex.js'
import { addressOf, createIdentity, generateMnemonic, loadVerifier, publicKeyOf } from './keys.js'

const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
const DEV_ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
const DEV_SECRET = 'fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e'
const message = new TextEncoder().encode('a deployment')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('the account of a secret', () => {
  it('is the one Substrate makes of the mnemonic', async () => {
    const identity = await createIdentity(DEV_PHRASE)
    expect(identity.address).toBe(DEV_ADDRESS)
    expect(identity.keyType).toBe('sr25519')
    expect(toHex(identity.miniSecret())).toBe(DEV_SECRET)
  })

  it.each([
    ['hex', DEV_SECRET],
    ['hex with 0x', `0x${DEV_SECRET}`],
    ['hex in capitals', `0X${DEV_SECRET.toUpperCase()}`],
    ['words in capitals', DEV_PHRASE.toUpperCase()],
    ['words over several lines', `\n  ${DEV_PHRASE.replaceAll(' ', ' \t\n')}  `],
  ])('is the same from %s', async (_, secret) => {
    expect((await createIdentity(secret)).address).toBe(DEV_ADDRESS)
  })

  it('is another one with ed25519', async () => {
    const pair = reference.ed25519PairFromSeed(Buffer.from(DEV_SECRET, 'hex'), true)
    const identity = await createIdentity(DEV_PHRASE, 'ed25519')
    expect(toHex(identity.publicKey)).toBe(toHex(pair.publicKey))
    expect(identity.sign(message)).toEqual(reference.ed25519Sign(message, pair, true))
  })

  it('agrees with the plain JavaScript of util-crypto for any secret', async () => {
    const verify = await loadVerifier()
    await fc.assert(
      fc.asyncProperty(bytes(32), fc.uint8Array({ maxLength: 400 }), async (seed, text) => {
        const sr = await createIdentity(toHex(seed))
        const srPair = reference.sr25519PairFromSeed(seed)
        expect(sr.publicKey).toEqual(srPair.publicKey)
        expect(reference.sr25519Verify(text, sr.sign(text), sr.publicKey)).toBe(true)
        expect(verify('sr25519', text, reference.sr25519Sign(text, srPair), sr.publicKey)).toBe(true)

        const ed = await createIdentity(toHex(seed), 'ed25519')
        expect(ed.sign(text)).toEqual(reference.ed25519Sign(text, reference.ed25519PairFromSeed(seed, true), true))
        expect(ed.address).toBe(reference.encodeAddress(ed.publicKey, 42))
      }),
      { numRuns: 40, seed: 20260101 },
    )
  })

  it('keeps its secret to itself when it is printed', async () => {
    const identity = await createIdentity(DEV_PHRASE)
    const shown = `${inspect(identity, { depth: 9, showHidden: true })}${JSON.stringify(identity)}${String(identity)}`
    expect(shown).not.toContain(DEV_SECRET)
    expect(shown).not.toMatch(/250, 199, 149|bottom/)
    expect(JSON.parse(JSON.stringify(identity))).toEqual({ keyType: 'sr25519', address: DEV_ADDRESS })
  })

  it('hands out copies of its mini-secret', async () => {
    const identity = await createIdentity(DEV_PHRASE)
    identity.miniSecret().fill(0)
    expect(toHex(identity.miniSecret())).toBe(DEV_SECRET)
  })
})

describe('a secret that is wrong', () => {
  const words = DEV_PHRASE.split(' ')
  it.each([
    ['nothing', '', /empty/],
    ['blanks', '  \n ', /empty/],
    ['eleven words', words.slice(1).join(' '), /has 11 words/],
    ['one word', 'bottom', /has 1 word;/],
    ['an unknown word', words.with(2, 'ubey').join(' '), /word 3 is not in/],
    ['two unknown words', words.with(2, 'ubey').with(11, 'talk-').join(' '), /words 3, 12 are not in/],
    ['words out of order', [...words.slice(1), words[0]].join(' '), /checksum/],
    ['too little hex', DEV_SECRET.slice(2), /has 62 hex digits/],
    ['too much hex', `0x${DEV_SECRET}00`, /has 66 hex digits/],
    ['something else', `0x${DEV_SECRET.slice(1)}z`, /has 1 word;/],
    ['no text', undefined as unknown as string, /empty/],
  ])('%s is refused with the reason and without the words', async (_, secret, reason) => {
    const error = await createIdentity(secret).catch(e => e)
    expect(error).toMatchObject({ code: 'INPUT_MNEMONIC', message: expect.stringMatching(reason) })
    const told = JSON.stringify(error)
    for (const word of (secret ?? '').split(/\s+/).filter(w => w.length > 3 && w !== 'word')) {
      expect(told).not.toContain(word)
    }
  })

  it('an unknown key type is refused', async () => {
    await expect(createIdentity(DEV_PHRASE, 'ecdsa' as 'sr25519')).rejects.toMatchObject({ code: 'INPUT_OPTION' })
  })
})

describe('verifying', () => {
  it('says no to whatever was changed, and to bytes that are nothing', async () => {
    const verify = await loadVerifier()
    const identity = await createIdentity(DEV_PHRASE)
    const signature = identity.sign(message)
    expect(verify('sr25519', message, signature, identity.publicKey)).toBe(true)
    expect(verify('ed25519', message, signature, identity.publicKey)).toBe(false)
    expect(verify('none' as 'sr25519', message, signature, identity.publicKey)).toBe(false)
    fc.assert(
      fc.property(
        fc.constantFrom('sr25519', 'ed25519'),
        fc.uint8Array({ maxLength: 80 }),
        bytes(32),
        (type, sig, key) => {
          expect(verify(type, message, sig, key)).toBe(false)
          expect(verify(type, message, sig, sig)).toBe(false)
          expect(verify(type, message, signature, key)).toBe(false)
        },
      ),
      { numRuns: 300, seed: 7 },
    )
    for (const point of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      expect(verify('sr25519', message, signature, point)).toBe(false)
      expect(verify('sr25519', message, new Uint8Array(64).fill(0xff), point)).toBe(false)
    }
    // The code still works after all of that.
    expect(verify('sr25519', message, signature, identity.publicKey)).toBe(true)
  })
})

describe('a new mnemonic', () => {
  it.each([12, 24] as const)('has %d words, opens an account, and is never the same', async count => {
    const one = await generateMnemonic(count)
    const two = await generateMnemonic(count)
    expect(one.split(' ')).toHaveLength(count)
    expect(one).not.toBe(two)
    expect((await createIdentity(one)).address).not.toBe((await createIdentity(two)).address)
  })
})

describe('an address', () => {
  it('and its public key say the same, as in util-crypto', () => {
    fc.assert(
      fc.property(bytes(32), key => {
        expect(addressOf(key)).toBe(reference.encodeAddress(key, 42))
        expect(publicKeyOf(addressOf(key))).toEqual(key)
      }),
      { seed: 42 },
    )
  })

  it.each([
    ['nothing', '', /length/],
    ['a mistyped character', DEV_ADDRESS.replace('Q', 'R'), /checksum/],
    ['a missing character', DEV_ADDRESS.slice(0, -1), /length|checksum/],
    ['a character base58 lacks', DEV_ADDRESS.replace('Q', '0'), /base58/],
    ['another chain', reference.encodeAddress(publicKeyOf(DEV_ADDRESS), 0), /prefix is 0/],
    ['a chain with a two-byte prefix', reference.encodeAddress(publicKeyOf(DEV_ADDRESS), 255), /length/],
    ['a novel', 'A'.repeat(100_000), /too long/],
  ])('%s is refused', (_, address, reason) => {
    expect(() => publicKeyOf(address)).toThrow(expect.objectContaining({ code: 'INPUT_KEY' }))
    expect(() => publicKeyOf(address)).toThrow(reason)
  })

  it('is made of 32 bytes only', () => {
    expect(() => addressOf(new Uint8Array(31))).toThrow(/31/)
  })
})
