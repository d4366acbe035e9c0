import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex, toHex } from '../../core/hex.js'
import { contains, parseCidr } from './cidr.js'
import { parseIp } from './ip.js'
import {
  deriveMycelium,
  machineAddress,
  machineAddressBehind,
  myceliumAddress,
  myceliumGateway,
  myceliumPublicKey,
  myceliumSubnet,
  nodeAddress,
} from './mycelium.js'
import {
  checkMachineSeed,
  checkNetworkSeed,
  generateMachineSeed,
  generateNetworkSeed,
  parseMachineSeed,
  parseNetworkSeed,
} from './mycelium-seed.js'

interface Vectors {
  readonly nodes: readonly { secret: string; publicKey: string; address: string; subnet: string }[]
  readonly vms: readonly { networkSecret: string; seed: string; ip: string; gateway: string }[]
  readonly refusedSeeds: readonly string[]
}

const vectors = JSON.parse(readFileSync('test/vectors/mycelium.json', 'utf8')) as Vectors
const DOCUMENTED_KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

describe('a Mycelium key', () => {
  it.each(vectors.nodes)('$secret is at $address', ({ secret, publicKey, address, subnet }) => {
    expect(toHex(myceliumPublicKey(fromHex(secret)))).toBe(publicKey)
    expect(myceliumAddress(fromHex(publicKey))).toBe(address)
    expect(nodeAddress(fromHex(secret))).toBe(address)
    expect(myceliumSubnet(address)).toBe(subnet)
    expect(deriveMycelium({ key: secret })).toEqual({
      publicKey,
      address,
      subnet,
      gateway: subnet.replace('/64', '1'),
    })
  })

  // Public keys of the daemon's documentation; the addresses printed beside them there are of an older hash.
  it.each([
    ['a47c1d6f2a15b2c670d3a88fbe0aeb301ced12f7bcb4c8e3aa877b20f8559c02', '548:c783:d7ce:74a3:9ba1:a0cb:ae21:338d'],
    ['955bf6bea5e1150fd8e270c12e5b2fc08f08f7c5f3799d10550096cc137d671b', '514:74ce:dd13:296f:ada7:4d2e:9335:acac'],
    ['bb39b4a3a4efd70f3e05e37887677e02efbda14681d0acd3882bc0f754792c32', '57f:ad8b:cfa2:e46a:adb7:fe0d:4878:1f71'],
    ['abd16194646defe7ad2318a0f0a69eb2e3fe939c3b0b51cf0bb88bb8028ecd1d', '597:d890:a254:dd45:2bc6:9a47:40d5:ed83'],
  ])('with the public key %s is at %s', (publicKey, address) => {
    expect(myceliumAddress(fromHex(publicKey))).toBe(address)
  })

  it.each([0, 31, 33, 64])('of %i bytes is refused', length => {
    for (const derive of [myceliumPublicKey, myceliumAddress, nodeAddress]) {
      expect(() => derive(new Uint8Array(length))).toThrow(expect.objectContaining({ code: 'INPUT_KEY' }))
    }
  })

  it.each(['', 'zz', `${DOCUMENTED_KEY}00`, DOCUMENTED_KEY.slice(2), DOCUMENTED_KEY.replace('0', 'g')])(
    'written %p is refused, and not repeated',
    key => {
      try {
        deriveMycelium({ key })
        throw new Error('accepted')
      } catch (error) {
        expect(error).toMatchObject({ code: 'INPUT_HEX' })
        if (key !== '') expect(JSON.stringify(error)).not.toContain(key)
      }
    },
  )

  it('reads the same in either case', () => {
    expect(deriveMycelium({ key: DOCUMENTED_KEY.toUpperCase() })).toEqual(deriveMycelium({ key: DOCUMENTED_KEY }))
  })
})

describe('a machine', () => {
  it.each(vectors.vms)('with seed $seed is at $ip', ({ networkSecret, seed, ip, gateway }) => {
    expect(machineAddress(fromHex(networkSecret), fromHex(seed))).toBe(ip)
    expect(deriveMycelium({ key: networkSecret, seed })).toMatchObject({ machine: ip, gateway })
  })

  // Source: threefoldtech/zosbase pkg/network/nr/net_resource_test.go
  it('is where the node puts it', () => {
    const node = '3b4:ca67:822d:b0c1:5d6f:c647:1ed8:6ced'
    expect(myceliumSubnet(node)).toBe('3b4:ca67:822d:b0c1::/64')
    expect(myceliumGateway(node)).toBe('3b4:ca67:822d:b0c1::1')
    expect(machineAddressBehind(node, fromHex('001122334455'))).toBe('3b4:ca67:822d:b0c1:ff0f:11:2233:4455')
  })

  it('is always in the /64 of its network, in 400::/7, and never the gateway', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const seed = fc.uint8Array({ minLength: 6, maxLength: 6 }).filter(s => !isRefused(s))
    fc.assert(
      fc.property(key, seed, (secret, bytes) => {
        const { address, subnet, gateway, machine } = deriveMycelium({ key: secret, seed: bytes })
        for (const ip of [address, gateway, machine as string]) {
          expect(contains(parseCidr(subnet), parseIp(ip))).toBe(true)
          expect(contains(parseCidr('400::/7'), parseIp(ip))).toBe(true)
        }
        expect(machine).not.toBe(gateway)
        expect(machineAddress(secret, bytes)).toBe(machine)
      }),
      { seed: 1, numRuns: 25 },
    )
  })

  it.each(vectors.refusedSeeds)('with seed %s is refused', seed => {
    expect(() => deriveMycelium({ key: DOCUMENTED_KEY, seed })).toThrow(expect.objectContaining({ code: 'INPUT_SEED' }))
    expect(() => parseMachineSeed(seed)).toThrow(expect.objectContaining({ code: 'INPUT_SEED' }))
  })

  it.each([0, 5, 7, 12])('with a seed of %i bytes is refused', length => {
    expect(() => machineAddress(fromHex(DOCUMENTED_KEY), new Uint8Array(length).fill(1))).toThrow(
      expect.objectContaining({ code: 'INPUT_SEED' }),
    )
  })
})

describe('a seed in a model', () => {
  it('has the right number of digits', () => {
    expect(toHex(parseMachineSeed('1E1404279b3d'))).toBe('1e1404279b3d')
    expect(toHex(parseNetworkSeed(DOCUMENTED_KEY))).toBe(DOCUMENTED_KEY)
    for (const text of ['', '1e1404', DOCUMENTED_KEY, '1e1404279b3', 'hello world!']) {
      expect(() => parseMachineSeed(text)).toThrow(expect.objectContaining({ code: 'INPUT_HEX' }))
    }
    expect(() => parseNetworkSeed('1e1404279b3d')).toThrow(expect.objectContaining({ code: 'INPUT_HEX' }))
  })

  it('is no value that everybody guesses', () => {
    for (const byte of [0x00, 0xff]) {
      expect(() => checkNetworkSeed(new Uint8Array(32).fill(byte))).toThrow(/all 00 or all ff/)
      expect(() => checkMachineSeed(new Uint8Array(6).fill(byte))).toThrow(/all 00 or all ff/)
    }
    expect(() => checkNetworkSeed(new Uint8Array(32).fill(1))).not.toThrow()
  })

  it('drawn from the system is accepted, and never the same', () => {
    const seeds = Array.from({ length: 200 }, generateMachineSeed)
    expect(new Set(seeds).size).toBe(seeds.length)
    for (const seed of seeds) expect(toHex(parseMachineSeed(seed))).toBe(seed)
    expect(toHex(parseNetworkSeed(generateNetworkSeed()))).toMatch(/^[0-9a-f]{64}$/)
  })
})

function isRefused(seed: Uint8Array): boolean {
  return seed.every(b => b === 0) || seed.every(b => b === 0xff)
}
