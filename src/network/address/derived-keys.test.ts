import { describe, expect, it } from '@jest/globals'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'

import { fromHex, toHex } from '../../core/hex.js'
import {
  deriveKey,
  deriveMachineSeed,
  deriveNetworkSeed,
  deriveWireguardKey,
  firstUsableSeed,
  type KeyPurpose,
} from './derived-keys.js'

const secret = new Uint8Array(32).fill(7)
const origin = { secret, twinId: 7, network: 'hellotest', nodeId: 168 }

describe('HKDF with SHA-256', () => {
  // RFC 5869, appendix A.1 to A.3
  it.each([
    [
      '0b'.repeat(22),
      '000102030405060708090a0b0c',
      'f0f1f2f3f4f5f6f7f8f9',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      counting(0x00, 80),
      counting(0x60, 80),
      counting(0xb0, 80),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    ['0b'.repeat(22), '', '', '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'],
  ])('of %s with salt %p and info %p', (ikm, salt, info, okm) => {
    expect(toHex(hkdf(sha256, fromHex(ikm), fromHex(salt), fromHex(info), okm.length / 2))).toBe(okm)
  })
})

describe('a derived key', () => {
  // Networks that run were made with these: they must never change.
  it('is the same for ever', () => {
    expect(toHex(deriveKey({ ...origin, purpose: 'wireguard-node' }, 32))).toMatchInlineSnapshot(
      `"5ae6695d45531a85e4bc8a4a9f6b6688c0700aabcd7b1671938db04675aacd87"`,
    )
    expect(toHex(deriveNetworkSeed(origin))).toMatchInlineSnapshot(
      `"51c6a101e6a1a760281f6ef2ebc673519cac14ba0a3432abe0bd7b9be8f2b72a"`,
    )
    expect(toHex(deriveMachineSeed({ ...origin, name: 'testvmMY' }))).toMatchInlineSnapshot(`"06ccc65e71ee"`)
  })

  it('is what RFC 5869 gives for the origin, each part with its length in front', () => {
    const info = fromHex(
      [
        ['01', '00000010', Buffer.from('mycelium-machine').toString('hex')],
        ['01', '00000001', Buffer.from('7').toString('hex')],
        ['01', '00000009', Buffer.from('hellotest').toString('hex')],
        ['01', '00000003', Buffer.from('168').toString('hex')],
        ['01', '00000002', Buffer.from('vm').toString('hex')],
      ]
        .flat()
        .join(''),
    )
    const expected = hkdf(sha256, secret, Buffer.from('hyphae derived keys 1'), info, 32)
    expect(deriveKey({ ...origin, purpose: 'mycelium-machine', name: 'vm' }, 32)).toEqual(expected)
  })

  it('differs as soon as anything of its origin does', () => {
    const keys = [
      origin,
      { ...origin, secret: new Uint8Array(32).fill(8) },
      { ...origin, twinId: 8 },
      { ...origin, network: 'hellotesu' },
      { ...origin, nodeId: 169 },
      { secret, twinId: 7, network: 'hellotest' },
      { ...origin, name: '' },
      { ...origin, name: '168' },
      { secret, twinId: 7, network: 'hellotest', name: '168' },
      { secret, twinId: 7, network: 'hellotest168', nodeId: 1 },
      { secret, twinId: 71, network: 'hellotest', nodeId: 68 },
    ].map(each => toHex(deriveKey({ ...each, purpose: 'wireguard-node' }, 32)))
    const purposes: KeyPurpose[] = ['wireguard-access', 'wireguard-port', 'mycelium-network', 'mycelium-machine']
    keys.push(...purposes.map(purpose => toHex(deriveKey({ ...origin, purpose }, 32))))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('of two different origins is never the same', () => {
    const origins = fc.record(
      {
        twinId: fc.nat(20),
        network: fc.string({ maxLength: 3 }),
        nodeId: fc.nat(20),
        name: fc.string({ maxLength: 3 }),
      },
      { requiredKeys: ['twinId', 'network'] },
    )
    fc.assert(
      fc.property(origins, origins, (a, b) => {
        const [x, y] = [a, b].map(each => toHex(deriveKey({ secret, purpose: 'wireguard-node', ...each }, 32)))
        expect(x === y).toBe(key(a) === key(b))
      }),
      { seed: 30, numRuns: 500 },
    )
    function key({
      twinId,
      network,
      nodeId,
      name,
    }: {
      twinId: number
      network: string
      nodeId?: number
      name?: string
    }) {
      return JSON.stringify([twinId, network, nodeId ?? null, name ?? null])
    }
  })

  it.each([
    ['a short secret', { ...origin, secret: new Uint8Array(8) }, 32, 'INPUT_KEY'],
    ['half a twin', { ...origin, twinId: 0.5 }, 32, 'INPUT_OPTION'],
    ['a negative node', { ...origin, nodeId: -1 }, 32, 'INPUT_OPTION'],
    ['no length', origin, 0, 'INPUT_OPTION'],
    ['too much length', origin, 8161, 'INPUT_OPTION'],
  ])('of %s is refused, and tells nothing of the secret', (_, from, length, code) => {
    try {
      deriveKey({ ...from, purpose: 'wireguard-node' }, length)
      throw new Error('accepted')
    } catch (error) {
      expect(error).toMatchObject({ code })
      expect(JSON.stringify(error)).not.toMatch(/7,7|0707/)
    }
  })

  it('for WireGuard has 32 bytes', () => {
    expect(deriveWireguardKey({ ...origin, purpose: 'wireguard-access', name: '10.249.3.0/24' })).toHaveLength(32)
  })
})

describe('a derived seed', () => {
  it('is one that nodes take', () => {
    expect(firstUsableSeed(fromHex('000000000000ffffffffffff0000000000010203'), 6)).toEqual(fromHex('000000000001'))
    expect(() => firstUsableSeed(fromHex('000000000000ffffffffffff'), 6)).toThrow(
      expect.objectContaining({ code: 'INPUT_SEED' }),
    )
  })

  it('begins as the key of its purpose does', () => {
    expect(deriveNetworkSeed(origin)).toEqual(deriveKey({ ...origin, purpose: 'mycelium-network' }, 32))
    expect(deriveMachineSeed({ ...origin, name: 'vm' })).toEqual(
      deriveKey({ ...origin, purpose: 'mycelium-machine', name: 'vm' }, 6),
    )
  })
})

function counting(first: number, length: number): string {
  return toHex(Uint8Array.from({ length }, (_, i) => first + i))
}
