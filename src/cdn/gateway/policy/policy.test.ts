import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { AddressPolicy } from './address-policy.js'
import { contains, parseCidr } from './cidr.js'

const port = 9900
const refusal = (host: string, policy = new AddressPolicy()) => policy.refusal({ host, port })

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.0.1',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2001:0:1:2:3:4:80ff:fffe',
    'not an address',
    '',
    '1.2.3',
    '0x7f.1',
    '2130706433',
    '127.1',
  ])('%s is not connected to', host => {
    expect(refusal(host)).toBeDefined()
  })

  it.each([
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '169.253.0.1',
    '11.0.0.1',
    '2a01:4f8::1',
    '400::1',
    '5a2:1::9',
    '::ffff:8.8.8.8',
    '2002:808:808::1',
    '64:ff9b::808:808',
  ])('%s is', host => {
    expect(refusal(host)).toBeUndefined()
  })

  it('are connected to when their range is allowed, and then only those', () => {
    const policy = new AddressPolicy({ allow: ['127.0.0.0/8', 'fd00::/8'] })
    expect(refusal('127.0.0.1', policy)).toBeUndefined()
    expect(refusal('::ffff:127.0.0.1', policy)).toBeUndefined()
    expect(refusal('fd12::1', policy)).toBeUndefined()
    expect(refusal('10.0.0.1', policy)).toBe('private')
    expect(refusal('1.1.1.1', policy)).toBeUndefined()
    const only = new AddressPolicy({ only: ['10.0.0.0/8'] })
    expect(refusal('10.0.0.1', only)).toBeUndefined()
    expect(refusal('1.1.1.1', only)).toBeDefined()
    expect(only.refusal({ host: '10.0.0.1', port: 0 })).toBe('port 0')
    expect(() => only.check({ host: '1.1.1.1', port })).toThrow(expect.objectContaining({ code: 'CDN_PLACE' }))
  })
})

describe('ranges', () => {
  it.each(['', '10.0.0.0/33', '10.0.0.1/8', 'fe80::/129', '10.0.0/8', 'localhost', '::/x', '1.2.3.4/-1'])(
    '%j is none',
    text => {
      expect(() => parseCidr(text)).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
    },
  )

  it('contain what has their prefix', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 32 }),
        fc.nat(31),
        (bytes, bits, flip) => {
          const value = new DataView(bytes.buffer).getUint32(0)
          const network = bits === 0 ? 0 : (value & (0xffffffff << (32 - bits))) >>> 0
          const text = [24, 16, 8, 0].map(shift => (network >>> shift) & 0xff).join('.')
          const range = parseCidr(`${text}/${bits}`)
          expect(contains(range, bytes)).toBe(true)
          const other = bytes.slice()
          other[flip >> 3] = (other[flip >> 3] as number) ^ (0x80 >> (flip & 7))
          expect(contains(range, other)).toBe(flip >= bits)
        },
      ),
    )
  })
})
