import { isIP } from 'node:net'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { canonicalIp, formatIp, isIp, parseIp } from './ip.js'
import { formatIpv4, isIpv4, parseIpv4 } from './ipv4.js'
import { formatIpv6, isIpv6, parseIpv6 } from './ipv6.js'

describe('an IPv6 address', () => {
  // RFC 5952, as Go and Rust print it.
  it.each([
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['2001:0DB8:0:0:0:0:0:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:0:0:1:1:0:0:1', '2001::1:1:0:0:1'],
    ['1::2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['FE80::ABCD', 'fe80::abcd'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::FFFF:0a00:0001', '::ffff:10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical)
  })

  it.each([
    ...['', ':', ':::', '1', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8'],
    ...['12345::', 'g::', ' ::1', '::1 ', '::1\n', 'fe80::1%eth0', '[::1]', '::1/64', ':1', '1:', '1::2:', ':1::2'],
    ...[
      '::1.2.3',
      '::1.2.3.256',
      '::01.2.3.4',
      '1.2.3.4::',
      '::1.2.3.4:5',
      '1:2:3:4:5:6:7:1.2.3.4',
      '1.2.3.4',
      '-1::',
      '+1::',
      '0x1::',
    ],
    'f'.repeat(10_000),
    ':'.repeat(10_000),
  ])('is not %p', text => {
    expect(isIpv6(text)).toBe(false)
    expect(() => parseIpv6(text, 'gateway')).toThrow(
      expect.objectContaining({ code: 'INPUT_IP', hint: expect.any(String) }),
    )
  })

  it('is read back from what is written, and written as a browser writes it', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    })
    fc.assert(
      fc.property(groups, numbers => {
        const bytes = Uint8Array.from(numbers.flatMap(n => [n >> 8, n & 0xff]))
        const text = formatIpv6(bytes)
        expect(parseIpv6(text)).toEqual(bytes)
        expect(formatIpv6(parseIpv6(text.toUpperCase()))).toBe(text)
        expect(formatIpv6(parseIpv6(numbers.map(n => n.toString(16).padStart(4, '0')).join(':')))).toBe(text)
        expect(isIP(text)).toBe(6)
        if (!text.includes('.')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`)
      }),
      { seed: 10, numRuns: 2000 },
    )
  })

  it.each([0, 4, 15, 17])('is not made of %i bytes', length => {
    expect(() => formatIpv6(new Uint8Array(length))).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })
})

describe('an IPv4 address', () => {
  it.each(['0.0.0.0', '10.249.2.2', '255.255.255.255', '1.20.199.249'])('%s is read and written', text => {
    expect(formatIpv4(parseIpv4(text))).toBe(text)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.004',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2..4',
    '0x1.2.3.4',
    '1.2.3.-4',
    '１.2.3.4',
  ])('is not %p', text => {
    expect(isIpv4(text)).toBe(false)
    expect(() => parseIpv4(text)).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })

  it('is not made of 16 bytes', () => {
    expect(() => formatIpv4(new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
  })
})

describe('an address of either family', () => {
  it.each([
    ['FE80::0001', 'fe80::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is printed %s by nodes', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical)
  })

  it('is accepted exactly when the runtime accepts it, whatever the text', () => {
    const pieces = fc.constantFrom(...'0123456789abfABF', ':', '::', '.', ':0', ':ffff', '1.2.3.4', '/', '%', ' ', '00')
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 14 }).map(parts => parts.join('')),
      fc.ipV6(),
      fc.ipV4(),
      fc.string(),
    )
    fc.assert(
      fc.property(texts, text => {
        // Zones are the one thing the runtime takes and we refuse.
        expect(isIp(text)).toBe(isIP(text) !== 0 && !text.includes('%'))
        if (isIp(text)) expect(parseIp(canonicalIp(text))).toEqual(parseIp(text))
        else expect(() => parseIp(text)).toThrow(expect.objectContaining({ code: 'INPUT_IP' }))
      }),
      { seed: 11, numRuns: 5000 },
    )
  })

  it('keeps its value as a number', () => {
    expect(parseIp('0.0.1.2')).toEqual({ version: 4, value: 258n })
    expect(formatIp({ version: 6, value: 1n })).toBe('::1')
    expect(formatIp({ version: 4, value: 0xffffffffn })).toBe('255.255.255.255')
  })

  it('shows only the beginning of what it is not', () => {
    try {
      parseIp('x'.repeat(100_000), 'machines[0].ip')
      throw new Error('accepted')
    } catch (error) {
      expect((error as Error).message).toMatch(/^machines\[0\]\.ip "x+" is not an IP address$/)
      expect((error as Error).message.length).toBeLessThan(120)
    }
  })
})
