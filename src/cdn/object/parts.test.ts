import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { somePlaces } from '../../../test/support/cdn-memory.js'
import { fromHex, toHex } from '../../core/hex.js'
import { loadHasher, seal } from '../crypto/index.js'
import type { Block } from '../meta/index.js'
import { readBlock } from './block-reader.js'
import { parseConfig, resolvePlaces } from './config.js'
import { deriveNonce, placementDigest } from './derive-nonce.js'
import { isFileName } from './file-name.js'
import { forgetUploads } from './forget-uploads.js'
import { isMimeType, mimeType } from './mime-type.js'
import { locationOf, placeName, placeOf } from './place.js'
import { PlaceLatency } from './place-latency.js'
import { registryClient } from './registry-client.js'
import { parseHostAndPort, resolveHost } from './resolve-host.js'
import { cutShards, pad, paddedBytes, shardBytes, unpad } from './sealed-bytes.js'
import { subsetsOf } from './subsets.js'
import { UploadState } from './upload-journal.js'

const SEED = 20261121

describe('the configuration', () => {
  const place = (more = '') => `[[zdbs]]\nhost = "10.0.0.1:9900"\nnamespace = "a"\n${more}\n`
  const other = '[[zdbs]]\nhost = "[2001:db8::1]:9900"\nnamespace = "b"\nsecret = "pw"\n'

  it('as documented is read, and its passwords are not printed', async () => {
    const config = await parseConfig(`required_shards = 1\n${place()}${other}`)
    expect(config.requiredShards).toBe(1)
    const places = await resolvePlaces(config)
    expect(places.map(placeName)).toEqual(['10.0.0.1:9900/a', '[2001:db8::1]:9900/b'])
    expect(places[1]?.secret?.reveal()).toBe('pw')
    expect(JSON.stringify(places)).not.toContain('pw')
  })

  it.each([
    ['required_shards = 2', 'zdbs', 'missing'],
    [`${place()}${other}`, 'required_shards', 'missing'],
    [`required_shards = 2\n${place()}${other}`, 'required_shards', 'must be smaller'],
    [`required_shards = 0\n${place()}${other}`, 'required_shards', 'from 1 to 255'],
    [`required_shards = 1.5\n${place()}${other}`, 'required_shards', 'whole number'],
    [`required_shards = 1\n${place('colour = "red"')}${other}`, 'zdbs[0].colour', 'not known'],
    [`required_shards = 1\n${place('db = 7')}${other}`, 'zdbs[0].db', 'beside namespace'],
    [`required_shards = 1\n[[zdbs]]\nhost = "h:1"\ndb = 65536\n${other}`, 'zdbs[0].db', '65535'],
    [`required_shards = 1\n[[zdbs]]\nhost = "h"\nnamespace = "a"\n${other}`, 'zdbs[0].host', 'an address and a port'],
    [`required_shards = 1\n[[zdbs]]\nhost = "h:1"\n${other}`, 'zdbs[0].namespace', 'missing'],
    ['required_shards = 1\n[[backends]]\nkind = "hero_redis"', 'backends', 'Hero Redis'],
    [`required_shards = 1\n${place()}${other}[metadata]\nkind = "holo_kvs"`, 'metadata', 'registry'],
    [`registry = "ftp://x"\nrequired_shards = 1\n${place()}${other}`, 'registry', 'http://'],
  ])('%j is refused: %s %s', async (text, path, message) => {
    await expect(parseConfig(text)).rejects.toMatchObject({
      code: 'CDN_CONFIG',
      details: { problems: expect.arrayContaining([{ path, message: expect.stringContaining(message) }]) },
    })
  })

  it('that is not TOML is refused with its line, and nothing of its content', async () => {
    const error = await parseConfig('secret = "hush"\nx = = 1').catch(e => e)
    expect(error).toMatchObject({ code: 'CDN_CONFIG', where: expect.stringMatching(/^config\.toml:2:/) })
    expect(JSON.stringify(error) + error.message).not.toContain('hush')
  })

  it('in which two names are the same place is refused', async () => {
    const text = `required_shards = 1\n[[zdbs]]\nhost = "a.localhost:1"\nnamespace = "n"\n[[zdbs]]\nhost = "127.0.0.1:1"\nnamespace = "n"\n[[zdbs]]\nhost = "127.0.0.1:1"\nnamespace = "m"`
    await expect(resolvePlaces(await parseConfig(text))).rejects.toMatchObject({
      code: 'CDN_CONFIG',
      details: { problems: [{ path: 'zdbs[1]' }] },
    })
  })

  it('whatever it is, is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json().map(json => `zdbs = ${json}`),
        ),
        async text => {
          await parseConfig(text).catch(error => expect(error.code).toBe('CDN_CONFIG'))
        },
      ),
      { seed: SEED, numRuns: 300 },
    )
  })
})

describe('a host', () => {
  it.each([
    ['10.0.0.1:9900', { host: '10.0.0.1', port: 9900 }],
    ['[::1]:1', { host: '::1', port: 1 }],
    ['db.example:65535', { host: 'db.example', port: 65535 }],
    ['::1:9900', undefined],
    ['10.0.0:1', undefined],
    ['a:0', undefined],
    ['a:65536', undefined],
    ['[10.0.0.1]:1', undefined],
    ['user@host:1', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(parseHostAndPort(text)).toEqual(expected)
  })

  it('that ends in .localhost is this machine, without DNS; other names are asked for', async () => {
    const never = () => Promise.reject(new TypeError('asked'))
    for (const host of ['localhost', 'a.localhost', 'B.LocalHost', 'a.localhost.']) {
      expect(await resolveHost({ host, port: 1 }, never)).toEqual({ host: '127.0.0.1', port: 1 })
    }
    expect(await resolveHost({ host: 'x.example', port: 2 }, async () => '2001:DB8:0::1')).toEqual({
      host: '2001:db8::1',
      port: 2,
    })
    await expect(resolveHost({ host: 'x.example', port: 2 }, never)).rejects.toMatchObject({ code: 'CDN_CONFIG' })
  })
})

describe('a place', () => {
  it('is written as the layout has it, the password only when wanted', async () => {
    const [place] = await resolvePlaces(
      await parseConfig(
        'required_shards = 1\n[[zdbs]]\nhost = "10.0.0.1:1"\ndb = 7\nsecret = "s"\n[[zdbs]]\nhost = "10.0.0.1:1"\nnamespace = "x"',
      ),
    )
    if (!place) throw new TypeError('no place')
    const { address } = place
    expect(locationOf(place, 'databases-16', false)).toEqual({ address, db: 7 })
    expect(locationOf(place, 'databases-16', true)).toEqual({ address, db: 7, auth: 's' })
    expect(locationOf(place, 'namespaces-32', true)).toEqual({ address, namespace: '7', secret: 's' })
    expect(placeName(placeOf({ address, db: 7 }))).toBe('10.0.0.1:1/7')
    expect(() => locationOf({ ...place, namespace: 'x' }, 'databases-16', false)).toThrow('is no number')
  })
})

describe('padding', () => {
  it('is always there, is taken away again, and makes equal shards', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 255 }), (bytes, required) => {
        const padded = new Uint8Array(paddedBytes(bytes.length, required))
        padded.set(bytes)
        pad(padded, bytes.length)
        const shards = cutShards(padded, required)
        expect(new Set(shards.map(({ length }) => length))).toEqual(new Set([shardBytes(bytes.length, required)]))
        expect(unpad(padded, required)).toEqual(bytes)
      }),
      { seed: SEED },
    )
  })

  it.each([
    [[], 3],
    [[0], 3],
    [[4, 4, 4, 4], 3],
    [[1, 2, 3], 3],
    [[2], 3],
  ])('%j of %i shards is none', (bytes, required) => {
    expect(unpad(Uint8Array.from(bytes), required)).toBeUndefined()
  })
})

describe('the worked example of the format', () => {
  const hex = (text: string) => fromHex(text)
  const key = hex('3c8c3830b6e546ec3b11db7e4828ccb7')
  const nonce = hex('000102030405060708090a0b')
  const shards = [
    '61c24178e9e590b4819967',
    '84eef34ec3963fe05ccf5f',
    'b236514de2a45f71030303',
    '571ae37bc8d7f025de553b',
  ]

  it('is sealed into these bytes', async () => {
    const plain = new TextEncoder().encode('hello mycelium')
    const hasher = await loadHasher()
    expect(toHex(hasher.hash(plain, 16))).toBe(toHex(key))
    const sealed = await seal({ key, nonce, plain })
    expect(toHex(hasher.hash(sealed, 16))).toBe('e0c79fce841c363c99db656a8a30b746')
    const padded = new Uint8Array(paddedBytes(sealed.length, 3))
    padded.set(sealed)
    pad(padded, sealed.length)
    expect(cutShards(padded, 3).map(toHex)).toEqual(shards.slice(0, 3))
  })

  it.each([[[0, 1, 2]], [[0, 1, 3]], [[1, 2, 3]], [[0, 2, 3]]])('is read from shards %j', async present => {
    const places = somePlaces(4)
    const block: Block = {
      shards: places.map(({ address, namespace }) => ({ address, namespace })),
      requiredShards: 3,
      startOffset: 0,
      endOffset: 5242879,
      contentHash: key,
      encryptedHash: hex('e0c79fce841c363c99db656a8a30b746'),
      nonce,
    }
    const store = {
      get: async ({ address }: { address: { port: number } }) => {
        const index = address.port - 1000
        return present.includes(index) ? hex(shards[index] as string) : undefined
      },
      set: async () => {},
      size: async () => undefined,
      close: async () => {},
    }
    const plain = await readBlock(block, 0, { store, latency: new PlaceLatency(), hedgeAfterMs: 100 })
    expect(new TextDecoder().decode(plain)).toBe('hello mycelium')
  })
})

it('choices of k are all there are, each once', () => {
  expect([...subsetsOf([0, 1, 2, 3], 3)].map(one => one.join(''))).toEqual(['012', '013', '023', '123'])
  expect([...subsetsOf([1, 2, 3, 4, 5, 6], 3)]).toHaveLength(20)
  expect([...subsetsOf([1], 2)]).toEqual([])
})

describe('nonces that follow from content', () => {
  it('are the same for the same, and another for anything else', async () => {
    const hasher = await loadHasher()
    const places = somePlaces(3)
    const base = { layout: 'namespaces-32', requiredShards: 2, places } as const
    const digests = [
      base,
      { ...base, layout: 'namespaces-16' as const },
      { ...base, requiredShards: 1 },
      { ...base, places: [...places].reverse() },
    ].map(one => placementDigest(hasher, one))
    const key = new Uint8Array(32).fill(7)
    const nonces = digests.map(digest => toHex(deriveNonce(hasher, 'block', key, digest)))
    expect(new Set([...nonces, toHex(deriveNonce(hasher, 'metadata', key))]).size).toBe(5)
    expect(toHex(deriveNonce(hasher, 'block', key, placementDigest(hasher, base)))).toBe(nonces[0])
  })
})

describe('the quickness of places', () => {
  it('orders them, keeps those that failed for the end, and forgives in time', () => {
    let now = 0
    const latency = new PlaceLatency(() => now)
    for (let i = 0; i < 5; i++) {
      latency.succeeded('far', 200)
      latency.succeeded('near', 3)
      latency.succeeded('beside', 3.5)
    }
    const order = () => latency.order(['far', 'new', 'near', 'beside'], name => name).join()
    expect(order()).toBe('new,near,beside,far')
    latency.failed('near')
    expect(order()).toBe('new,beside,far,near')
    now += 1_001
    expect(order()).toBe('new,near,beside,far')
    latency.failed('near')
    now += 1_001
    expect(latency.avoided('near')).toBe(true)
    latency.succeeded('near', 3)
    expect(latency.avoided('near')).toBe(false)
  })

  it('is remembered of a bounded number of places', () => {
    const latency = new PlaceLatency()
    for (let i = 0; i < 12_000; i++) latency.succeeded(`place ${i}`, 1)
    expect(latency.averages().size).toBe(10_000)
  })
})

describe('the type of a file', () => {
  const bytes = (hex: string) => fromHex(hex)
  it.each([
    ['a.txt', '89504e470d0a1a0a00', 'image/png'],
    ['photo', 'ffd8ffe000', 'image/jpeg'],
    ['a.css', '', 'text/css'],
    ['a.docx', '504b0304140006', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['a.zip', '504b0304140006', 'application/zip'],
    ['a.unknownthing', '00112233', 'application/octet-stream'],
    ['film.m4a', '000000206674797069736f6d', 'audio/mp4'],
    ['film', '000000206674797069736f6d', 'video/mp4'],
    ['v', '1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'video/webm'],
    ['sound', '4f67675300', 'application/ogg'],
    ['d', '255044462d312e37', 'application/pdf'],
  ])('%s that begins with %s is %s', async (name, head, expected) => {
    expect(await mimeType(name, bytes(head))).toBe(expected)
  })

  it.each([
    ['text/plain', true],
    ['text/html; charset=utf-8', true],
    ['text', false],
    ['a/b\r\nX: y', false],
    ['', false],
  ])('%j may be given: %p', (text, expected) => {
    expect(isMimeType(text)).toBe(expected)
  })
})

it.each(['', '.', '..', 'a/b', 'a\\b', 'a\0', 'x'.repeat(256)])('%j is no name of a file', name => {
  expect(isFileName(name)).toBe(false)
})

describe('the journal of an upload', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyphae-journal-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const block = {
    contentDigest: new Uint8Array(32).fill(1),
    encryptedHash: new Uint8Array(32).fill(2),
    nonce: new Uint8Array(12).fill(3),
  }

  it('cut at any byte holds what was whole, and can be written on', async () => {
    const state = new UploadState(join(folder, 'a'))
    const journal = await state.journal('x')
    await journal.began(0, block)
    await Promise.all([0, 1, 2].map(shard => journal.acknowledged(0, shard)))
    await journal.close()
    const path = join(folder, 'a', 'x.jsonl')
    const whole = await readFile(path)
    for (let length = 0; length <= whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length))
      const again = await state.journal('x')
      const found = again.block(0)
      if (found) expect(found).toMatchObject(block)
      expect([...(found?.acknowledged ?? [])]).toEqual([0, 1, 2].slice(0, found?.acknowledged.size ?? 0))
      await again.began(1, block)
      await again.close()
      const last = await state.journal('x')
      expect(last.block(1)).toMatchObject(block)
      await last.close()
    }
    expect(whole.toString()).not.toContain('content')
    await state.finish()
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })

  it('does not grow with every attempt at a file that changes', async () => {
    const state = new UploadState(join(folder, 'c'))
    let length = 0
    for (let attempt = 0; attempt < 20; attempt++) {
      const journal = await state.journal('z')
      for (let index = 0; index < 3; index++) {
        await journal.began(index, { ...block, encryptedHash: new Uint8Array(32).fill(attempt) })
        await journal.acknowledged(index, 0)
      }
      await journal.close()
      const text = await readFile(join(folder, 'c', 'z.jsonl'), 'utf8')
      if (attempt === 0) length = text.length
      expect(text.length).toBeLessThanOrEqual(2 * length)
    }
    const last = await state.journal('z')
    for (let index = 0; index < 3; index++) expect(last.block(index)?.acknowledged).toEqual(new Set([0]))
    await last.close()
    expect((await readFile(join(folder, 'c', 'z.jsonl'), 'utf8')).length).toBe(length)
  })

  it('is forgotten in time when nobody goes on with it', async () => {
    const states = join(folder, 'many')
    const nowMs = Date.now()
    const name = (index: number) => index.toString(16).padStart(32, '0')
    for (let day = 0; day < 10; day++) {
      await new UploadState(join(states, name(day))).journal('x').then(journal => journal.close())
      const then = new Date(nowMs - day * 86_400_000)
      await utimes(join(states, name(day)), then, then)
    }
    await mkdir(join(states, 'photos'))
    await utimes(join(states, 'photos'), 0, 0)
    const left = async () => (await readdir(states)).sort()

    await forgetUploads(states, { nowMs, keptMs: 6.5 * 86_400_000 })
    expect(await left()).toEqual([...[0, 1, 2, 3, 4, 5, 6].map(name), 'photos'])
    // The one that was gone on with last is the youngest.
    await new UploadState(join(states, name(6))).journal('x').then(journal => journal.close())
    await forgetUploads(states, { nowMs, mostKept: 3 })
    expect(await left()).toEqual([name(0), name(1), name(6), 'photos'])
    await forgetUploads(join(folder, 'none'))
  })

  it('with anything in it is passed over', async () => {
    const state = new UploadState(join(folder, 'b'))
    await (await state.journal('y')).close()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json())), async lines => {
        await writeFile(join(folder, 'b', 'y.jsonl'), lines.join('\n'))
        await (await state.journal('y')).close()
      }),
      { seed: SEED, numRuns: 50 },
    )
  })
})

describe('the client of a registry', () => {
  let server: Server
  let url: string
  const blobs = new Map<string, Buffer>()
  let behave: 'empty 200' | 'forgets' | 'refuses' | 'lies' | 'stumbles' = 'empty 200'
  let posts = 0

  beforeAll(async () => {
    const hasher = await loadHasher()
    // As released registries: a form, an empty answer, hashes of 16 bytes.
    server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const answer = (status: number, body?: Uint8Array) => response.writeHead(status).end(body)
      if (request.method === 'POST') {
        posts++
        if (behave === 'refuses') return answer(400)
        if (behave === 'stumbles' && posts === 1) return answer(503)
        const body = Buffer.concat(parts)
        const boundary = /boundary=(.+)$/.exec(String(request.headers['content-type']))?.[1]
        const start = body.indexOf('\r\n\r\n') + 4
        const blob = body.subarray(start, body.indexOf(`\r\n--${boundary}--`))
        if (behave !== 'forgets') blobs.set(toHex(hasher.hash(blob, 16)), Buffer.from(blob))
        return answer(200)
      }
      const blob = blobs.get(String(request.url).split('/').at(-1) as string)
      if (String(request.url).length > 60) return answer(400)
      return blob ? answer(200, behave === 'lies' ? blob.subarray(1) : blob) : answer(404)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://cdn.localhost:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => void server.close())

  it('saves with one that answers nothing, and reads it back', async () => {
    const client = registryClient({ url })
    const hasher = await loadHasher()
    for (const blob of [
      new Uint8Array(),
      Uint8Array.from({ length: 70_000 }, (_, i) => i),
      new TextEncoder().encode('\r\n--x'),
    ]) {
      const hash = hasher.hash(blob, 16)
      expect(await client.get(hash)).toBeUndefined()
      await client.put(hash, blob)
      expect(Buffer.compare((await client.get(hash)) as Uint8Array, blob)).toBe(0)
    }
  })

  it.each([
    ['forgets', 16, 'CDN_REGISTRY', 'does not have it'],
    ['refuses', 16, 'CDN_REGISTRY', 'status 400'],
    ['empty 200', 32, 'CDN_REGISTRY', 'does not have it'],
  ] as const)('with one that %s (%i-byte hash) nothing counts as saved: %s', async (how, bytes, code, message) => {
    behave = how
    const blob = Uint8Array.of(1, 2, 3, bytes)
    const hash = (await loadHasher()).hash(blob, bytes)
    const client = registryClient({ url })
    await expect(client.put(hash, blob)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('notices a blob that is another one, tries again when it stumbles, says when it is away', async () => {
    behave = 'stumbles'
    posts = 0
    const hasher = await loadHasher()
    const blob = Uint8Array.of(9, 9, 9)
    const hash = hasher.hash(blob, 16)
    await registryClient({ url }).put(hash, blob)
    expect(posts).toBe(2)
    behave = 'lies'
    await expect(registryClient({ url }).get(hash)).rejects.toMatchObject({ code: 'CDN_HASH' })
    const away = registryClient({ url: 'http://127.0.0.1:1', attempts: 1 })
    await expect(away.get(hash)).rejects.toMatchObject({ code: 'CDN_UNREACHABLE' })
    expect(() => registryClient({ url: 'ftp://x' })).toThrow('ftp:')
  })
})
