import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex, toHex } from '../../core/hex.js'
import { CdnError } from '../../errors/cdn.js'
import { formatLabel, formatReference, formatReferenceUrl, parseHash, parseReference, type Reference } from './index.js'

const HASH16 = '256a8ee818aa3e014e1771fbc8b5be5f'
const KEY16 = '5eab02dab39414acbb07c93e0190d936'
const HASH32 = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
const KEY32 = HASH16 + KEY16
const LABEL32 = 'v4jutopv7gq2nicajxvdnxgjjgn4wjojvxarfn6mtkj4vza7gjra'

const shown = ({ encryptedHash, key, registry }: Reference) => [toHex(encryptedHash), key && toHex(key), registry]

describe('a reference', () => {
  it.each([
    [`http://${HASH16}.localhost:8080/?key=${KEY16}`, HASH16, KEY16, 'http://localhost:8080'],
    [`https://${HASH16}.cdn.example.org/?key=${KEY16}`, HASH16, KEY16, 'https://cdn.example.org'],
    [`https://${LABEL32}.cdn.example.org/?key=${KEY32}`, HASH32, KEY32, 'https://cdn.example.org'],
    [`mcdn:${HASH32}?key=${KEY32}`, HASH32, KEY32, undefined],
    [`mcdn:${HASH16}`, HASH16, undefined, undefined],
    [
      `mcdn:${HASH16}?key=${KEY16}&registry=${encodeURIComponent('http://10.0.0.1:8080')}`,
      HASH16,
      KEY16,
      'http://10.0.0.1:8080',
    ],
  ])('is read from %s and written so', (text, hash, key, registry) => {
    const reference = parseReference(text)
    expect(shown(reference)).toEqual([hash, key, registry])
    expect(text.startsWith('mcdn:') ? formatReference(reference) : formatReferenceUrl(reference)).toBe(text)
  })

  it.each([
    [
      '64 hex digits as a label, which DNS would refuse',
      `https://${HASH32}.cdn.example.org/?key=${KEY32}`,
      HASH32,
      KEY32,
    ],
    ['capitals', `HTTPS://${LABEL32.toUpperCase()}.CDN.example.org/?key=${KEY32.toUpperCase()}`, HASH32, KEY32],
    ['a hash alone', HASH32, HASH32, undefined],
    ['base32 as text', `mcdn:${LABEL32}?key=${KEY32}`, HASH32, KEY32],
    ['spaces around it', ` mcdn:${HASH16}\n`, HASH16, undefined],
    ['no slash and a mark of others', `https://${HASH16}.a.b?key=${KEY16}&utm_source=x#top`, HASH16, KEY16],
  ])('may have %s', (_, text, hash, key) => {
    expect(shown(parseReference(text)).slice(0, 2)).toEqual([hash, key])
  })

  it.each([
    ['empty', ''],
    ['words', 'hello world'],
    ['too long', `mcdn:${HASH16}?x=${'a'.repeat(3000)}`],
    ['a URL without a hash', 'https://www.example.org/?key=00'],
    ['a URL without a registry', `https://${HASH16}/?key=${KEY16}`],
    ['a URL with a path', `https://${HASH16}.example.org/secret?key=${KEY16}`],
    ['a URL with a password', `https://user:pw@${HASH16}.example.org/?key=${KEY16}`],
    ['a URL of another scheme', `ftp://${HASH16}.example.org/?key=${KEY16}`],
    ['a broken URL', 'http://[::1'],
    ['an empty key', `https://${HASH16}.example.org/?key=`],
    ['a key that is no hex', `mcdn:${HASH16}?key=${KEY16.slice(2)}zz`],
    ['a key of another length', `mcdn:${HASH16}?key=${KEY32}`],
    ['two keys', `mcdn:${HASH16}?key=${KEY16}&key=${KEY16}`],
    ['a registry with a path', `mcdn:${HASH16}?registry=http://a.b/c`],
    ['a registry of another scheme', `mcdn:${HASH16}?registry=file:///etc`],
    ['a hash of 62 digits', `mcdn:${HASH32.slice(2)}`],
    ['base32 with bits to spare', `mcdn:${LABEL32.slice(0, -1)}b`],
  ])('is refused: %s', (_, text) => {
    let error: unknown
    try {
      parseReference(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CdnError)
    expect((error as CdnError).code).toBe('CDN_REFERENCE')
    expect(JSON.stringify(error)).not.toContain(KEY16)
  })

  it.each([
    ['there is no registry', undefined],
    ['the registry is an IPv4 address', 'http://127.0.0.1:8080'],
    ['the registry is an IPv6 address', 'http://[::1]:8080'],
    ['the name becomes too long', `http://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`],
    ['the registry has a path', 'http://example.org/registry'],
  ])('has no URL when %s', (_, registry) => {
    const reference = { encryptedHash: fromHex(HASH16), ...(registry === undefined ? {} : { registry }) }
    expect(() => formatReferenceUrl(reference)).toThrow(expect.objectContaining({ code: 'CDN_REFERENCE' }))
  })

  it('has labels that fit DNS', () => {
    expect(formatLabel(fromHex(HASH32))).toBe(LABEL32)
    expect(formatLabel(fromHex(HASH16))).toBe(HASH16)
    expect(LABEL32.length).toBeLessThanOrEqual(63)
    expect(toHex(parseHash(LABEL32) as Uint8Array)).toBe(HASH32)
    expect(parseHash(`${HASH16}0`)).toBeUndefined()
  })

  it('comes back as it was, in either form', () => {
    const hash = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => new Uint8Array(bytes))
    const reference = fc.constantFrom(16, 32).chain(length =>
      fc.record(
        {
          encryptedHash: hash(length),
          key: hash(length),
          registry: fc.constantFrom('http://localhost:1', 'https://a.b.example'),
        },
        { requiredKeys: ['encryptedHash', 'registry'] },
      ),
    )
    fc.assert(
      fc.property(reference, one => {
        expect(parseReference(formatReference(one))).toEqual(one)
        expect(parseReference(formatReferenceUrl(one))).toEqual(one)
      }),
    )
  })

  it('is read or refused, whatever the text', () => {
    const part = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        'http://',
        'https://',
        'mcdn:',
        HASH16,
        HASH32,
        LABEL32,
        '.',
        '/',
        '?key=',
        KEY16,
        '&registry=',
        '@',
        '[',
      ),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), parts => {
        try {
          parseReference(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(CdnError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
