import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { deviceId, fullNodeDevices, macFrom, macText, networkId } from '../../address/index.js'
import { checkInterfaceName, interfaceName, nodeMac, qsfsNamespaceName, zdbNamespaceName } from './device-names.js'

const NODE = 'A34YUGenHKyhjDMAUKZe4cVDtJM2wQ4n4XRkfGUUEYdy'

function refusal(reason: string) {
  return expect.objectContaining({ code: 'NODE_NET_NAME', details: expect.objectContaining({ reason }) })
}

// node-network.md §2.2: three vectors of the Go node, and what an independent port that reproduces them gives.
describe('names and hardware addresses of the Go node', () => {
  it.each([
    [12, networkId(1, 'mynet'), '2gD4nhwZyigBh'],
    [12, fullNodeDevices(networkId(1, 'mynet')).namespace, 'n-2gD4nhwZyigBh'],
    [13, networkId(12, 'default'), 'RQcSKX9CWk1cM'],
    [14, deviceId('1-100-vm', 'mynet'), 'Re8rWQPe6VzP9'],
    [14, macText(macFrom('Re8rWQPe6VzP9')), 'fe:a5:d7:24:da:6b'],
    [15, deviceId('1-100-ip', 'pub'), '5D4Fvz53a3r4N'],
    [15, macText(macFrom('5D4Fvz53a3r4N')), '1a:8d:03:13:2d:3d'],
    [16, macText(macFrom('')), 'd6:1d:8c:d9:8f:00'],
    [16, macText(macFrom(Uint8Array.of(0x42))), '9e:5e:d6:78:fe:57'],
    [17, macText(macFrom(NODE)), '8a:d3:36:10:7e:e9'],
    [18, nodeMac(NODE, '-ndmz4'), 'c6:f1:92:20:6e:95'],
    [18, nodeMac(NODE, '-ndmz6'), '6a:e0:43:10:58:5e'],
    [18, nodeMac(NODE, '-public'), '32:ee:af:8f:64:a6'],
    [19, macText(macFrom('x1')), 'be:9a:c2:da:09:ee'],
    [20, zdbNamespaceName('zdb1'), 'zdb-ns-aec63f4eaae7'],
  ])('case %i: %s', (_, name, expected) => {
    expect(name).toBe(expected)
  })

  it('case 21: a name that does not fit an interface is refused', () => {
    expect(interfaceName('b-', '2gD4nhwZyigBh')).toBe('b-2gD4nhwZyigBh')
    expect(() => interfaceName('b-', 'abcdefghijklmn')).toThrow(refusal('name-too-long'))
  })

  it('tell a namespace of one kind from that of another', () => {
    expect(qsfsNamespaceName('zdb1')).toMatch(/^qfs-ns-[0-9a-f]{12}$/)
    expect(qsfsNamespaceName('zdb1').slice(7)).not.toBe(zdbNamespaceName('zdb1').slice(7))
  })

  it('cannot be derived from nothing', () => {
    expect(() => nodeMac('', '-public')).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
    expect(() => interfaceName('b-', '')).toThrow(refusal('characters'))
    expect(() => interfaceName('b-', 'a b')).toThrow(refusal('characters'))
  })
})

describe('a name that somebody gives', () => {
  it.each(['eth0', 'enp3s0f0np0', 'eth0.304', 'br_lan', 'wlan+0', 'b-2gD4nhwZyigBh'])('%s is taken as it is', name => {
    expect(checkInterfaceName(name)).toBe(name)
  })

  it.each([
    '',
    '.',
    '..',
    'all',
    'default',
    'root',
    'a b',
    'a"b',
    "a'b",
    'a/b',
    'a\nb',
    'a:b',
    'a\0',
    'ä',
    '-a',
    'eth%d',
    'b-*',
    'a@b',
    'a=b',
    'a~b',
    'a;b',
    'a{b',
    'a$b',
    '#a',
    'a\\b',
    'a\tb',
    'abcdefghijklmnop',
  ])('%p is refused', name => {
    expect(() => checkInterfaceName(name, 'the uplink')).toThrow(
      expect.objectContaining({ code: 'NODE_NET_NAME', message: expect.stringMatching(/^the uplink "/) }),
    )
  })

  it.each([undefined, null, 5, {}])('%p is refused', name => {
    expect(() => checkInterfaceName(name as unknown as string)).toThrow(refusal('characters'))
  })
})

describe('whatever they are derived from', () => {
  it('names fit an interface, and hardware addresses are local and unicast', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.nat(),
        fc.constantFrom('b-', 'n-', 'm-', 'w-'),
        (text, twin, prefix) => {
          const name = interfaceName(prefix, networkId(twin, text))
          expect(name).toMatch(/^[A-Za-z0-9-]{3,15}$/)
          expect(interfaceName(prefix, networkId(twin, text))).toBe(name)
          expect(zdbNamespaceName(text)).toMatch(/^zdb-ns-[0-9a-f]{12}$/)

          const mac = nodeMac(text, '-public')
          expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(2)
          expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
          expect(nodeMac(text, '-public')).toBe(mac)
        },
      ),
    )
  })

  it('a name is either what an interface may have, or refused with a typed error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => {
        try {
          expect(checkInterfaceName(name)).toMatch(/^[\w.+-]{1,15}$/)
        } catch (error) {
          expect(error).toMatchObject({ code: 'NODE_NET_NAME' })
        }
      }),
    )
  })
})
