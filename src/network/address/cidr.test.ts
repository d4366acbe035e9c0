import { BlockList } from 'node:net'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { canonicalCidr, contains, formatCidr, hostAt, networkOf, overlaps, parseCidr, subnetsOf } from './cidr.js'
import { formatIp, parseIp } from './ip.js'
import { isPrivate, isPublic } from './special-ranges.js'

describe('a range', () => {
  it.each([
    ['10.249.0.0/16', '10.249.0.0/16'],
    ['10.20.0.9/016', '10.20.0.9/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2A02:0:0::1/064', '2a02::1/64'],
    ['::/0', '::/0'],
    ['::ffff:10.0.0.0/112', '10.0.0.0/16'],
  ])('%s is written %s, host bits kept', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical)
  })

  it.each([
    '',
    '/',
    '10.0.0.0',
    '10.0.0.0/',
    '/16',
    '10.0.0.0/33',
    '10.0.0/16',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0/1.5',
    '10.0.0.0/ 16',
    '10.0.0.0/16/16',
    '10.0.0.0/1e1',
    '::ffff:1.2.3.4/95',
    'x/16',
  ])('is not %p', text => {
    expect(() => parseCidr(text)).toThrow(expect.objectContaining({ code: 'INPUT_CIDR', hint: expect.any(String) }))
  })

  it('never fails but with a typed error', () => {
    const part = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.nat(200).map(String))
    fc.assert(
      fc.property(part, part, (a, b) => {
        const text = `${a}/${b}`
        try {
          expect(parseCidr(formatCidr(parseCidr(text)))).toEqual(parseCidr(text))
        } catch (error) {
          expect(error).toMatchObject({ code: 'INPUT_CIDR' })
        }
      }),
      { seed: 20, numRuns: 3000 },
    )
  })

  it('loses its host bits when asked', () => {
    expect(formatCidr(networkOf(parseCidr('10.20.30.40/12')))).toBe('10.16.0.0/12')
    expect(formatCidr(networkOf(parseCidr('2a02::ffff/127')))).toBe('2a02::fffe/127')
    expect(formatCidr(networkOf(parseCidr('2a02::ffff/0')))).toBe('::/0')
  })

  it('contains what the runtime says it contains', () => {
    const address = fc.ipV4()
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), address, (base, length, other) => {
        const range = parseCidr(`${base}/${length}`)
        const list = new BlockList()
        list.addSubnet(base, length, 'ipv4')
        expect(contains(range, parseIp(other))).toBe(list.check(other, 'ipv4'))
        expect(contains(range, parseIp(base))).toBe(true)
      }),
      { seed: 21, numRuns: 1000 },
    )
  })

  it.each([
    ['10.0.0.0/8', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.0.0.0/8', false, true],
    ['10.1.0.0/16', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.2.0.0/16', false, false],
    ['::/0', '10.0.0.0/8', false, false],
    ['400::/7', '4a1:a126:8b83:7169::/64', true, true],
    ['0.0.0.0/0', '255.255.255.255/32', true, true],
  ])('%s and %s: contains %p, overlaps %p', (a, b, containing, overlapping) => {
    expect(contains(parseCidr(a), parseCidr(b))).toBe(containing)
    expect(overlaps(parseCidr(a), parseCidr(b))).toBe(overlapping)
    expect(overlaps(parseCidr(b), parseCidr(a))).toBe(overlapping)
  })

  it('has addresses by number', () => {
    expect(formatIp(hostAt(parseCidr('10.249.2.9/24'), 2))).toBe('10.249.2.2')
    expect(formatIp(hostAt(parseCidr('10.249.2.0/24'), 255))).toBe('10.249.2.255')
    expect(formatIp(hostAt(parseCidr('4a1:a126:8b83:7169::/64'), 1n))).toBe('4a1:a126:8b83:7169::1')
    for (const n of [-1, 256]) {
      expect(() => hostAt(parseCidr('10.249.2.0/24'), n)).toThrow(expect.objectContaining({ code: 'NETWORK_RANGE' }))
    }
  })

  it('is made of smaller ones that touch but do not overlap', () => {
    const subnets = [...subnetsOf(parseCidr('10.249.77.1/16'), 24)]
    expect(subnets).toHaveLength(256)
    expect([subnets[0], subnets[255]].map(subnet => formatCidr(subnet!))).toEqual(['10.249.0.0/24', '10.249.255.0/24'])
    for (let i = 1; i < subnets.length; i++) expect(overlaps(subnets[i - 1]!, subnets[i]!)).toBe(false)
    expect(subnetsOf(parseCidr('2a02::/16'), 64).next().value).toEqual(parseCidr('2a02::/64'))
    for (const length of [15, 33, 20.5]) {
      expect(() => subnetsOf(parseCidr('10.249.0.0/16'), length).next()).toThrow(/is not made of/)
    }
  })
})

describe('an address', () => {
  it.each(['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'])('%s is private', text => {
    expect(isPrivate(parseIp(text))).toBe(true)
    expect(isPublic(parseIp(text))).toBe(false)
  })

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '185.206.122.31',
    '2a02:1802:5e::223',
    '2001:4860:4860::8888',
  ])('%s can be dialled', text => {
    expect(isPrivate(parseIp(text))).toBe(false)
    expect(isPublic(parseIp(text))).toBe(true)
  })

  it.each([
    '0.0.0.0',
    '100.64.1.1',
    '127.0.0.1',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '203.0.113.7',
    '::',
    '::1',
    'fe80::1',
    'fd00::1',
    'ff02::cafe',
    '301:8d90:378f:a93::1',
    '4a1:a126:8b83:7169::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
  ])('%s cannot be dialled', text => {
    expect(isPublic(parseIp(text))).toBe(false)
  })
})
