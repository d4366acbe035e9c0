/** The registry on a real PostgreSQL: what it keeps, what survives, and what happens when the database goes away. */
import { randomBytes } from 'node:crypto'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { type Registry, type RegistryServerOptions, startRegistry } from '../../src/cdn/registry/index.js'
import { hashOf, postBlob, readBlob, savedHash } from '../../src/cdn/registry/testing/post-blob.js'
import type { Message } from '../../src/events/host.js'
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.js'

/** Comparing large arrays element by element takes longer than storing them. */
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

const describeWithPostgres = hasPostgres() ? describe : describe.skip

describeWithPostgres('a registry on PostgreSQL', () => {
  let postgres: Postgres
  const started: Registry[] = []
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 60_000)
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close()
  })
  afterAll(() => postgres.close())

  let databases = 0
  const newDatabase = () => postgres.createDatabase(`registry_${++databases}`)

  async function start(url: string, options: Partial<RegistryServerOptions> = {}): Promise<Registry> {
    const registry = await startRegistry({ listen: '127.0.0.1:0', postgres: { url }, ...options })
    started.push(registry)
    return registry
  }

  it('keeps blobs in the table as it is documented', async () => {
    const address = await newDatabase()
    const registry = await start(address)
    const data = new Uint8Array(randomBytes(5_000))
    const hash = await savedHash(registry.url, data)
    expect(isSame(await readBlob(registry.url, hash), data)).toBe(true)
    expect(isSame(await readBlob(registry.url, hash.slice(0, 32).toUpperCase()), data)).toBe(true)
    expect(await savedHash(registry.url, data)).toBe(hash)
    expect(registry.store).toBe('postgres')

    const rows = await postgres.query(
      `SELECT encode(hash, 'hex') AS hash, data, size, created_at > now() - interval '1 minute' AS fresh FROM blobs`,
      [],
      address,
    )
    expect(rows).toEqual([{ hash, data: Buffer.from(data), size: '5000', fresh: true }])
    const head = await fetch(`${registry.url}/api/v1/metadata/${hash.slice(0, 32)}`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5000'])
    expect((await fetch(`${registry.url}/api/v1/metadata/${'0'.repeat(64)}`)).status).toBe(404)
    expect(await (await fetch(`${registry.url}/healthz`)).json()).toEqual({ status: 'ok', store: 'postgres' })
  })

  it('takes over the database of the service it follows', async () => {
    const address = await newDatabase()
    // As threefoldtech/mycelium-cdn-registry makes it, with blobs under 16 bytes of their hash.
    await postgres.query(
      'CREATE TABLE blobs (hash BYTEA PRIMARY KEY, data BYTEA NOT NULL, size BIGINT NOT NULL, created_at TIMESTAMPTZ DEFAULT NOW())',
      [],
      address,
    )
    const blobs: { data: Uint8Array; hash: Buffer }[] = []
    for (let i = 0; i < 250; i++) {
      const data = randomBytes(300)
      blobs.push({ data: new Uint8Array(data), hash: Buffer.from((await hashOf(data)).slice(0, 32), 'hex') })
    }
    await postgres.query(
      'INSERT INTO blobs SELECT hash, data, length(data) FROM unnest($1::bytea[], $2::bytea[]) AS row(hash, data)',
      [blobs.map(({ hash }) => hash), blobs.map(({ data }) => Buffer.from(data))],
      address,
    )
    const damaged = Buffer.alloc(16, 7)
    await postgres.query('INSERT INTO blobs VALUES ($1, $2, 3)', [damaged, Buffer.from('abc')], address)

    const { url } = await start(address)
    for (const { data, hash } of blobs) expect(await readBlob(url, hash.toString('hex'))).toEqual(data)
    const first = blobs[0] as (typeof blobs)[0]
    expect(await readBlob(url, await hashOf(first.data))).toEqual(first.data)
    expect((await fetch(`${url}/api/v1/metadata/${damaged.toString('hex')}`)).status).toBe(500)
    const lengths = await postgres.query(
      'SELECT octet_length(hash) AS n, count(*) AS rows FROM blobs GROUP BY 1 ORDER BY 1',
      [],
      address,
    )
    expect(lengths).toEqual([
      { n: 16, rows: '1' },
      { n: 32, rows: '250' },
    ])
  })

  it('brings the schema up to date once, when several registries start together', async () => {
    const address = await newDatabase()
    const registries = await Promise.all(
      Array.from({ length: 6 }, () => start(address, { limits: { storeConcurrency: 2 } })),
    )
    const rows = await postgres.query('SELECT version FROM registry_migrations ORDER BY version', [], address)
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }])
    const hash = await savedHash((registries[0] as Registry).url, new Uint8Array([1, 2, 3]))
    for (const { url } of registries) expect(await readBlob(url, hash)).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('keeps one blob of 200 writers who write the same, and all of 200 who write different ones', async () => {
    const address = await newDatabase()
    const { url } = await start(address)
    const same = new Uint8Array(randomBytes(20_000))
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await postBlob(url, same)
        return { status: response.status, ...((await response.json()) as { created: boolean; hash: string }) }
      }),
    )
    expect(outcomes.every(({ status, hash }) => status === 200 && hash === outcomes[0]?.hash)).toBe(true)
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1)

    const different = Array.from({ length: 200 }, () => new Uint8Array(randomBytes(20_000)))
    const hashes = await Promise.all(different.map(data => savedHash(url, data)))
    expect(new Set(hashes).size).toBe(200)
    const found = await Promise.all(hashes.map(hash => readBlob(url, hash)))
    expect(found.every((data, i) => isSame(data, different[i] as Uint8Array))).toBe(true)
    expect(await postgres.query('SELECT count(*) AS n FROM blobs', [], address)).toEqual([{ n: '201' }])
  })

  it.each(['fast', 'immediate'] as const)(
    'loses nothing when the database is restarted (%s) in the middle of uploads',
    async mode => {
      const address = await newDatabase()
      const heard: Message[] = []
      const { url } = await start(address, { host: { notify: message => heard.push(message) } })
      const written = new Map<string, Uint8Array>()
      let restarted = false
      const writer = async () => {
        // Goes on until some uploads have been made after the restart as well.
        for (let after = 0; after < 3; ) {
          const data = new Uint8Array(randomBytes(10_000))
          written.set(await savedHash(url, data), data)
          if (restarted) after++
        }
      }
      const writers = Array.from({ length: 40 }, writer)
      while (written.size < 100) await new Promise(resolve => setImmediate(resolve))
      const before = written.size
      await postgres.restart(mode)
      restarted = true
      await Promise.all(writers)

      expect(written.size).toBeGreaterThan(before)
      for (const [hash, data] of written) expect(isSame(await readBlob(url, hash), data)).toBe(true)
      const [{ n } = { n: '' }] = await postgres.query<{ n: string }>('SELECT count(*) AS n FROM blobs', [], address)
      expect(Number(n)).toBe(written.size)
      expect(heard.map(({ code }) => code)).toEqual(['REGISTRY_STORE_LOST', 'REGISTRY_STORE_BACK'])
    },
    60_000,
  )

  it('says that it is not well while the database is away, and is well again by itself', async () => {
    const address = await newDatabase()
    const { url } = await start(address, { limits: { storeTimeoutMs: 400 } })
    const hash = await savedHash(url, new Uint8Array([1]))
    await postgres.stop('immediate')
    const answers = await Promise.all([
      fetch(`${url}/healthz`),
      fetch(`${url}/api/v1/metadata/${hash}`),
      postBlob(url, new Uint8Array([2])),
      ...Array.from({ length: 40 }, (_, i) => postBlob(url, new Uint8Array([3, i]))),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(((await answer.json()) as { error: { code: string } }).error.code).toMatch(/^REGISTRY_(STORE|BUSY)$/)
    }
    await postgres.start()
    expect(await readBlob(url, hash)).toEqual(new Uint8Array([1]))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  }, 60_000)

  it('mends what was damaged in the database when it is sent again', async () => {
    const address = await newDatabase()
    const { url } = await start(address)
    const data = new Uint8Array([1, 2, 3])
    const hash = await savedHash(url, data)
    await postgres.query("UPDATE blobs SET data = 'x'", [], address)
    expect((await fetch(`${url}/api/v1/metadata/${hash}`)).status).toBe(500)
    expect(await savedHash(url, data)).toBe(hash)
    expect(await readBlob(url, hash)).toEqual(data)
  })

  it('lets uploads that are under way end when it is stopped', async () => {
    const address = await newDatabase()
    const registry = await start(address)
    const blobs = Array.from({ length: 60 }, () => new Uint8Array(randomBytes(200_000)))
    const outcomes = blobs.map(data => savedHash(registry.url, data).catch(() => undefined))
    await Promise.race(outcomes)
    await registry.close()
    const hashes = (await Promise.all(outcomes)).filter(hash => hash !== undefined)
    expect(hashes.length).toBeGreaterThan(0)
    const again = await start(address)
    for (const hash of hashes) expect((await readBlob(again.url, hash)).length).toBe(200_000)
    const [{ open } = { open: '' }] = await postgres.query<{ open: string }>(
      "SELECT count(*) AS open FROM pg_stat_activity WHERE application_name = 'hyphae registry'",
    )
    expect(Number(open)).toBeLessThanOrEqual(16)
  })

  it('does not start without its database, says why, and shows no password', async () => {
    const limits = { storeTimeoutMs: 300 }
    const refused = start('postgres://someone:hunter2@127.0.0.1:1/x', { limits })
    await expect(refused).rejects.toMatchObject({
      code: 'REGISTRY_STORE',
      message: expect.stringMatching(/ECONNREFUSED/),
    })
    const wrong = start(postgres.url.replace(postgres.password, 'hunter2'), { limits })
    await expect(wrong).rejects.toMatchObject({ code: 'REGISTRY_STORE', message: expect.stringMatching(/28P01/) })
    for (const outcome of await Promise.allSettled([refused, wrong])) {
      expect(JSON.stringify((outcome as PromiseRejectedResult).reason)).not.toContain('hunter2')
    }
  })
})
