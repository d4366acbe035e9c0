import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type GatewayRig, gatewayRig, MiB } from '../../../test/support/gateway-rig.js'
import { toHex } from '../../core/hex.js'
import { loadHasher } from '../crypto/index.js'
import { encodeMetadata, formatLabel, LAYOUTS, type Metadata } from '../meta/index.js'
import { placeName, sealMetadata } from '../object/index.js'

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig()
})
afterAll(() => rig.close())

describe('a file', () => {
  const bytes = randomBytes(3 * MiB + 12_345)

  it.each(LAYOUTS)('is served by host and by path: %s', async layout => {
    const saved = await rig.save(
      { 'video.mp4': bytes },
      { layout, places: rig.places.map((p, i) => ({ ...p, namespace: `${i}` })) },
    )
    const byHost = await rig.ask(saved)
    expect(byHost.status).toBe(200)
    expect(byHost.body.equals(bytes)).toBe(true)
    expect(byHost.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': `${bytes.length}`,
      'content-disposition': 'inline; filename="video.mp4"',
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    const hasher = await loadHasher()
    expect(byHost.headers.etag).toBe(`"${toHex(hasher.hash(bytes, saved.encryptedHash.length))}"`)
    const key = toHex(saved.key)
    const hash = toHex(saved.encryptedHash)
    for (const path of [
      `/${hash}?key=${key}`,
      `/${hash}.${key}`,
      `/${formatLabel(saved.encryptedHash)}?key=${formatLabel(saved.key)}`,
      `/${hash.toUpperCase()}?key=${key.toUpperCase()}`,
    ]) {
      expect((await rig.get(path)).body.equals(bytes)).toBe(true)
    }
    // Where DNS is not involved, hex is fine as a label of any length.
    const headers = { host: `${hash}.anything.example` }
    expect((await rig.get(`/?key=${key}`, { headers })).body.equals(bytes)).toBe(true)
  })

  it('is served in parts', async () => {
    const saved = await rig.save({ 'v.bin': bytes })
    const size = bytes.length
    const table: readonly (readonly [string, number, number])[] = [
      ['bytes=0-0', 0, 1],
      ['bytes=0-1023', 0, 1024],
      [`bytes=${MiB - 1}-${MiB}`, MiB - 1, MiB + 1],
      ['bytes=131071-131072', 131071, 131073],
      ['bytes=100-', 100, size],
      ['bytes=-1', size - 1, size],
      ['bytes=-20000', size - 20_000, size],
      [`bytes=-${size + 5}`, 0, size],
      [`bytes=5-${size + 100}`, 5, size],
    ]
    for (const [range, start, end] of table) {
      const reply = await rig.ask(saved, '/?key=$KEY', { headers: { range } })
      expect([range, reply.status, reply.headers['content-range']]).toEqual([
        range,
        206,
        `bytes ${start}-${end - 1}/${size}`,
      ])
      expect(reply.body.equals(bytes.subarray(start, end))).toBe(true)
    }
    const beyond = await rig.ask(saved, '/?key=$KEY', { headers: { range: `bytes=${size}-` } })
    expect(beyond).toMatchObject({ status: 416, headers: { 'content-range': `bytes */${size}` } })
    for (const range of ['bytes=0-1,5-6', 'items=0-1', 'bytes=5-1', 'bytes=-']) {
      const whole = await rig.ask(saved, '/?key=$KEY', { headers: { range } })
      expect([whole.status, whole.body.length]).toEqual([200, size])
    }
  })

  it('is served on conditions', async () => {
    const saved = await rig.save({ 'c.txt': 'content' })
    const { headers } = await rig.ask(saved)
    const etag = headers.etag as string
    const asked = async (given: Record<string, string>, method = 'GET') => {
      const reply = await rig.ask(saved, '/?key=$KEY', { headers: given, method })
      return [reply.status, reply.text]
    }
    expect(await asked({ 'if-none-match': etag })).toEqual([304, ''])
    expect(await asked({ 'if-none-match': `"other", W/${etag}` })).toEqual([304, ''])
    expect(await asked({ 'if-none-match': '*' })).toEqual([304, ''])
    expect(await asked({ 'if-none-match': '"other"' })).toEqual([200, 'content'])
    expect(await asked({ 'if-match': etag })).toEqual([200, 'content'])
    expect((await asked({ 'if-match': '"other"' }))[0]).toBe(412)
    expect(await asked({ 'if-range': etag, range: 'bytes=0-2' })).toEqual([206, 'con'])
    expect(await asked({ 'if-range': '"other"', range: 'bytes=0-2' })).toEqual([200, 'content'])
    expect(await asked({ 'if-range': 'Wed, 21 Oct 2015 07:28:00 GMT', range: 'bytes=0-2' })).toEqual([200, 'content'])
    expect(await asked({}, 'HEAD')).toEqual([200, ''])
    const head = await rig.ask(saved, '/?key=$KEY', { method: 'HEAD' })
    expect(head.headers).toMatchObject({ 'content-length': '7', etag, 'content-type': 'text/plain' })
  })

  it('without content is served', async () => {
    const saved = await rig.save({ 'empty.txt': '' })
    expect(await rig.ask(saved)).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } })
    expect((await rig.ask(saved, '/?key=$KEY', { headers: { range: 'bytes=0-' } })).status).toBe(416)
  })

  it('is saved when that is asked, under its own name', async () => {
    const saved = await rig.save({ 'x.txt': 'x' }, { name: 'naïve "x"; filename=evil.exe.txt' })
    const reply = await rig.ask(saved, '/?key=$KEY&download')
    expect(reply.headers['content-disposition']).toBe(
      'attachment; filename="na_ve _x_; filename=evil.exe.txt"; filename*=UTF-8\'\'na%C3%AFve%20%22x%22%3B%20filename%3Devil.exe.txt',
    )
  })

  it('comes from the cache the second time, and from its places when the cache is damaged', async () => {
    const saved = await rig.save({ 'cached.bin': bytes })
    await rig.ask(saved)
    const before = rig.stores.blocks.gets
    expect((await rig.ask(saved)).body.equals(bytes)).toBe(true)
    expect(rig.stores.blocks.gets).toBe(before)

    const cache = join(rig.folder, 'cache')
    const files = (await readdir(cache, { recursive: true })).filter(name => /[0-9a-f]{64}$/.test(name))
    for (const name of files) {
      const content = await readFile(join(cache, name))
      const at = content.length - 70_000
      if (at > 0) content[at] = (content[at] as number) ^ 1
      await writeFile(join(cache, name), content)
    }
    expect((await rig.ask(saved)).body.equals(bytes)).toBe(true)
    expect(rig.stores.blocks.gets).toBeGreaterThan(before)
    expect((await rig.get('/metrics')).text).toMatch(/^hyphae_gateway_cache_damaged [1-9]/m)
  })

  it('survives each of its places being lost in turn', async () => {
    for (const place of rig.places) {
      const saved = await rig.save({ 'p.bin': randomBytes(2 * MiB) })
      const whole = Buffer.from(await readAll(saved))
      rig.stores.blocks.dead.add(placeName(place))
      const fresh = await gatewayRig({ registry: rig.stores.metadata, blocks: rig.stores.blocks })
      try {
        expect((await fresh.ask(saved)).body.equals(whole)).toBe(true)
      } finally {
        rig.stores.blocks.dead.clear()
        await fresh.close()
      }
    }
  })

  it('is put together from right shards when a place gives wrong ones, and the place is named', async () => {
    const bytes = randomBytes(MiB + 5)
    const saved = await rig.save({ 'w.bin': bytes })
    const first = rig.stores.blocks.of(rig.places[0] as (typeof rig.places)[0])
    for (const [key, shard] of first)
      first.set(
        key,
        shard.map(byte => byte ^ 0x55),
      )
    expect((await rig.ask(saved)).body.equals(bytes)).toBe(true)
    for (const [key, shard] of first)
      first.set(
        key,
        shard.map(byte => byte ^ 0x55),
      )
    expect(rig.messages).toContainEqual(
      expect.objectContaining({
        code: 'GATEWAY_SHARD_WRONG',
        data: expect.objectContaining({ place: placeName(rig.places[0] as (typeof rig.places)[0]) }),
      }),
    )
  })

  it('with too few shards is refused, and nothing about the places is told', async () => {
    const saved = await rig.save({ 'lost.bin': randomBytes(1000) })
    for (const place of rig.places.slice(0, 2)) rig.stores.blocks.dead.add(placeName(place))
    const reply = await rig.ask(saved)
    rig.stores.blocks.dead.clear()
    expect(reply.status).toBe(502)
    expect(JSON.parse(reply.text).error.code).toBe('CDN_SHARDS')
    expect(reply.text).not.toMatch(/127\.0\.0\.1|dead/)
    expect(rig.messages.some(({ code }) => code === 'GATEWAY_FAILED')).toBe(true)
  })

  async function readAll(saved: Parameters<GatewayRig['ask']>[0]): Promise<Uint8Array> {
    const fresh = await gatewayRig({ registry: rig.stores.metadata, blocks: rig.stores.blocks })
    try {
      return (await fresh.ask(saved)).body
    } finally {
      await fresh.close()
    }
  }
})

describe('a directory', () => {
  it('is listed, with names that do no harm', async () => {
    const nasty = '<img src=x onerror=alert(1)>"\'&.txt'
    const saved = await rig.save({ [`a/${nasty}`]: 'nasty', 'b.txt': 'b', 'a/javascript:alert(1)': 'x' })
    const top = await rig.ask(saved)
    expect(top.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(top.headers['content-security-policy']).toContain("default-src 'none'")
    expect(top.text).toContain(`href="./a/?key=${toHex(saved.key)}"`)
    const inside = await rig.ask(saved, '/a/?key=$KEY')
    expect(inside.text).not.toContain('<img')
    expect(inside.text).not.toContain('href="javascript')
    expect(inside.text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;.txt')
    const links = [...inside.text.matchAll(/href="([^"]*)"/g)].map(match =>
      (match[1] as string).replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
    )
    expect(links).toHaveLength(3)
    for (const link of links) {
      const { pathname, search } = new URL(link, 'http://x/a/')
      expect((await rig.ask(saved, pathname + search)).status).toBe(200)
    }
  })

  it('is asked for with a slash, and answers with one', async () => {
    const saved = await rig.save({ 'a/b/c.txt': 'deep' })
    const key = toHex(saved.key)
    const hash = toHex(saved.encryptedHash)
    const moved = async (path: string) => {
      const { status, headers } = await rig.ask(saved, path)
      return [status, headers.location]
    }
    expect(await moved('/a/b?key=$KEY')).toEqual([307, `./b/?key=${key}`])
    const byPath = await rig.get(`/${hash}?key=${key}`)
    expect([byPath.status, byPath.headers.location]).toEqual([307, `/${hash}.${key}/`])
    expect((await rig.get(`/${hash}.${key}/a/b/c.txt`)).text).toBe('deep')
    expect((await rig.get(`/${hash}.${key}/a/b`)).headers.location).toBe(`/${hash}.${key}/a/b/`)
    expect((await rig.ask(saved, '/a/b/c.txt/?key=$KEY')).status).toBe(404)
    expect((await rig.ask(saved, '/a/nothing?key=$KEY')).status).toBe(404)
    expect((await rig.ask(saved, '//a/b?key=$KEY')).status).toBe(404)
  })

  it('with index.html is a site; the key travels in a cookie of its host', async () => {
    const saved = await rig.save({
      'index.html': '<a href="docs/">docs</a>',
      'docs/index.html': '<link href="../style.css">',
      'style.css': 'body{}',
    })
    const first = await rig.ask(saved)
    expect(first.text).toContain('docs/')
    expect(first.headers['cache-control']).toBe('private, no-cache')
    const [cookie = ''] = first.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^mcdn-key=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/)
    const headers = { cookie: `theme=dark; ${cookie.split(';')[0]}` }
    expect((await rig.ask(saved, '/docs/', { headers })).text).toContain('style.css')
    expect((await rig.ask(saved, '/docs', { headers })).headers.location).toBe('./docs/')
    const style = await rig.ask(saved, '/style.css', { headers })
    expect(style).toMatchObject({ status: 200, text: 'body{}' })
    expect(style.headers['cache-control']).toBe('private, max-age=31536000, immutable')
    // A neighbour may set a cookie for us; the right one is found all the same.
    const tossed = { cookie: `mcdn-key=${'0'.repeat(64)}; ${headers.cookie}` }
    expect((await rig.ask(saved, '/style.css', { headers: tossed })).status).toBe(200)
    expect((await rig.ask(saved, '/style.css')).status).toBe(422)

    const hash = toHex(saved.encryptedHash)
    const page = await rig.get(`/${hash}.${toHex(saved.key)}/`)
    expect(page.headers['content-security-policy']).toMatch(/^sandbox/)
    expect(page.headers['set-cookie']).toBeUndefined()
  })

  it('with names that no path can hold links to them by their own references', async () => {
    const child = await rig.save({ 'inner.txt': 'reached' })
    const blob = rig.stores.metadata.blobs.get(toHex(child.encryptedHash))
    expect(blob).toBeDefined()
    const hasher = await loadHasher()
    const file: Metadata = { kind: 'file', contentHash: new Uint8Array(32), name: '..', blocks: [] }
    const sealed = await sealMetadata(file, 'namespaces-32')
    const plain = encodeMetadata({ ...file, name: 'plain' }, 'namespaces-32')
    const plainHash = hasher.hash(plain, 32)
    const directory = await sealMetadata(
      {
        kind: 'directory',
        name: 'odd',
        files: [
          { encryptedHash: sealed.encryptedHash, key: sealed.key },
          { encryptedHash: child.encryptedHash, key: child.key },
          { encryptedHash: child.encryptedHash, key: child.key },
          { encryptedHash: plainHash },
          { encryptedHash: new Uint8Array(32).fill(9) },
        ],
      },
      'namespaces-32',
    )
    await rig.stores.metadata.put(sealed.encryptedHash, sealed.blob)
    await rig.stores.metadata.put(plainHash, plain)
    await rig.stores.metadata.put(directory.encryptedHash, directory.blob)
    const { text, status } = await rig.ask(directory)
    expect(status).toBe(200)
    expect(text).toContain(`href="//${formatLabel(sealed.encryptedHash)}.cdn.localhost:${rig.gateway.port}/?key=`)
    expect(text).toContain(`href="//${formatLabel(child.encryptedHash)}.cdn.localhost`)
    expect(text).toContain('href="./inner.txt?key=')
    expect(text).toContain('cannot be read now')
    expect((await rig.ask(directory, '/inner.txt?key=$KEY')).text).toBe('reached')
    expect((await rig.ask(directory, '/plain?key=$KEY')).status).toBe(200)
    // It may be the one that cannot be read.
    expect((await rig.ask(directory, '/unknown?key=$KEY')).status).toBe(502)
  })
})

describe('a request', () => {
  it('without a right reference or key is refused as its own fault', async () => {
    const saved = await rig.save({ 'k.txt': 'k' })
    const other = toHex(randomBytes(32))
    const table: readonly (readonly [string, string, number, string])[] = [
      [rig.hostOf(saved), '/', 422, 'CDN_KEY'],
      [rig.hostOf(saved), `/?key=${other}`, 422, 'CDN_KEY'],
      [rig.hostOf(saved), '/?key=', 400, 'GATEWAY_KEY'],
      [rig.hostOf(saved), `/?key=${other}&key=${other}`, 400, 'GATEWAY_KEY'],
      [rig.hostOf(saved), `/?key=${other.slice(32)}`, 400, 'GATEWAY_KEY'],
      [rig.hostOf({ encryptedHash: randomBytes(32) }), `/?key=${other}`, 404, 'CDN_NOT_FOUND'],
      ['cdn.localhost', '/no/such/page', 404, 'GATEWAY_PATH'],
      ['cdn.localhost', `/${other}.zz/`, 400, 'GATEWAY_KEY'],
      ['cdn.localhost', '/%zz', 400, 'GATEWAY_REQUEST'],
      ['a b', '/', 400, 'GATEWAY_HOST'],
      ['x..y', '/', 400, 'GATEWAY_HOST'],
      ['x:99999', '/', 400, 'GATEWAY_HOST'],
    ]
    for (const [host, path, status, code] of table) {
      const reply = await rig.get(path, { headers: { host } })
      expect([host, path, reply.status, JSON.parse(reply.text).error.code]).toEqual([host, path, status, code])
      expect(reply.headers['cache-control']).toBe('no-store')
    }
    expect(await rig.get('/', { method: 'POST' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    })
  })

  it('of a browser is refused with a page', async () => {
    const reply = await rig.get('/nothing', { headers: { accept: 'text/html,*/*' } })
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(reply.text).toContain('GATEWAY_PATH')
  })

  it('before one of another origin is answered', async () => {
    const reply = await rig.get('/', { method: 'OPTIONS', headers: { origin: 'http://x.example' } })
    expect(reply).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } })
    expect(reply.headers['access-control-allow-headers']).toContain('Range')
  })

  it('finds health and metrics by the name of the gateway alone', async () => {
    expect(await rig.get('/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}\n' })
    expect((await rig.get('/metrics')).text).toMatch(/^hyphae_gateway_requests_total\{form="page"/m)
    const saved = await rig.save({ 'a/healthz': 'x', healthz: 'of the site' })
    expect((await rig.ask(saved, '/healthz?key=$KEY')).text).toBe('of the site')
  })
})

describe('hostile metadata', () => {
  it('does not make the gateway connect to addresses that are not public', async () => {
    const strict = await gatewayRig({ allow: [] })
    try {
      const saved = await strict.save({ 'probe.bin': randomBytes(100) })
      const reply = await strict.ask(saved)
      expect(reply.status).toBe(403)
      expect(JSON.parse(reply.text).error.code).toBe('CDN_PLACE')
      expect(strict.stores.blocks.gets).toBe(0)
    } finally {
      await strict.close()
    }
  })
})
