/** The content network as it is run: four places, a registry, a gateway and the uploader, each a process of its own. */
import { readFile, writeFile } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { installedPackage } from '../support/installed-package.js'
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.js'
import { type CdnNetwork, MiB, type Place, readTree, someBytes, startCdn, writeTree } from './support/cdn-network.js'
import { lineOf } from './support/processes.js'

const SETUP_MS = 180_000

interface Saved {
  readonly url: string
  readonly bytes: number
  readonly sentShards: number
  readonly reusedShards: number
}

interface Inspected {
  readonly blocks: readonly { encryptedHash: string; shards: readonly { place: string }[] }[]
}

interface Verified {
  readonly files: readonly {
    path: string
    blocks: readonly { readable: boolean; shards: readonly { shard: number; place: string; state: string }[] }[]
  }[]
  readonly bad: number
  readonly lost: number
}

interface Repaired {
  readonly moved: boolean
  readonly url: string
  readonly repaired: readonly { from: string; to: string }[]
  readonly failed: readonly unknown[]
}

beforeAll(() => void installedPackage(), SETUP_MS)

let postgres: Postgres | undefined
beforeAll(async () => {
  if (hasPostgres()) postgres = await startPostgres()
}, SETUP_MS)
afterAll(async () => postgres?.close())

const SITE = {
  'index.html': '<title>site</title><a href="docs/">docs</a>',
  'docs/index.html': '<title>docs</title>',
  'docs/deep/er/page.txt': 'far in',
  'docs/empty.txt': '',
  '<b>.txt': 'a name with HTML in it',
}

describe.each([
  ['PostgreSQL', () => ['--db-url', (postgres as Postgres).url]],
  ['files', (folder: string) => ['--data', `${folder}/registry`]],
] as const)('the content network with a registry that keeps %s', (store, registryArgs) => {
  const isDatabase = store === 'PostgreSQL'
  let cdn: CdnNetwork
  let config: string
  beforeAll(async () => {
    if (isDatabase && postgres === undefined) return
    cdn = await startCdn(registryArgs)
    config = await cdn.config('config.toml', cdn.places)
  }, SETUP_MS)
  afterAll(async () => cdn?.close())

  const test = (name: string, run: () => Promise<void>) =>
    it(name, async () => {
      if (cdn === undefined) return // ensureDebian has said why
      await run()
    }, 60_000)

  /** Writes a file and saves it. */
  async function save(name: string, content: Uint8Array, ...more: readonly string[]): Promise<Saved> {
    await writeFile(cdn.path(name), content)
    return cdn.processes.result<Saved>(['upload', name, '--config', config, '--chunk-size', '1MiB', ...more])
  }

  /** What `mycdnctl download` brings, byte for byte. */
  async function fetched(url: string, output: string): Promise<Buffer> {
    await cdn.processes.run(['download', url, '--output', output])
    return readFile(cdn.path(output))
  }

  test('gives a file back, to mycdnctl and over HTTP, whole and in ranges', async () => {
    const content = someBytes(5 * MiB + 4_321)
    await writeFile(cdn.path('film.bin'), content)
    const { out } = await cdn.processes.run(['--registry', cdn.registry, 'upload', 'film.bin', '--config', config])
    const [, url = ''] = /^Object film\.bin saved\. Url: (http:\/\/\S+)\n$/.exec(out.toString()) ?? []
    expect(url).toMatch(/^http:\/\/[a-z2-7]{52}\.cdn\.localhost:\d+\/\?key=[0-9a-f]{64}$/)

    expect((await fetched(url, 'film.back')).equals(content)).toBe(true)

    const whole = await cdn.get(url)
    expect([whole.status, whole.headers['content-length']]).toEqual([200, `${content.length}`])
    expect(whole.body.equals(content)).toBe(true)
    // Over the border of two blocks.
    const middle = await cdn.get(url, '/', { range: `bytes=${5 * MiB - 10}-${5 * MiB + 9}` })
    expect([middle.status, middle.headers['content-range']]).toEqual([
      206,
      `bytes ${5 * MiB - 10}-${5 * MiB + 9}/${content.length}`,
    ])
    expect(middle.body.equals(content.subarray(5 * MiB - 10, 5 * MiB + 10))).toBe(true)
    const end = await cdn.get(url, '/', { range: 'bytes=-100' })
    expect(end.body.equals(content.subarray(-100))).toBe(true)
    const again = await cdn.get(url, '/', { 'if-none-match': String(whole.headers.etag) })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  test('gives a site of nested directories back, and serves it', async () => {
    await writeTree(cdn.path('site'), SITE)
    const { url } = await cdn.processes.result<Saved>(['upload', 'site', '--recursive', '--config', config])
    await cdn.processes.run(['download', url, '--output', 'site.back'])
    const back = Object.entries(await readTree(cdn.path('site.back'))).map(([name, bytes]) => [name, bytes.toString()])
    expect(Object.fromEntries(back)).toEqual(SITE)

    const home = await cdn.get(url)
    expect([home.status, home.body.toString()]).toEqual([200, SITE['index.html']])
    expect(home.headers['content-type']).toMatch(/^text\/html/)
    const page = await cdn.get(url, '/docs/deep/er/page.txt')
    expect([page.status, page.body.toString()]).toEqual([200, 'far in'])
    expect((await cdn.get(url, '/docs/')).body.toString()).toBe(SITE['docs/index.html'])
    expect((await cdn.get(url, '/nothing.txt')).status).toBe(404)
  })

  if (!isDatabase) return

  test('completes a download while any one of the places is killed', async () => {
    const content = someBytes(24 * MiB + 77)
    const { url } = await save('long.bin', content)
    for (const place of cdn.places) {
      const { child, ended } = cdn.processes.start(['download', url, '--output', '-'], { raw: true })
      const reader = child.stdout[Symbol.asyncIterator]()
      // Nobody reads on, so that what is fetched ahead is a few blocks: the rest comes without the place.
      const pieces = [(await reader.next()).value as Buffer]
      await place.kill()
      for await (const piece of { [Symbol.asyncIterator]: () => reader }) pieces.push(piece as Buffer)
      const { code, err } = await ended
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
      expect(Buffer.concat(pieces).equals(content)).toBe(true)
      await place.start()
    }
    expect(await cdn.processes.result<Verified>(['verify', url])).toMatchObject({ bad: 0, lost: 0 })
  })

  test('finds a place that answers with wrong shards, reads around it, and mends it', async () => {
    const content = someBytes(3 * MiB + 5)
    const { url } = await save('spoiled.bin', content)
    const place = cdn.places[1] as Place
    await spoil(place, await keysOf(url))

    expect((await fetched(url, 'spoiled.back')).equals(content)).toBe(true)
    expect((await cdn.get(url)).body.equals(content)).toBe(true)

    const found = await cdn.processes.result<Verified>(['verify', url], 1)
    expect(badOf(found)).toEqual(new Array(4).fill(`corrupt ${place.name}`))
    const text = await cdn.processes.run(['verify', url], 1)
    expect(text.out.toString()).toContain(`spoiled.bin block 0 shard 1 ${place.name} corrupt`)

    const mended = await cdn.processes.result<Repaired>(['repair', url])
    expect({ moved: mended.moved, failed: mended.failed, url: mended.url }).toEqual({ moved: false, failed: [], url })
    expect(mended.repaired.map(({ to }) => to)).toEqual(new Array(4).fill(place.name))
    expect(await cdn.processes.result<Verified>(['verify', url])).toMatchObject({ bad: 0, lost: 0 })
  })

  test('puts shards of a place that is gone onto another one, under a new reference', async () => {
    const files = { 'a.bin': someBytes(2 * MiB), 'in/b.bin': someBytes(MiB + 1) }
    await writeTree(cdn.path('moving'), files)
    const { url } = await cdn.processes.result<Saved>(['upload', 'moving', '--recursive', '--config', config])
    const gone = cdn.places[2] as Place
    const other = cdn.places[0] as Place
    await gone.kill()

    const lost = await cdn.processes.result<Verified>(['verify', url], 1)
    expect([lost.lost, new Set(badOf(lost))]).toEqual([0, new Set([`unreachable ${gone.name}`])])

    const fifth = await cdn.addPlace()
    const replacement = await cdn.config('replacement.toml', [
      cdn.places[3] as Place,
      other,
      cdn.places[1] as Place,
      fifth,
    ])
    const mended = await cdn.processes.result<Repaired>(['repair', url, '--config', replacement])
    expect([mended.moved, mended.failed]).toEqual([true, []])
    expect(mended.repaired.map(({ from, to }) => `${from} → ${to}`)).toEqual(
      new Array(2).fill(`${gone.name} → ${fifth.name}`),
    )
    expect(mended.url).not.toBe(url)
    expect(await cdn.processes.result<Verified>(['verify', mended.url])).toMatchObject({ bad: 0, lost: 0 })

    // Now another one may go.
    await other.kill()
    await cdn.processes.run(['download', mended.url, '--output', 'moving.back'])
    const back = await readTree(cdn.path('moving.back'))
    for (const [name, bytes] of Object.entries(files)) expect(back[name]?.equals(bytes)).toBe(true)
    await Promise.all([other.start(), gone.start()])
  })

  test('loses nothing when the database crashes in the middle of an upload', async () => {
    const before = await save('before.bin', someBytes(1_000))
    const names = Array.from({ length: 60 }, (_, i) => `${i}.txt`)
    await writeTree(cdn.path('many'), Object.fromEntries(names.map(name => [name, `content of ${name}`])))
    const args = ['upload', 'many', '--config', config, '--concurrency', '2', '--json']
    const { child, ended } = cdn.processes.start(args)
    let saved = 0
    await lineOf(child, line => line.includes('"CDN_OBJECT_SAVED"') && ++saved === 8)
    const database = postgres as Postgres
    await database.stop('immediate')
    // It cannot end before the database is there again: there is metadata that nobody has taken yet.
    expect(child.exitCode).toBe(null)
    await database.start()

    const first = await ended
    const last = JSON.parse(first.out.toString().trimEnd().split('\n').at(-1) as string) as { result?: Saved }
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' })
    await cdn.processes.run(['download', (last.result as Saved).url, '--output', 'many.back'])
    const back = await readTree(cdn.path('many.back'))
    expect(Object.entries(back).filter(([name, bytes]) => bytes.toString() === `content of ${name}`)).toHaveLength(60)
    expect(await fetched(before.url, 'before.back')).toHaveLength(1_000)
  })

  test('comes to the same result when nobody took the first one, and sends nothing for it', async () => {
    const content = someBytes(2 * MiB + 100)
    await writeFile(cdn.path('untold.bin'), content)
    const counts = await sizes(cdn)
    const added = async () => (await sizes(cdn)).map((size, i) => size - (counts[i] as number))
    const args = ['upload', 'untold.bin', '--config', config, '--chunk-size', '1MiB']
    const { child, ended } = cdn.processes.start(args, { raw: true })
    child.stdout.destroy()
    await ended
    expect(await added()).toEqual([3, 3, 3, 3])

    const saved = await cdn.processes.result<Saved>(args)
    expect(saved).toMatchObject({ sentShards: 0, reusedShards: 12 })
    expect(await added()).toEqual([3, 3, 3, 3])
    expect((await fetched(saved.url, 'untold.back')).equals(content)).toBe(true)

    // Now it was taken: what follows is another upload.
    const next = await cdn.processes.result<Saved>(args)
    expect(next).toMatchObject({ sentShards: 12, reusedShards: 0 })
    expect(next.url).not.toBe(saved.url)
  })

  describe('after uploads that were killed at any time', () => {
    const seed = Number(process.env.CDN_KILL_SEED ?? 20261121)
    const BLOCKS = 10
    const KILLS = 3
    it.each([
      ['--deduplicate', ['--deduplicate']],
      ['what was remembered', []],
    ])(
      `goes on with %s: the same content, no shard twice (CDN_KILL_SEED=${seed})`,
      async (_how, flags) => {
        if (cdn === undefined) return
        const random = numbersFrom(seed)
        for (let round = 0; round < 3; round++) {
          const name = `killed-${flags.length}-${round}.bin`
          const content = someBytes((BLOCKS - 1) * MiB + 100)
          await writeFile(cdn.path(name), content)
          const counts = await sizes(cdn)
          const args = ['upload', name, '--config', config, '--chunk-size', '1MiB', ...flags]
          const told: Saved[] = []
          for (let kill = 0; kill < KILLS; kill++) told.push(...(await killSomewhere(args, random)))

          const saved = await cdn.processes.result<Saved>(args)
          expect(saved.sentShards + saved.reusedShards).toBe(4 * BLOCKS)
          // An upload whose result was told is over: what follows may be a new one. Without that, nothing is there twice.
          const added = (await sizes(cdn)).map((size, i) => size - (counts[i] as number))
          const uploads = (added[0] as number) / BLOCKS
          expect(added).toEqual(new Array(4).fill(uploads * BLOCKS))
          expect([...Array(flags.length > 0 ? 1 : told.length + 1)].map((_, i) => i + 1)).toContain(uploads)
          const urls = new Set([saved, ...told].map(({ url }) => url))
          expect(urls.size).toBe(uploads)
          for (const url of urls) expect((await fetched(url, `${name}.back`)).equals(content)).toBe(true)

          if (flags.length === 0) continue
          const again = await cdn.processes.result<Saved>(args)
          expect(again).toMatchObject({ url: saved.url, sentShards: 0, reusedShards: 4 * BLOCKS })
        }
      },
      120_000,
    )

    /** Anywhere between the start of the process and its end. Resolves with its result, if it came to telling it. */
    async function killSomewhere(args: readonly string[], random: () => number): Promise<readonly Saved[]> {
      const { child, ended } = cdn.processes.start([...args, '--json'])
      const steps = Math.floor(random() * (BLOCKS + 2))
      let seen = 0
      const isStep = (line: string) => line.includes('"CDN_BLOCK_SAVED"') || line.includes('"CDN_OBJECT_SAVED"')
      const reached = steps === 0 ? undefined : lineOf(child, line => isStep(line) && ++seen === steps)
      // At the end every moment is another case: the last shard, the metadata, the result, what is forgotten after it.
      const delayMs = random() * (steps === 0 ? 400 : steps === BLOCKS + 1 ? 4 : 15)
      await Promise.race([reached, ended])
      await Promise.race([new Promise(resolve => setTimeout(resolve, delayMs)), ended])
      child.kill('SIGKILL')
      const { out } = await ended
      const lines = out.toString().split('\n').slice(0, -1)
      return lines
        .filter(line => line.startsWith('{"result"'))
        .map(line => (JSON.parse(line) as { result: Saved }).result)
    }
  })

  async function keysOf(url: string): Promise<readonly Buffer[]> {
    const { blocks } = await cdn.processes.result<Inspected>(['inspect', url])
    return blocks.map(({ encryptedHash }) => Buffer.from(encryptedHash, 'hex'))
  }
})

/** The place answers, with something else. */
function spoil(place: Place, keys: readonly Buffer[]): Promise<void> {
  return place.use(async client => {
    for (const key of keys) {
      const shard = Buffer.from((await client.get(key)) as Uint8Array)
      shard[shard.length >> 1] = (shard[shard.length >> 1] as number) ^ 0xff
      await client.set(key, shard)
    }
  })
}

/** Keys in each of the first four places. */
function sizes({ places }: CdnNetwork): Promise<readonly number[]> {
  return Promise.all(places.slice(0, 4).map(place => place.use(async client => client.size())))
}

/** `corrupt 127.0.0.1:9900/default`, for every shard that is not right. */
function badOf({ files }: Verified): readonly string[] {
  const shards = files.flatMap(({ blocks }) => blocks.flatMap(block => block.shards))
  return shards.filter(({ state }) => state !== 'right').map(({ state, place }) => `${state} ${place}`)
}

/** The same numbers from 0 to 1 for the same seed: mulberry32. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
