import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { toHex } from '../../core/hex.js'
import { formatSocketAddress, hostBytes, hostText, parseSocketAddress } from './socket-address.js'

describe('an address', () => {
  it.each([
    ['10.0.0.1', '0a000001', '10.0.0.1'],
    ['::', '00000000000000000000000000000000', '::'],
    ['::1', '00000000000000000000000000000001', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '20010db8000000000000000000000001', '2001:db8::1'],
    ['1:0:0:2::3', '00010000000000020000000000000003', '1:0:0:2::3'],
    ['1::', '00010000000000000000000000000000', '1::'],
    ['1:2:3:4:5:6:7:0', '00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
    ['::1.2.3.4', '00000000000000000000000001020304', '::102:304'],
  ])('%s has bytes and one text', (text, hex, canonical) => {
    const bytes = hostBytes(text)
    expect(bytes && toHex(bytes)).toBe(hex)
    expect(hostText(bytes as Uint8Array)).toBe(canonical)
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '::g',
    'fe80::1%1',
    '[::1]',
    '1:2:3:4:5:6:7',
    '::1]:80/x',
    '0x7f000001',
  ])('is not %j', text => {
    expect(hostBytes(text)).toBeUndefined()
  })

  it('comes back from its text', () => {
    const bytes = fc.constantFrom(4, 16).chain(length => fc.uint8Array({ minLength: length, maxLength: length }))
    fc.assert(fc.property(bytes, one => expect(toHex(hostBytes(hostText(one)) as Uint8Array)).toBe(toHex(one))))
  })

  it.each([
    ['10.0.0.1:9900', { host: '10.0.0.1', port: 9900 }],
    ['[2001:db8::1]:9900', { host: '2001:db8::1', port: 9900 }],
  ])('with its port is %s', (text, address) => {
    expect(parseSocketAddress(text)).toEqual(address)
    expect(formatSocketAddress(address)).toBe(text)
  })

  it.each(['10.0.0.1', '10.0.0.1:', '10.0.0.1:65536', '::1:80', '[10.0.0.1]:80', 'example.org:80', '[::1]80'])(
    'with a port is not %s',
    text => {
      expect(parseSocketAddress(text)).toBeUndefined()
    },
  )
})
