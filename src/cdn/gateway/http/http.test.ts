import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { formatLabel } from '../../meta/index.js'
import { isOther, isUnchanged, mayBePart } from './conditions.js'
import { contentDisposition } from './content-disposition.js'
import { contentType, isActive } from './content-type.js'
import { readHost } from './host-name.js'
import { cookieKeys, keyCookie } from './key-cookie.js'
import { listingPage } from './listing.js'
import { readRange } from './range.js'
import { readTarget } from './target.js'

const hashes = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
)

describe('a range', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-', { start: 0, end: 10 }],
    ['bytes=9-', { start: 9, end: 10 }],
    ['bytes=-1', { start: 9, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=2-99999999999999999999', { start: 2, end: 10 }],
    ['BYTES = 1-2', { start: 1, end: 3 }],
    ['bytes=,1-2,', { start: 1, end: 3 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    ['bytes=3-2', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes=1--2', 'whole'],
    ['bytes=0x1-2', 'whole'],
    ['items=0-1', 'whole'],
    [undefined, 'whole'],
  ] as const)('%s of ten bytes is %j', (header, expected) => {
    expect(readRange(header, 10)).toEqual(expected)
  })

  it('is within the file whatever is sent', () => {
    const numbers = fc.oneof(fc.nat().map(String), fc.constant(''), fc.bigInt({ min: 0n }).map(String))
    const headers = fc.oneof(
      fc.string(),
      fc.tuple(numbers, numbers).map(([a, b]) => `bytes=${a}-${b}`),
    )
    fc.assert(
      fc.property(headers, fc.nat(), (header, size) => {
        const range = readRange(header, size)
        if (typeof range === 'string') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThan(range.start)
        expect(range.end).toBeLessThanOrEqual(size)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('conditions', () => {
  it('name a content by its tag', () => {
    const tag = '"abc"'
    const none = (list: string) => isUnchanged({ 'if-none-match': list }, tag)
    expect(['"abc"', 'W/"abc"', '*', ' "x" , "abc"', '"x","abc"'].map(none)).toEqual([true, true, true, true, true])
    expect(['"x"', 'abc', '', '"abc', '"ab,c"'].map(none)).toEqual([false, false, false, false, false])
    const other = (list: string) => isOther({ 'if-match': list }, tag)
    expect(['"abc"', '*', '"x"', 'W/"abc"', ''].map(other)).toEqual([false, false, true, true, true])
    expect(mayBePart({}, tag)).toBe(true)
    expect(mayBePart({ 'if-range': 'W/"abc"' }, tag)).toBe(false)
    expect(mayBePart({ 'if-range': 'W/"abc"' }, 'W/"abc"')).toBe(false)
  })

  it('end in time, whatever is sent', () => {
    const startedAt = performance.now()
    for (const list of ['"'.repeat(20_000), 'W/'.repeat(10_000), '"a",'.repeat(5_000), ' '.repeat(20_000)]) {
      isUnchanged({ 'if-none-match': list }, '"abc"')
    }
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('the name to save under', () => {
  it.each([
    ['a.txt', 'inline; filename="a.txt"'],
    ['', 'inline'],
    ['..', 'inline'],
    ['../../etc/passwd', 'inline; filename=".._.._etc_passwd"'],
    ['a"b\\c', `inline; filename="a_b_c"; filename*=UTF-8''a%22b_c`],
    ['a\r\nSet-Cookie: x', 'inline; filename="aSet-Cookie: x"'],
    ['exe.\u202egpj.scr', 'inline; filename="exe.gpj.scr"'],
    ['日本.png', `inline; filename="__.png"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.png`],
    ["it's (1)*!.txt", `inline; filename="it's (1)*!.txt"`],
    ["ü'(*)!", `inline; filename="_'(*)!"; filename*=UTF-8''%C3%BC%27%28%2A%29%21`],
  ])('%j is sent as %s', (name, expected) => {
    expect(contentDisposition(name, 'inline')).toBe(expected)
  })

  it('is a header, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), name => {
        const header = contentDisposition(name, 'attachment')
        expect(header).toMatch(/^attachment(; filename="[^"\\%]*"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?)?$/)
        expect(header).toMatch(/^[\x20-\x7e]*$/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the type', () => {
  it('is passed on when it is one', () => {
    expect(contentType('text/html; charset=utf-8')).toBe('text/html; charset=utf-8')
    for (const odd of [undefined, '', 'text', 'text/html\r\nx: y', 'text/é', 'a/b;c']) {
      expect(contentType(odd)).toBe('application/octet-stream')
    }
  })

  it('is known to be run by browsers', () => {
    for (const type of [
      'text/html',
      'TEXT/HTML; charset=x',
      'image/svg+xml',
      'application/xhtml+xml',
      'application/rss+xml',
    ]) {
      expect([type, isActive(type)]).toEqual([type, true])
    }
    for (const type of ['text/plain', 'image/png', 'video/mp4', 'application/json', 'text/css']) {
      expect([type, isActive(type)]).toEqual([type, false])
    }
  })
})

describe('a host', () => {
  it.each([
    ['Example.ORG:80', { name: 'example.org', port: ':80' }],
    ['example.org.', { name: 'example.org', port: '' }],
    ['[::1]:8080', { name: '[::1]', port: ':8080' }],
    ['10.0.0.1', { name: '10.0.0.1', port: '' }],
    ['a_b.c', { name: 'a_b.c', port: '' }],
  ])('%s is read', (header, expected) => {
    expect(readHost(header)).toEqual(expected)
  })

  it('is refused when it is none, with a typed error and nothing else', () => {
    for (const header of [
      undefined,
      '',
      ' ',
      'a b',
      'a/b',
      'a@b',
      'a..b',
      '.a',
      '-',
      'a:b',
      'a:70000',
      '[::1',
      'a'.repeat(300),
    ]) {
      expect(() => readHost(header)).toThrow(expect.objectContaining({ code: 'GATEWAY_HOST' }))
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), header => {
        try {
          expect(readHost(header).name).toMatch(/^[a-z0-9[\]:._-]+$/)
        } catch (error) {
          expect(error).toMatchObject({ code: 'GATEWAY_HOST' })
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a target', () => {
  it('by host and by path leads to the same', () => {
    const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 5 })
    fc.assert(
      fc.property(hashes, names, (hash, segments) => {
        const key = hash.map(byte => byte ^ 1)
        const path = segments.map(name => encodeURIComponent(name)).join('/')
        const label = formatLabel(hash)
        const byHost = readTarget({ url: `/${path}?key=${formatLabel(key)}`, host: `${label}.x:80`, cookie: undefined })
        const byPath = readTarget({ url: `/${label}.${formatLabel(key)}/${path}`, host: 'x', cookie: undefined })
        const absolute = readTarget({ url: `http://${label}.x/${path}`, host: 'y', cookie: keyCookie(key) })
        for (const target of [byHost, byPath, absolute]) {
          expect(target).toMatchObject({ kind: 'content', encryptedHash: hash, keys: [key], segments })
        }
      }),
    )
  })

  it('under another domain than ours is not read as a label', () => {
    const host = `${'0'.repeat(32)}.evil.example`
    expect(readTarget({ url: '/', host, cookie: undefined }, 'cdn.example')).toEqual({ kind: 'page', page: 'front' })
    expect(
      readTarget({ url: '/', host: `${'0'.repeat(32)}.cdn.example:1`, cookie: undefined }, 'cdn.example'),
    ).toMatchObject({ kind: 'content', domain: 'cdn.example:1' })
  })

  it('is read or refused with a typed error, whatever is sent', () => {
    const label = 'a'.repeat(52)
    const parts = fc.constantFrom(
      '/',
      '?',
      '#',
      '%',
      '%2',
      '%00',
      '%ff',
      '..',
      '.',
      'key=',
      '&',
      label,
      '0'.repeat(64),
      'http://',
      ':',
      '@',
      '\\',
      'é',
      '\u0000',
    )
    const urls = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(parts, fc.string())).map(list => `/${list.join('')}`),
    )
    const hosts = fc.oneof(
      fc.constantFrom('x', `${label}.x`, `${'0'.repeat(64)}.x`),
      fc.string(),
      fc.constant(undefined),
    )
    fc.assert(
      fc.property(urls, hosts, fc.option(fc.string(), { nil: undefined }), (url, host, cookie) => {
        try {
          readTarget({ url, host, cookie })
        } catch (error) {
          expect(String((error as { code?: unknown }).code)).toMatch(/^GATEWAY_(REQUEST|HOST|KEY|PATH)$/)
        }
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the cookie with the key', () => {
  it('comes back as it was, among others', () => {
    fc.assert(
      fc.property(hashes, key => {
        const [pair] = keyCookie(key).split(';')
        expect(cookieKeys(`a=b; ${pair};x`)).toEqual([key])
      }),
    )
  })

  it('is tried a few times, and not at all when it is nonsense', () => {
    const pair = keyCookie(new Uint8Array(16)).split(';')[0]
    expect(cookieKeys(Array(50).fill(pair).join('; '))).toHaveLength(4)
    expect(cookieKeys('mcdn-key=xyz; mcdn-key; =; ;;')).toEqual([])
  })
})

describe('a listing', () => {
  it('has no mark-up of anyone else, whatever names are', () => {
    const marked = fc.constantFrom('<script>', '</td>', '"', "'", '&lt;', '<!--', '\u202e', '\u0000', '`', '=')
    const names = fc.array(fc.oneof(marked, fc.string({ unit: 'binary' }))).map(parts => parts.join(''))
    fc.assert(
      fc.property(names, names, (name, mime) => {
        const entry = { name, kind: 'file' as const, mime, href: `./${name}` }
        const page = listingPage({ name, entries: [entry] })
        const empty = listingPage({ name: '', entries: [{ ...entry, name: '', mime: '', href: '' }] })
        const tags = (text: string) => text.match(/<[^>]*>/g)?.map(tag => tag.replace(/="[^"]*"/g, '=""'))
        expect(tags(page)).toEqual(tags(empty))
      }),
      { numRuns: 1_000 },
    )
  })

  it('shows directories first, sizes, and what cannot be read', () => {
    const page = listingPage({
      name: 'd',
      parent: '../',
      entries: [
        { name: 'b', kind: 'file', mime: 'text/plain', size: { bytes: 1536, exact: true }, href: './b' },
        { name: 'a', kind: 'missing' },
        { name: 'z', kind: 'directory', href: './z/' },
        { name: 'c', kind: 'file', size: { bytes: 5 * 1024 * 1024, exact: false }, href: './c' },
      ],
    })
    const text = page
      .slice(page.indexOf('<tbody>'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
    expect(text).toBe(' ../ z/ directory a cannot be read now b text/plain 1.5 KiB c ≤ 5.0 MiB ')
  })
})
