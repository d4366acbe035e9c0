import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { seal } from '../../crypto/index.js'
import { type BlockIdentity, encodeEntry, entryBytes, entryName, SEGMENT_BYTES } from './cache-entry.js'
import { type CachedBlock, DamagedEntry } from './cached-block.js'
import { DiskCache } from './disk-cache.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hyphae-cache-test-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const folder = () => mkdtemp(join(root, 'cache-'))
const block = (hashBytes = 32): BlockIdentity => ({
  contentHash: randomBytes(hashBytes),
  encryptedHash: randomBytes(hashBytes),
  nonce: randomBytes(12),
})
const pathOf = (home: string, one: BlockIdentity) => join(home, entryName(one).slice(0, 2), entryName(one))

async function readAll(cached: CachedBlock | undefined, start = 0, end = cached?.sizeBytes ?? 0): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of cached?.read(start, end) ?? []) pieces.push(piece)
  } finally {
    await cached?.close()
  }
  return Buffer.concat(pieces)
}

describe('an entry', () => {
  it('holds what the places hold, and nothing in plain', async () => {
    for (const hashBytes of [16, 32]) {
      const one = block(hashBytes)
      const plain = randomBytes(300_000)
      const { body } = encodeEntry(one, plain)
      const sealed = await seal({ key: one.contentHash, nonce: one.nonce, plain })
      expect(body.equals(sealed.subarray(0, plain.length))).toBe(true)
    }
  })

  it('gives out any range', async () => {
    const cache = await DiskCache.open({ folder: await folder(), mostBytes: 1 << 24 })
    for (const hashBytes of [16, 32]) {
      const one = block(hashBytes)
      const plain = randomBytes(3 * SEGMENT_BYTES + 777)
      expect(await cache.put(one, plain)).toBe(true)
      await fc.assert(
        fc.asyncProperty(fc.nat(plain.length), fc.nat(plain.length), async (a, b) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)]
          expect((await readAll(await cache.get(one), start, end)).equals(plain.subarray(start, end))).toBe(true)
        }),
        { numRuns: 60 },
      )
    }
  })

  it('that was changed anywhere is noticed, dropped and never given out', async () => {
    const home = await folder()
    const cache = await DiskCache.open({ folder: home, mostBytes: 1 << 24 })
    const plain = randomBytes(SEGMENT_BYTES + 5)
    for (const at of [0, 5, 9, 13, 16, 40, 60, 5000, entryBytes(plain.length) - 1]) {
      const one = block()
      await cache.put(one, plain)
      const bytes = await readFile(pathOf(home, one))
      bytes[at] = (bytes[at] as number) ^ 0x10
      await writeFile(pathOf(home, one), bytes)
      const cached = await cache.get(one)
      if (cached) await expect(readAll(cached)).rejects.toBeInstanceOf(DamagedEntry)
      expect(await cache.get(one)).toBeUndefined()
    }
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, damaged: 9 })
  })

  it('that was cut off, emptied or taken away is no entry', async () => {
    const home = await folder()
    const cache = await DiskCache.open({ folder: home, mostBytes: 1 << 24 })
    for (const keep of [0, 10, 1000]) {
      const one = block()
      await cache.put(one, randomBytes(5000))
      await writeFile(pathOf(home, one), (await readFile(pathOf(home, one))).subarray(0, keep))
      expect(await cache.get(one)).toBeUndefined()
    }
    const gone = block()
    await cache.put(gone, randomBytes(5000))
    await rm(pathOf(home, gone))
    expect(await cache.get(gone)).toBeUndefined()
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
  })
})

describe('the cache', () => {
  it('stays within its limit, and drops what was used longest ago', async () => {
    const home = await folder()
    const size = 10_000
    const cache = await DiskCache.open({ folder: home, mostBytes: entryBytes(size) * 3 })
    const blocks = [block(), block(), block(), block()] as const
    for (const one of blocks.slice(0, 3)) await cache.put(one, randomBytes(size))
    await readAll(await cache.get(blocks[0]))
    await cache.put(blocks[3], randomBytes(size))
    const here = await Promise.all(blocks.map(async one => (await readAll(await cache.get(one))).length > 0))
    expect(here).toEqual([true, false, true, true])
    expect(cache.stats()).toMatchObject({ entries: 3, bytes: entryBytes(size) * 3, evicted: 1 })
    expect(await cache.put(block(), randomBytes(size * 10))).toBe(false)
  })

  it('stays within its limit with many writers at once', async () => {
    const home = await folder()
    const mostBytes = entryBytes(10_000) * 5
    const cache = await DiskCache.open({ folder: home, mostBytes })
    await Promise.all(Array.from({ length: 40 }, () => cache.put(block(), randomBytes(10_000))))
    const files = (await readdir(home, { recursive: true })).filter(name => name.length > 40)
    const sizes = await Promise.all(files.map(async name => (await stat(join(home, name))).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(mostBytes)
    expect(cache.stats()).toMatchObject({ entries: files.length, failedWrites: 0 })
  })

  it('takes over what was there, in the order of its use, without what was half written', async () => {
    const home = await folder()
    const first = await DiskCache.open({ folder: home, mostBytes: 1 << 20 })
    const [old, young] = [block(), block()]
    await first.put(young, randomBytes(1000))
    await first.put(old, randomBytes(1000))
    await utimes(pathOf(home, old), 1000, 1000)
    await writeFile(join(home, `${'a'.repeat(24)}.tmp`), 'half')
    await writeFile(join(home, 'notes.txt'), 'not ours')
    const second = await DiskCache.open({ folder: home, mostBytes: entryBytes(1000) })
    expect(await second.get(old)).toBeUndefined()
    expect((await readAll(await second.get(young))).length).toBe(1000)
    expect((await readdir(home)).sort()).toEqual(
      [...new Set([old, young].map(one => entryName(one).slice(0, 2))), 'notes.txt'].sort(),
    )
  })

  it('that cannot be written goes on without, and says so', async () => {
    const home = await folder()
    const cache = await DiskCache.open({ folder: home, mostBytes: 1 << 20 })
    await rm(home, { recursive: true })
    expect(await cache.put(block(), randomBytes(10))).toBe(false)
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, failedWrites: 1 })
    const file = join(root, 'a-file')
    await writeFile(file, '')
    await expect(DiskCache.open({ folder: file, mostBytes: 1 })).rejects.toMatchObject({ code: 'CDN_CONFIG' })
  })

  it('still gives out what it drops while somebody reads it', async () => {
    const cache = await DiskCache.open({ folder: await folder(), mostBytes: entryBytes(400_000) })
    const one = block()
    const plain = randomBytes(400_000)
    await cache.put(one, plain)
    const cached = await cache.get(one)
    await cache.put(block(), randomBytes(400_000))
    expect((await readAll(cached)).equals(plain)).toBe(true)
  })
})
