import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import type { Message } from '../../events/host.js'
import { type Registry, type RegistryServerOptions, startRegistry } from './index.js'
import { hashOf, postBlob, readBlob, savedHash } from './testing/post-blob.js'

let folder: string
const started: Registry[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-registry-'))
})
afterEach(async () => {
  for (const one of started.splice(0)) await one.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(options: Partial<RegistryServerOptions> = {}): Promise<Registry> {
  const dataDir = options.dataDir ?? join(folder, randomBytes(6).toString('hex'))
  const registry = await startRegistry({ listen: '127.0.0.1:0', dataDir, ...options })
  started.push(registry)
  return registry
}

const bytes = (text: string) => new TextEncoder().encode(text)
const errorCode = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code

/** BLAKE3 of "hello mycelium", checked with b3sum; its first half is the vector of the format's description. */
const HELLO = bytes('hello mycelium')
const HELLO_HASH16 = '3c8c3830b6e546ec3b11db7e4828ccb7'

describe('a blob', () => {
  it('is kept under its BLAKE3, and found by all or half of it in either case', async () => {
    const { url } = await start()
    const response = await postBlob(url, HELLO)
    expect(response.status).toBe(200)
    const saved = (await response.json()) as { hash: string; hash16: string }
    expect(saved).toEqual({ hash: await hashOf(HELLO), hash16: HELLO_HASH16, size: 14, created: true })
    expect(response.headers.get('location')).toBe(`/api/v1/metadata/${saved.hash}`)

    for (const name of [saved.hash, saved.hash16, saved.hash.toUpperCase(), saved.hash16.toUpperCase()]) {
      expect(await readBlob(url, name)).toEqual(HELLO)
    }
  })

  it('is immutable for caches', async () => {
    const { url } = await start()
    const hash = await savedHash(url, HELLO)
    const at = `${url}/api/v1/metadata/${hash}`
    const response = await fetch(at)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '14',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      etag: `"${hash}"`,
    })
    for (const tag of [`"${hash}"`, `W/"${hash}"`, `"x", "${hash}"`, '*']) {
      const again = await fetch(at, { headers: { 'if-none-match': tag } })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', `"${hash}"`])
    }
    for (const tag of ['"x"', hash, '']) {
      const again = await fetch(at, { headers: { 'if-none-match': tag } })
      expect([again.status, await again.text()]).toEqual([200, 'hello mycelium'])
    }
  })

  it('has a HEAD without a body', async () => {
    const { url } = await start()
    const hash = await savedHash(url, HELLO)
    for (const name of [hash, hash.slice(0, 32)]) {
      const response = await fetch(`${url}/api/v1/metadata/${name}`, { method: 'HEAD' })
      expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '14', ''])
      expect(response.headers.get('etag')).toBe(`"${hash}"`)
    }
    const missing = await fetch(`${url}/api/v1/metadata/${'0'.repeat(32)}`, { method: 'HEAD' })
    expect([missing.status, await missing.text()]).toEqual([404, ''])
  })

  it('is one blob however often it comes', async () => {
    const { url } = await start()
    const created = await Promise.all(
      Array.from(
        { length: 50 },
        async () => ((await (await postBlob(url, HELLO)).json()) as { created: boolean }).created,
      ),
    )
    expect(created.filter(Boolean)).toHaveLength(1)
  })

  it.each([1, 2, 100, 65_535, 65_536, 1_000_000, 4_194_304])('of %i bytes comes back as it went', async size => {
    const { url } = await start()
    const data = new Uint8Array(randomBytes(size))
    expect(Buffer.from(await readBlob(url, await savedHash(url, data))).equals(data)).toBe(true)
  })

  it('survives a restart of the registry', async () => {
    const dataDir = join(folder, 'restarted')
    const first = await start({ dataDir })
    const hash = await savedHash(first.url, HELLO)
    await first.close()
    expect(await readBlob((await start({ dataDir })).url, hash)).toEqual(HELLO)
  })

  it('is kept also when its folder was removed meanwhile', async () => {
    const dataDir = join(folder, 'tidied')
    const { url } = await start({ dataDir })
    const hash = await savedHash(url, HELLO)
    rmSync(join(dataDir, 'blobs', hash.slice(0, 2)), { recursive: true })
    expect((await fetch(`${url}/api/v1/metadata/${hash}`)).status).toBe(404)
    expect(await savedHash(url, HELLO)).toBe(hash)
    expect(await readBlob(url, hash)).toEqual(HELLO)
  })

  it('that was damaged on the disk is not given out, and is mended by sending it again', async () => {
    const heard: Message[] = []
    const dataDir = join(folder, 'damaged')
    const { url } = await start({ dataDir, host: { notify: message => heard.push(message) } })
    const hash = await savedHash(url, HELLO)
    const path = join(dataDir, 'blobs', hash.slice(0, 2), hash.slice(2, 4), hash)
    expect(readFileSync(path)).toEqual(Buffer.from(HELLO))
    writeFileSync(path, 'hello mycelia!')

    const response = await fetch(`${url}/api/v1/metadata/${hash}`)
    expect([response.status, await errorCode(response)]).toEqual([500, 'REGISTRY_CORRUPT'])
    expect(heard).toMatchObject([{ code: 'REGISTRY_FAILED', level: 'error', data: { code: 'REGISTRY_CORRUPT' } }])

    expect(((await (await postBlob(url, HELLO)).json()) as { created: boolean }).created).toBe(false)
    expect(await readBlob(url, hash)).toEqual(HELLO)
    expect(readdirSync(join(dataDir, 'incoming'))).toEqual([])
  })
})

describe('a request that cannot be answered', () => {
  it.each([
    ['GET', '/', 404, 'REGISTRY_PATH'],
    ['GET', '/api/v1/metadata/', 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'0'.repeat(31)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'0'.repeat(63)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'0'.repeat(65)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'g'.repeat(32)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/0x${'0'.repeat(30)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'0'.repeat(32)}/`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/..%2f${'0'.repeat(32)}`, 400, 'REGISTRY_HASH'],
    ['GET', `/api/v1/metadata/${'0'.repeat(32)}`, 404, 'REGISTRY_NOT_FOUND'],
    ['GET', `/api/v1/metadata/${'0'.repeat(64)}?x=y`, 404, 'REGISTRY_NOT_FOUND'],
    ['GET', '/api/v1/metadata', 405, 'REGISTRY_METHOD'],
    ['PUT', `/api/v1/metadata/${'0'.repeat(32)}`, 405, 'REGISTRY_METHOD'],
    ['DELETE', '/healthz', 405, 'REGISTRY_METHOD'],
    ['GET', '/constructor', 404, 'REGISTRY_PATH'],
    ['POST', '/api/v1/metadata', 400, 'REGISTRY_MULTIPART'],
  ])('%s %s is answered with %i %s', async (method, path, status, code) => {
    const { url } = await start()
    const response = await fetch(`${url}${path}`, { method, ...(method === 'POST' ? { body: 'x' } : {}) })
    expect(response.headers.get('content-type')).toBe('application/json')
    const { error } = (await response.json()) as { error: Record<string, string> }
    expect([response.status, error.code]).toEqual([status, code])
    expect(error.message).toMatch(/\w/)
    expect(error.hint).toMatch(/\w/)
    if (status === 405) expect(response.headers.get('allow')).toMatch(/(GET|POST).*OPTIONS/)
  })

  it('is asked for one part named data', async () => {
    const { url } = await start()
    const post = async (form: FormData) => {
      const response = await fetch(`${url}/api/v1/metadata`, { method: 'POST', body: form })
      return `${response.status} ${await errorCode(response)}`
    }
    const form = (...parts: readonly [string, string][]) => {
      const made = new FormData()
      for (const [name, value] of parts) made.append(name, new Blob([value]), 'f')
      return made
    }
    expect(await post(form(['other', 'x']))).toBe('400 REGISTRY_PART')
    expect(await post(form(['data', '']))).toBe('400 REGISTRY_PART')
    expect(await post(form(['data', 'x'], ['data', 'y']))).toBe('400 REGISTRY_PART')
    expect(await savedHash(url, bytes('x'))).toBe(await hashOf(bytes('x')))
  })

  it('for a blob that is too large is refused before and while it arrives', async () => {
    const { url } = await start({ limits: { maxBlobBytes: 100_000 } })
    expect(await savedHash(url, new Uint8Array(100_000))).toHaveLength(64)
    for (const size of [100_001, 1_000_000]) {
      const response = await postBlob(url, new Uint8Array(size))
      expect([response.status, await errorCode(response)]).toEqual([413, 'REGISTRY_SIZE'])
    }
    // Of unknown length.
    const boundary = 'b'
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes('--b\r\ncontent-disposition: form-data; name=data\r\n\r\n'))
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(10_000))
        controller.close()
      },
    })
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const response = await fetch(`${url}/api/v1/metadata`, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit)
    expect([response.status, await errorCode(response)]).toEqual([413, 'REGISTRY_SIZE'])
  })
})

describe('writing', () => {
  it('needs the token where there is one; reading does not', async () => {
    const { url } = await start({ token: 'secret-token' })
    const wrong = [
      undefined,
      'Bearer',
      'Bearer x',
      'Bearer secret-token2',
      'Basic secret-token',
      'secret-token',
      'bearer  ',
    ]
    for (const authorization of wrong) {
      const response = await postBlob(url, HELLO, authorization === undefined ? {} : { authorization })
      expect([response.status, await errorCode(response)]).toEqual([401, 'REGISTRY_TOKEN'])
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
    }
    const response = await postBlob(url, HELLO, { authorization: 'Bearer secret-token' })
    expect(response.status).toBe(200)
    expect(await readBlob(url, HELLO_HASH16)).toEqual(HELLO)
  })

  it('is slowed down for each address', async () => {
    const { url } = await start({ writeRate: { perSecond: 0.01, burst: 3 }, behindProxy: true })
    const statuses = async (address: string) => {
      const responses = [1, 2, 3, 4].map(() => postBlob(url, HELLO, { 'x-forwarded-for': `9.9.9.9, ${address}` }))
      return (await Promise.all(responses)).map(({ status }) => status).sort()
    }
    expect(await statuses('10.0.0.1')).toEqual([200, 200, 200, 429])
    expect(await statuses('10.0.0.2')).toEqual([200, 200, 200, 429])
    const refused = await postBlob(url, HELLO, { 'x-forwarded-for': '10.0.0.1' })
    expect([refused.status, await errorCode(refused)]).toEqual([429, 'REGISTRY_RATE'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10)
    expect(await readBlob(url, HELLO_HASH16)).toEqual(HELLO)
  })
})

describe('pages of other origins', () => {
  it('may read, and may not write', async () => {
    const { url } = await start()
    const ask = (path: string) =>
      fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
      })
    const reading = await ask(`/api/v1/metadata/${HELLO_HASH16}`)
    expect([reading.status, reading.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(reading.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS')
    expect(reading.headers.get('access-control-allow-headers')).toBe('If-None-Match')
    const writing = await ask('/api/v1/metadata')
    expect([writing.status, writing.headers.get('access-control-allow-origin')]).toEqual([204, null])
    const missing = await fetch(`${url}/api/v1/metadata/${HELLO_HASH16}`)
    expect([missing.status, missing.headers.get('access-control-allow-origin')]).toEqual([404, '*'])
  })
})

describe('a registry', () => {
  it('says that it is well, and counts what it does', async () => {
    const { url } = await start()
    await postBlob(url, HELLO)
    await postBlob(url, HELLO)
    await readBlob(url, HELLO_HASH16)
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', store: 'files' })
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    for (const line of [
      'hyphae_registry_requests_total{route="save",method="POST",status="200"} 2',
      'hyphae_registry_requests_total{route="load",method="GET",status="200"} 1',
      'hyphae_registry_blobs_saved_total{outcome="created"} 1',
      'hyphae_registry_blobs_saved_total{outcome="present"} 1',
      'hyphae_registry_saved_bytes_total 14',
      'hyphae_registry_loaded_bytes_total 14',
      'hyphae_registry_request_seconds_bucket{route="save",le="+Inf"} 2',
      'hyphae_registry_request_seconds_count{route="save"} 2',
      'hyphae_registry_blob_bytes_in_memory 0',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    // Every line is a comment or a sample, and every sample has been announced.
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/)
    }
  })

  it('refuses options that cannot be used', async () => {
    await expect(start({ listen: 'nonsense' })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(start({ limits: { maxBlobBytes: 0 } })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(start({ token: 'two words' })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(start({ writeRate: { perSecond: 0, burst: 1 } })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(startRegistry({ listen: '127.0.0.1:0' })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(start({ postgres: { user: 'x' } })).rejects.toMatchObject({ code: 'INPUT_OPTION' })
    await expect(start({ dataDir: '/dev/null/x' })).rejects.toMatchObject({ code: 'CDN_CONFIG' })
    const { port } = await start()
    await expect(start({ listen: `127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'CDN_CONFIG' })
  })
})
