import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { parseUserConfig, userConfig } from './user-config.js'
import { wireguardKeysFrom } from './wireguard-keys.js'

const person = wireguardKeysFrom(new Uint8Array(32).fill(1))
const node = wireguardKeysFrom(new Uint8Array(32).fill(2))
const input = {
  privateKey: person.privateKey,
  subnet: '10.249.3.0/24',
  ipRange: '10.249.0.0/16',
  peerPublicKey: node.publicKey,
  endpoint: '185.206.122.31:5566',
}

describe('a person’s WireGuard configuration', () => {
  it('is what wg-quick takes', () => {
    expect(userConfig(input)).toBe(`[Interface]
Address = 100.64.249.3/32
PrivateKey = ${person.privateKey}

[Peer]
PublicKey = ${node.publicKey}
AllowedIPs = 10.249.0.0/16, 100.64.249.0/32
PersistentKeepalive = 25
Endpoint = 185.206.122.31:5566
`)
  })

  it('is read as it was written', () => {
    const config = parseUserConfig(userConfig({ ...input, endpoint: '[2a02::1]:1024' }))
    expect(config).toEqual({
      address: '100.64.249.3/32',
      privateKey: expect.anything(),
      publicKey: node.publicKey,
      allowedIps: ['10.249.0.0/16', '100.64.249.0/32'],
      keepaliveSeconds: 25,
      endpoint: '[2a02::1]:1024',
    })
    expect(config.privateKey.reveal()).toBe(person.privateKey)
    expect(JSON.stringify(config)).not.toContain(person.privateKey)
  })

  it('is read as people write it too', () => {
    const text = `# mine\r\n[interface]\r\naddress=100.64.249.3/32 # here\r\nPRIVATEKEY=${person.privateKey}\r\n[PEER]
PublicKey=${node.publicKey}\nAllowedIPs=10.249.0.0/16,100.64.0.0/16\nEndpoint=1.2.3.4:5\n`
    expect(parseUserConfig(text)).toMatchObject({ allowedIps: ['10.249.0.0/16', '100.64.0.0/16'], keepaliveSeconds: 0 })
  })

  it.each([
    ['a key that is none', { privateKey: 'secret-but-malformed' }, 'INPUT_KEY'],
    ['a node’s key that is none', { peerPublicKey: '' }, 'INPUT_KEY'],
    ['a subnet that is no /24', { subnet: '10.249.0.0/16' }, 'NETWORK_RANGE'],
    ['a subnet elsewhere', { subnet: '10.250.3.0/24' }, 'NETWORK_RANGE'],
    ['a range that is no /16', { ipRange: '10.249.0.0/24' }, 'NETWORK_RANGE'],
    ['nowhere to dial', { endpoint: '' }, 'INPUT_IP'],
    ['a second line in a value', { endpoint: '1.2.3.4:5\nPostUp = reboot' }, 'INPUT_IP'],
  ])('is not written with %s', (_, wrong, code) => {
    try {
      userConfig({ ...input, ...wrong })
      throw new Error('written')
    } catch (error) {
      expect(error).toMatchObject({ code })
      expect(JSON.stringify(error)).not.toMatch(/secret-but-malformed/)
      expect(JSON.stringify(error)).not.toContain(person.privateKey)
    }
  })

  it.each([
    ['nothing', ''],
    ['no section', 'Address = 1.2.3.4/32'],
    ['a section twice', `${userConfig(input)}[Peer]\n`],
    ['a value twice', userConfig(input).replace('[Peer]', 'Address = 1.2.3.4/32\n[Peer]')],
    ['no peer', userConfig(input).split('[Peer]')[0] as string],
    ['a line without a value', userConfig(input).replace('Endpoint =', 'Endpoint')],
    ['too much', 'x'.repeat(100_000)],
    ['an endless keepalive', userConfig(input).replace('= 25', '= 1e99')],
  ])('is not read from %s', (_, text) => {
    expect(() => parseUserConfig(text)).toThrow(expect.objectContaining({ code: 'INPUT_FILE' }))
  })

  it('damaged anywhere gives a typed error without the key, or another configuration', () => {
    const text = userConfig(input)
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 5 }), (at, removed, added) => {
        const damaged = text.slice(0, at) + added + text.slice(at + removed)
        try {
          parseUserConfig(damaged)
        } catch (error) {
          expect((error as { code: string }).code).toBe('INPUT_FILE')
          expect(JSON.stringify(error)).not.toContain(person.privateKey.slice(0, 12))
        }
      }),
      { seed: 50, numRuns: 2000 },
    )
  })
})
