/** Every right-hand side here was produced by running the Go function named in the title. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { canonicalHex } from './hex.js'
import { splitHostPort } from './host-port.js'
import { canonicalCidr, canonicalIp, isLoopback, parseIp } from './ip.js'
import { quoteRune, quoteText } from './quote.js'
import { rfc3339Seconds } from './time.js'
import { parseUrl } from './url.js'

const messageOf = (action: () => unknown): unknown => {
  try {
    return action()
  } catch (error) {
    return (error as Error).message
  }
}

describe('net.ParseIP and IP.String', () => {
  it.each([
    ['10.20.2.5', '10.20.2.5'],
    ['FE80::1', 'fe80::1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['0:0:0:0:0:FFFF:102:304', '1.2.3.4'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['0:0:1:0:0:0:1:0', '0:0:1::1:0'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::', '::'],
    ['::ffff:0:0', '0.0.0.0'],
    ['', ''],
  ])('%s becomes %s', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical)
  })

  it.each([
    '1.2.3',
    '010.1.1.1',
    '256.1.1.1',
    '1.2.3.4.5',
    'fe80::1%eth0',
    '::1:2:3:4:5:6:7:8',
    ':::',
    '1::2::3',
    ':1::2',
    '1:2:3:4:5:6:7',
    '::1.2.3.04',
    '1.2.3.4::',
    'g::1',
    '12345::',
    ' 1.2.3.4',
    'x',
  ])('%j is no address', text => {
    expect(messageOf(() => canonicalIp(text))).toBe(`invalid IP address: ${text}`)
  })

  it('knows loopback addresses in every form', () => {
    const loopback = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']
    expect(loopback.map(text => isLoopback(parseIp(text) as Uint8Array))).toEqual([true, true, true, true])
    expect(['1.1.1.1', '::2', '1::1'].map(text => isLoopback(parseIp(text) as Uint8Array))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('prints what reads as the same address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), text => {
        const canonical = canonicalIp(text)
        expect(canonicalIp(canonical)).toBe(canonical)
      }),
    )
  })
})

describe('net.ParseCIDR and IPNet.String, host bits kept', () => {
  it.each([
    ['10.20.0.9/16', '10.20.0.9/16'],
    ['10.20.2.0/016', '10.20.2.0/16'],
    ['FE80::0:1/064', 'fe80::1/64'],
    ['::ffff:10.1.2.3/120', '10.1.2.3/24'],
    ['::ffff:10.1.2.3/97', '10.1.2.3/1'],
    ['::ffff:10.1.2.3/90', '10.1.2.3/0'],
    ['::/0', '::/0'],
    ['1.2.3.4/0', '1.2.3.4/0'],
    ['', ''],
  ])('%s becomes %s', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical)
  })

  it.each([
    '10.20.2.5',
    '10.20.2.5/',
    '10.20.2.5/33',
    'fe80::1/129',
    '10.20.2.5/+1',
    '10.20.2.5/ 4',
    '10.0.0.0/24/24',
    '010.0.0.0/8',
    'fe80::1%eth0/64',
    '/24',
    '1.1.1.1/99999999999',
  ])('%j is no CIDR', text => {
    expect(messageOf(() => canonicalCidr(text))).toBe(`invalid CIDR address: ${text}`)
  })
})

describe('hex.DecodeString', () => {
  it.each([
    ['0011CCff', '0011ccff'],
    ['', ''],
    ['abc', 'encoding/hex: odd length hex string'],
    ['zz', `encoding/hex: invalid byte: U+007A 'z'`],
    ['abx', `encoding/hex: invalid byte: U+0078 'x'`],
    ['0x11', `encoding/hex: invalid byte: U+0078 'x'`],
    ['é', `encoding/hex: invalid byte: U+00C3 'Ã'`],
    [' 0', `encoding/hex: invalid byte: U+0020 ' '`],
    ['\n0', 'encoding/hex: invalid byte: U+000A'],
  ])('%j gives %s', (text, expected) => {
    expect(messageOf(() => canonicalHex(text))).toBe(expected)
  })
})

describe('url.Parse', () => {
  it.each([
    ['http://10.20.2.5:80', 'http', '10.20.2.5'],
    ['HTTP://u:p@1.1.1.1/a?b#c', 'http', '1.1.1.1'],
    ['http://[2001:db8::1]:200', 'http', '2001:db8::1'],
    ['http://[fe80::1%25en0]:1', 'http', 'fe80::1%en0'],
    ['http://1.1.1.1:80:80', 'http', '1.1.1.1:80'],
    ['redis:x', 'redis', ''],
    ['10.20.2.5', '', ''],
    ['//h/x', '', 'h'],
    ['///h', '', ''],
    ['*', '', ''],
    ['', '', ''],
  ])('%s has scheme %j and host name %j', (text, scheme, hostname) => {
    expect(parseUrl(text)).toEqual({ ok: true, scheme, hostname })
  })

  it.each([
    ['10.20.2.5:443', 'parse "10.20.2.5:443": first path segment in URL cannot contain colon'],
    [':x', 'parse ":x": missing protocol scheme'],
    ['http://a b', 'parse "http://a b": invalid character " " in host name'],
    ['http://1.1.1.1:x', 'parse "http://1.1.1.1:x": invalid port ":x" after host'],
    ['http://%zz', 'parse "http://%zz": invalid URL escape "%zz"'],
    ['http://%41', 'parse "http://%41": invalid URL escape "%41"'],
    ['http://1.1.1.1/%zz', 'parse "http://1.1.1.1/%zz": invalid URL escape "%zz"'],
    ['http://h#%zz', 'parse "http://h#%zz": invalid URL escape "%zz"'],
    ['%"é', 'parse "%\\"é": invalid URL escape "%\\"\\xc3"'],
    ['http://[::1', `parse "http://[::1": missing ']' in host`],
    ['http://[1.1.1.1]', 'parse "http://[1.1.1.1]": invalid IP-literal'],
    ['http://a[::1]', 'parse "http://a[::1]": invalid IP-literal'],
    ['http://a@b@c d', 'parse "http://a@b@c d": invalid character " " in host name'],
    ['http://a b@c', 'parse "http://a b@c": net/url: invalid userinfo'],
    ['http://a\n', 'parse "http://a\\n": net/url: invalid control character in URL'],
  ])('%j is refused', (text, message) => {
    expect(parseUrl(text)).toEqual({ ok: false, message })
  })
})

describe('net.SplitHostPort', () => {
  it.each([
    ['1.1.1.1:80', { ok: true, host: '1.1.1.1', port: '80' }],
    ['[::1]:80', { ok: true, host: '::1', port: '80' }],
    [':', { ok: true, host: '', port: '' }],
    ['', { ok: false, message: 'missing port in address' }],
    ['1.1.1.1', { ok: false, message: 'address 1.1.1.1: missing port in address' }],
    ['::1', { ok: false, message: 'address ::1: too many colons in address' }],
    ['[::1', { ok: false, message: `address [::1: missing ']' in address` }],
    ['[::1]', { ok: false, message: 'address [::1]: missing port in address' }],
    ['[::1]:80:80', { ok: false, message: 'address [::1]:80:80: too many colons in address' }],
    ['a[:80', { ok: false, message: `address a[:80: unexpected '[' in address` }],
    ['a]:80', { ok: false, message: `address a]:80: unexpected ']' in address` }],
  ])('%j', (text, expected) => {
    expect(splitHostPort(text)).toEqual(expected)
  })
})

describe('time.Time from JSON', () => {
  it.each<[string, bigint | undefined]>([
    ['2021-07-16T00:00:00Z', 1626393600n],
    ['2021-07-16T00:00:00.123+02:00', 1626386400n],
    ['2020-02-29T12:00:00-23:59', 1583063940n],
    ['0000-01-01T00:00:00Z', -62167219200n],
    ['9999-12-31T23:59:59Z', 253402300799n],
    ['1969-12-31T23:59:59.9Z', -1n],
    ['2021-07-16T0:00:00Z', 1626393600n],
    ['2021-07-16T00:00:00,5Z', 1626393600n],
    ['2021-07-16T00:00:00+24:00', 1626307200n],
    ['2021-02-29T00:00:00Z', undefined],
    ['2021-07-16T24:00:00Z', undefined],
    ['2021-07-16T23:59:60Z', undefined],
    ['2021-07-16t00:00:00z', undefined],
    ['2021-07-16', undefined],
    ['2021-13-01T00:00:00Z', undefined],
  ])('%s is %s', (text, seconds) => {
    expect(rfc3339Seconds(text)).toBe(seconds)
  })
})

describe('%q and %#U', () => {
  it('quote as Go does', () => {
    expect(quoteText('a"\\\n\x00\x7fé\u00a0\u200b😀')).toBe('"a\\"\\\\\\n\\x00\\x7fé\\u00a0\\u200b😀"')
    expect(quoteRune(0x67)).toBe(`U+0067 'g'`)
    expect(quoteRune(0x0a)).toBe('U+000A')
  })
})
