import { createPrivateKey, createPublicKey } from 'node:crypto'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { chooseEndpoint, chooseListenPort, formatEndpoint, parseEndpoint, routingIp } from './wireguard.js'
import { generateWireguardKeys, parseWireguardKey, wireguardKeysFrom } from './wireguard-keys.js'

describe('a WireGuard key pair', () => {
  it('is what another implementation makes of the same private key', () => {
    for (const fill of [1, 7, 0xff]) {
      const keys = wireguardKeysFrom(new Uint8Array(32).fill(fill))
      expect(keys.publicKey).toBe(publicKeyOf(parseWireguardKey(keys.privateKey)))
    }
  })

  it('has a private key as wg genkey writes it', () => {
    const bytes = parseWireguardKey(wireguardKeysFrom(new Uint8Array(32).fill(0xff)).privateKey)
    expect([bytes[0], bytes[31]]).toEqual([0xf8, 0x7f])
  })

  it('keeps the text that a node has, clamped or not', () => {
    const unclamped = Buffer.from(new Uint8Array(32).fill(0xff)).toString('base64')
    const keys = wireguardKeysFrom(unclamped)
    expect(keys.privateKey).toBe(unclamped)
    expect(keys.publicKey).toBe(wireguardKeysFrom(new Uint8Array(32).fill(0xff)).publicKey)
  })

  it('drawn from the system is never the same', () => {
    const [a, b] = [generateWireguardKeys(), generateWireguardKeys()]
    expect(a.privateKey).not.toBe(b.privateKey)
    expect(a).toEqual(wireguardKeysFrom(a.privateKey))
  })

  // Source of the key: threefoldtech/zosbase pkg/netbase/wireguard/wireguard_test.go
  it('is read strictly', () => {
    const text = 'mR5fBXohKe2MZ6v+GLwlKwrvkFxo1VvV3bPNHDBhOAI='
    expect(parseWireguardKey(text)).toHaveLength(32)
    const wrong = [
      ...['', 'AAAA', text.slice(0, -1), `${text}=`, ` ${text}`, `${text}\n`, text.replace('+', '-')],
      // The same bytes in another text, 31 bytes, 33 bytes.
      ...[text.replace('AI=', 'AJ='), Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')],
    ]
    for (const each of wrong) {
      try {
        wireguardKeysFrom(each)
        throw new Error(`accepted ${each}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'INPUT_KEY' })
        if (each.length > 10) expect(JSON.stringify(error)).not.toContain(each.slice(0, 10))
      }
    }
    expect(() => wireguardKeysFrom(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'INPUT_KEY' }))
  })
})

describe('a routing address', () => {
  it.each([
    ['10.249.2.0/24', '100.64.249.2/32'],
    ['10.3.1.0/24', '100.64.3.1/32'],
    ['10.20.0.0/24', '100.64.20.0/32'],
    ['192.168.255.0/24', '100.64.168.255/32'],
  ])('of %s is %s', (subnet, address) => {
    expect(routingIp(subnet)).toBe(address)
  })

  it.each([
    ['10.249.0.0/16', 'NETWORK_RANGE'],
    ['2a02::/24', 'NETWORK_RANGE'],
    ['10.249.2.0', 'INPUT_CIDR'],
  ])('of %s there is none', (subnet, code) => {
    expect(() => routingIp(subnet)).toThrow(expect.objectContaining({ code }))
  })
})

describe('a listen port', () => {
  const seeds = fc.uint8Array({ minLength: 4, maxLength: 32 })

  it('is the same every time, in range, and never a taken one', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer({ min: 1024, max: 32767 }), { maxLength: 50 }), (seed, others) => {
        const first = chooseListenPort({ seed, taken: [] })
        const taken = [...others, first, first + 1]
        const port = chooseListenPort({ seed, taken })
        expect(port).toBe(chooseListenPort({ seed, taken: [...taken].reverse() }))
        expect(taken).not.toContain(port)
        for (const each of [first, port]) {
          expect(each).toBeGreaterThanOrEqual(1024)
          expect(each).toBeLessThanOrEqual(32767)
        }
      }),
      { seed: 40, numRuns: 500 },
    )
  })

  it('is the last free one when all others are taken, and an error when all are', () => {
    const seed = Uint8Array.of(1, 2, 3, 4)
    const all = Array.from({ length: 32767 - 1024 + 1 }, (_, i) => 1024 + i)
    expect(chooseListenPort({ seed, taken: all.filter(port => port !== 4242) })).toBe(4242)
    expect(() => chooseListenPort({ seed, taken: all })).toThrow(expect.objectContaining({ code: 'NETWORK_FULL' }))
    expect(() => chooseListenPort({ seed: new Uint8Array(3), taken: [] })).toThrow(/at least 4 bytes/)
  })
})

describe('where a node is dialled', () => {
  it.each([
    ['its public IPv4', { publicConfig: { ipv4: '185.206.122.31/24', ipv6: '2a02::1/64' } }, '185.206.122.31'],
    [
      'its public IPv6 when the IPv4 is private',
      { publicConfig: { ipv4: '10.0.0.1/8', ipv6: '2a02::1/64' } },
      '[2a02::1]',
    ],
    [
      'the last public address it has',
      { interfaces: ['8.8.8.8', '2a02::2/64', '192.168.1.5', 'fe80::1'] },
      '[2a02::2]',
    ],
    [
      'that also when the configuration is empty',
      { publicConfig: { ipv4: '', ipv6: '' }, interfaces: ['1.1.1.1/24'] },
      '1.1.1.1',
    ],
    ['nowhere when all it has is private', { publicConfig: {}, interfaces: ['192.168.1.5/24', 'fd00::1'] }, undefined],
    ['nowhere when nothing is known', {}, undefined],
    [
      'nowhere when what is known is garbage',
      { publicConfig: { ipv4: 'x' }, interfaces: ['', '/', '999.1.1.1'] },
      undefined,
    ],
  ])('is %s', (_, facts, host) => {
    expect(chooseEndpoint(facts)).toBe(host)
  })

  it.each([
    ['1.2.3.4', 51820, '1.2.3.4:51820'],
    ['2a02::1', 1024, '[2a02::1]:1024'],
    ['[2a02::1]', 1024, '[2a02::1]:1024'],
  ])('is written: %s and %i give %s', (host, port, text) => {
    expect(formatEndpoint(host, port)).toBe(text)
    expect(formatEndpoint(parseEndpoint(text).host, port)).toBe(text)
  })

  it.each([
    '',
    ':',
    '1.2.3.4',
    '1.2.3.4:',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '1.2.3.4:1.5',
    '2a02::1:1024',
    '[1.2.3.4]:1',
    '[2a02::1]',
    'host:1',
    '[x]:1',
  ])('is not %p', text => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })

  it.each([0, -1, 65536, 1.5, Number.NaN])('has no port %p', port => {
    expect(() => formatEndpoint('1.2.3.4', port)).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
  })
})

function publicKeyOf(privateKey: Uint8Array): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
}
