import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { MemoryBlocks, MemoryMetadata, somePlaces } from '../../../test/support/cdn-memory.js'
import { toHex } from '../../core/hex.js'
import type { Message } from '../../events/host.js'
import { type DirectoryEntry, type DirectoryMetadata, LAYOUTS } from '../meta/index.js'
import {
  download,
  openObject,
  placeName,
  repair,
  type SavedObject,
  type StoredFile,
  type UploadOptions,
  upload,
  verify,
} from './index.js'

const MiB = 1024 * 1024
const places = somePlaces(4)
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyphae-object-'))
})
afterAll(() => rm(folder, { recursive: true }))

function rig() {
  const stores = { metadata: new MemoryMetadata(), blocks: new MemoryBlocks() }
  const options: UploadOptions = { places, requiredShards: 3, chunkBytes: MiB }
  return { stores, options }
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function readAll(object: StoredFile, range = {}): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of object.read(range)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a file', () => {
  const sizes = [0, 1, 14, MiB - 1, MiB, MiB + 1, 3 * MiB + 12345]
  it.each(LAYOUTS.flatMap(layout => sizes.map(size => [layout, size] as const)))(
    'comes back as it was: %s, %i bytes',
    async (layout, size) => {
      const { stores, options } = rig()
      const numbered = places.map((place, i) => ({ ...place, namespace: String(i) }))
      const bytes = randomBytes(size)
      const path = await file('a.bin', bytes)
      const saved = await upload(path, stores, { ...options, places: numbered, layout })
      expect(saved).toMatchObject({ kind: 'file', bytes: size, reusedShards: 0 })
      expect(saved.encryptedHash).toHaveLength(layout === 'namespaces-32' ? 32 : 16)
      const object = (await openObject(saved, stores)) as StoredFile
      expect(await object.size()).toBe(size)
      expect((await readAll(object)).equals(bytes)).toBe(true)
      const target = join(folder, 'back.bin')
      expect(await download(saved, stores, { output: target })).toMatchObject({ bytes: size })
      expect((await readFile(target)).equals(bytes)).toBe(true)
    },
  )

  it('is read by ranges, and only the blocks of the range are fetched', async () => {
    const { stores, options } = rig()
    const bytes = randomBytes(4 * MiB + 99)
    const saved = await upload(await file('r.bin', bytes), stores, options)
    for (const [start, end] of [
      [0, 1],
      [MiB - 1, MiB + 1],
      [2 * MiB, 3 * MiB],
      [4 * MiB, 4 * MiB + 99],
      [17, 4 * MiB + 98],
      [5, 5],
    ] as const) {
      const object = (await openObject(saved, stores)) as StoredFile
      const before = stores.blocks.gets
      expect((await readAll(object, { start, end })).equals(bytes.subarray(start, end))).toBe(true)
      const touched = end === start ? 0 : Math.floor((end - 1) / MiB) - Math.floor(start / MiB) + 1
      expect(stores.blocks.gets - before).toBe(3 * touched)
    }
    const object = (await openObject(saved, stores)) as StoredFile
    await expect(readAll(object, { start: 0, end: bytes.length + 1 })).rejects.toMatchObject({ code: 'CDN_LIMIT' })
  })

  it.each(places.map((_, i) => i))('is read with place %i dead, wrong, short or empty', async i => {
    const { stores, options } = rig()
    const bytes = randomBytes(2 * MiB + 5)
    const saved = await upload(await file('d.bin', bytes), stores, options)
    const place = places[i] as (typeof places)[number]
    const held = stores.blocks.of(place)

    stores.blocks.dead.add(placeName(place))
    expect((await readAll((await openObject(saved, stores)) as StoredFile)).equals(bytes)).toBe(true)
    stores.blocks.dead.clear()

    const found: unknown[] = []
    const right = new Map(held)
    const spoil: ((shard: Uint8Array) => Uint8Array)[] = [
      shard => shard.map(byte => byte ^ 0x55),
      shard => shard.map((byte, at) => (at === 7 ? byte ^ 1 : byte)),
      shard => shard.subarray(1),
      () => new Uint8Array(3),
    ]
    for (const change of spoil) {
      for (const [key, shard] of right) held.set(key, change(shard))
      const policy = { onWrongShard: (wrong: unknown) => found.push(wrong) }
      expect((await readAll((await openObject(saved, stores, policy)) as StoredFile)).equals(bytes)).toBe(true)
      const report = await verify(saved, stores)
      expect(report).toMatchObject({ bad: 3, lost: 0, blocks: 3, shards: 12 })
      for (const { shards } of report.files[0]?.blocks ?? []) {
        expect(shards.filter(({ state }) => state !== 'right')).toMatchObject([{ shard: i, state: 'corrupt' }])
      }
    }
    if (i < 3) expect(found).toContainEqual({ block: 0, shard: i, place: placeName(place) })

    held.clear()
    expect((await readAll((await openObject(saved, stores)) as StoredFile)).equals(bytes)).toBe(true)
    expect(await verify(saved, stores)).toMatchObject({ bad: 3, lost: 0 })
    const mended = await repair(saved, stores)
    expect(mended).toMatchObject({ moved: false, failed: [] })
    expect(mended.repaired).toHaveLength(3)
    for (const [key, shard] of right) expect(Buffer.compare(held.get(key) as Uint8Array, shard)).toBe(0)
    expect(await verify(saved, stores)).toMatchObject({ bad: 0 })
  })

  it('that lost too much says which places failed, and is not repaired', async () => {
    const { stores, options } = rig()
    const saved = await upload(await file('l.bin', randomBytes(100)), stores, options)
    for (const place of places.slice(0, 2)) stores.blocks.dead.add(placeName(place))
    const object = (await openObject(saved, stores)) as StoredFile
    await expect(readAll(object)).rejects.toMatchObject({
      code: 'CDN_SHARDS',
      details: {
        block: 0,
        needed: 3,
        good: 2,
        places: [{ place: '127.0.0.1:1000/cdn' }, { place: '127.0.0.1:1001/cdn' }],
      },
    })
    expect(await verify(saved, stores)).toMatchObject({ lost: 1 })
    expect(await repair(saved, stores)).toMatchObject({ moved: false, repaired: [], failed: [{ block: 0 }] })
  })

  it('moves to another place when one is gone, under a new reference', async () => {
    const { stores, options } = rig()
    const bytes = randomBytes(2 * MiB)
    const saved = await upload(await file('m.bin', bytes), stores, options)
    stores.blocks.dead.add(placeName(places[1] as (typeof places)[number]))
    const replacements = somePlaces(6)
    const mended = await repair(saved, stores, { replacements })
    expect(mended).toMatchObject({ moved: true, failed: [] })
    expect(mended.repaired.map(({ to }) => to)).toEqual(['127.0.0.1:1004/cdn', '127.0.0.1:1004/cdn'])
    stores.blocks.dead.add(placeName(places[0] as (typeof places)[number]))
    expect((await readAll((await openObject(mended.reference, stores)) as StoredFile)).equals(bytes)).toBe(true)
  })

  it('takes another place when one is slow, and the quick ones first from then on', async () => {
    const { stores, options } = rig()
    const saved = await upload(await file('s.bin', randomBytes(3 * MiB)), stores, options)
    const slow = placeName(places[0] as (typeof places)[number])
    stores.blocks.slow.set(slow, 10_000)
    const startedAt = performance.now()
    await readAll((await openObject(saved, stores, { hedgeAfterMs: 40, readAhead: 0 })) as StoredFile)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    // The first block asked it; later ones had no reason to.
    expect(stores.blocks.gets).toBe(4 + 3 + 3)
  })

  it('with equal content is stored once when deduplicated, and anew otherwise', async () => {
    const { stores, options } = rig()
    const bytes = randomBytes(2 * MiB + 1)
    const [a, b] = [await file('a1', bytes), await file('b1', bytes)]
    const first = await upload(a, stores, { ...options, deduplicate: true })
    expect(first).toMatchObject({ sentShards: 12, reusedShards: 0 })
    const again = await upload(a, stores, { ...options, deduplicate: true })
    expect(again).toMatchObject({ sentShards: 0, reusedShards: 12 })
    expect(again.encryptedHash).toEqual(first.encryptedHash)
    await upload(b, stores, { ...options, deduplicate: true })
    expect(stores.blocks.total).toBe(12)
    await upload(b, stores, options)
    expect(stores.blocks.total).toBe(24)
  })

  it('deduplicated with another code or order does not overwrite what is there', async () => {
    const { stores, options } = rig()
    const bytes = randomBytes(MiB + 1)
    const path = await file('o.bin', bytes)
    const saved = await Promise.all([
      upload(path, stores, { ...options, deduplicate: true }),
      upload(path, stores, { ...options, deduplicate: true, requiredShards: 2 }),
      upload(path, stores, { ...options, deduplicate: true, places: [...places].reverse() }),
    ])
    for (const one of saved) expect(await verify(one, stores)).toMatchObject({ bad: 0, lost: 0 })
  })

  it('is not saved when a place or the registry refuses, and goes on where it was', async () => {
    const { stores, options } = rig()
    const bytes = randomBytes(6 * MiB)
    const path = await file('i.bin', bytes)
    const resumable = { ...options, stateFolder: join(folder, 'state'), concurrency: 1 }
    stores.blocks.beforeSet = place => {
      if (place.includes('1002') && stores.blocks.sets > 10) stores.blocks.dead.add(place)
    }
    await expect(upload(path, stores, resumable)).rejects.toMatchObject({
      code: 'CDN_SAVE',
      details: { blocks: 6, refused: [{ shard: 2, place: '127.0.0.1:1002/cdn' }] },
      hint: expect.stringContaining('repeat'),
    })
    expect(stores.metadata.blobs.size).toBe(0)
    stores.blocks.beforeSet = () => {}
    stores.blocks.dead.clear()

    stores.metadata.failing = true
    await expect(upload(path, stores, resumable)).rejects.toMatchObject({ code: 'CDN_SAVE' })
    stores.metadata.failing = false
    expect(stores.blocks.sets).toBe(24)
    expect(stores.blocks.total).toBe(24)

    // What a place lost in between is sent again, under the same key.
    const lost = [...stores.blocks.of(places[3] as (typeof places)[number]).keys()][0] as string
    stores.blocks.of(places[3] as (typeof places)[number]).delete(lost)
    const saved = await upload(path, stores, resumable)
    expect(saved).toMatchObject({ sentShards: 1, reusedShards: 23 })
    expect(stores.blocks.total).toBe(24)
    expect((await readAll((await openObject(saved, stores)) as StoredFile)).equals(bytes)).toBe(true)
    expect(await readdir(join(folder, 'state'))).toEqual([])
  })

  it('has the same result until that is delivered, and is stored anew afterwards', async () => {
    const { stores, options } = rig()
    const state = join(folder, 'delivered')
    const path = await file('k.bin', randomBytes(2 * MiB + 1))
    const results: SavedObject[] = []
    const killed = (saved: SavedObject) => {
      results.push(saved)
      throw new Error('killed')
    }
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(upload(path, stores, { ...options, stateFolder: state, deliver: killed })).rejects.toThrow('killed')
    }
    const deliver = async (saved: SavedObject) => {
      expect(await readdir(state)).toHaveLength(1)
      results.push(saved)
    }
    await upload(path, stores, { ...options, stateFolder: state, deliver })
    expect(await readdir(state)).toEqual([])
    expect(results.map(({ sentShards, reusedShards }) => [sentShards, reusedShards])).toEqual([
      [12, 0],
      [0, 12],
      [0, 12],
    ])
    expect(new Set(results.map(({ encryptedHash }) => toHex(encryptedHash))).size).toBe(1)
    expect([stores.blocks.total, stores.blocks.sets, stores.metadata.blobs.size]).toEqual([12, 12, 1])

    await upload(path, stores, { ...options, stateFolder: state, deliver })
    expect(results.at(-1)).toMatchObject({ sentShards: 12, reusedShards: 0 })
    expect([stores.blocks.total, stores.metadata.blobs.size]).toEqual([24, 2])
  })

  it('that changed before its result was delivered is not taken for what it was', async () => {
    const { stores, options } = rig()
    const resumable = { ...options, stateFolder: join(folder, 'changed') }
    const bytes = randomBytes(3 * MiB)
    const path = await file('x.bin', bytes)
    const killed = () => {
      throw new Error('killed')
    }
    await expect(upload(path, stores, { ...resumable, deliver: killed })).rejects.toThrow('killed')
    // As long as before, and with the time of before.
    const { atime, mtime } = await stat(path)
    bytes.writeUInt8(bytes.readUInt8(MiB + 7) ^ 1, MiB + 7)
    await writeFile(path, bytes)
    await utimes(path, atime, mtime)

    const saved = await upload(path, stores, resumable)
    expect(saved).toMatchObject({ sentShards: 4, reusedShards: 8 })
    expect((await readAll((await openObject(saved, stores)) as StoredFile)).equals(bytes)).toBe(true)
  })

  it('that is cancelled stops, and holds no more blocks than slots', async () => {
    const { stores, options } = rig()
    const path = await file('c.bin', randomBytes(8 * MiB))
    for (const place of places) stores.blocks.slow.set(placeName(place), 30)
    const abort = new AbortController()
    const messages: Message[] = []
    const host = {
      notify: (message: Message) => {
        messages.push(message)
        abort.abort(new DOMException('enough', 'AbortError'))
      },
    }
    const all = { ...options, host, concurrency: 2, threads: 1, signal: abort.signal }
    await expect(upload(path, stores, all)).rejects.toThrow('enough')
    expect(stores.blocks.mostRunning).toBeLessThanOrEqual(3 * 4)
    expect(messages.length).toBeLessThan(4)
  })
})

describe('a directory', () => {
  it('has the same result until that is delivered, without anything being sent twice', async () => {
    const { stores, options } = rig()
    const root = join(folder, 'twice')
    await mkdir(join(root, 'in'), { recursive: true })
    for (const name of ['a.bin', 'in/b.bin', 'in/empty']) {
      await writeFile(join(root, name), randomBytes(name === 'in/empty' ? 0 : MiB + 1))
    }
    const results: SavedObject[] = []
    const killed = (saved: SavedObject) => {
      results.push(saved)
      throw new Error('killed')
    }
    const all = { ...options, recursive: true, stateFolder: join(folder, 'twice-state') }
    await expect(upload(root, stores, { ...all, deliver: killed })).rejects.toThrow('killed')
    results.push(await upload(root, stores, all))
    expect(results.map(({ sentShards, reusedShards }) => [sentShards, reusedShards])).toEqual([
      [16, 0],
      [0, 16],
    ])
    expect(results[1]?.encryptedHash).toEqual(results[0]?.encryptedHash)
    expect(stores.blocks.sets).toBe(16)
    expect(await readdir(all.stateFolder)).toEqual([])
  })

  it('is saved with everything in it when recursive, symbolic links apart, and comes back', async () => {
    const { stores, options } = rig()
    const root = join(folder, 'site')
    await mkdir(join(root, 'deep', 'deeper'), { recursive: true })
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'index.html'), '<p>hello</p>')
    await writeFile(join(root, 'deep', 'deeper', 'x.css'), 'p {}')
    await symlink('index.html', join(root, 'link'))
    const heard: Message[] = []
    const host = { notify: (message: Message) => void heard.push(message) }
    const saved = await upload(root, stores, { ...options, recursive: true, host })
    expect(saved).toMatchObject({ kind: 'directory', bytes: 16 })
    expect(heard.filter(({ code }) => code === 'CDN_SKIPPED').map(({ data }) => data?.reason)).toEqual([
      'a symbolic link',
    ])
    const target = join(folder, 'site-back')
    expect(await download(saved, stores, { output: target })).toMatchObject({ files: 2, bytes: 16 })
    expect(await readdir(target, { recursive: true })).toEqual(
      expect.arrayContaining(['index.html', 'deep', 'deep/deeper', 'deep/deeper/x.css', 'empty']),
    )
    expect(await readFile(join(target, 'deep', 'deeper', 'x.css'), 'utf8')).toBe('p {}')
    expect(await verify(saved, stores)).toMatchObject({ blocks: 2, bad: 0 })

    const shallow = await upload(root, stores, { ...options, host })
    expect(shallow.metadata).toMatchObject({ kind: 'directory', name: 'site', files: [{}] })

    stores.blocks.dead.add(placeName(places[0] as (typeof places)[number]))
    const mended = await repair(saved, stores, { replacements: somePlaces(5) })
    expect(mended).toMatchObject({ moved: true, failed: [], repaired: [{}, {}] })
    expect(await verify(mended.reference, stores)).toMatchObject({ blocks: 2, bad: 0 })
  })

  it('is verified and fetched a few files at once, in its order, and to the end of what was begun', async () => {
    const { stores, options } = rig()
    const root = join(folder, 'many')
    const names = Array.from({ length: 12 }, (_, i) => `${i < 6 ? 'a' : 'b'}/${String(i).padStart(2, '0')}.txt`)
    await Promise.all(['a', 'b'].map(name => mkdir(join(root, name), { recursive: true })))
    for (const name of names) await writeFile(join(root, name), name)
    const saved = await upload(root, stores, { ...options, recursive: true })
    for (const place of places) stores.blocks.slow.set(placeName(place), 5)

    stores.blocks.mostRunning = 0
    const report = await verify(saved, stores)
    expect(report.files.map(({ path }) => path)).toEqual(names.map(name => `many/${name}`))
    expect(report).toMatchObject({ blocks: 12, shards: 48, bad: 0, lost: 0 })
    // Four files, each with four shards.
    expect([stores.blocks.mostRunning, stores.blocks.running]).toEqual([16, 0])

    const output = join(folder, 'many-back')
    expect(await download(saved, stores, { output })).toMatchObject({ files: 12, bytes: 12 * 8 })
    for (const name of names) expect(await readFile(join(output, name), 'utf8')).toBe(name)

    const { files } = (await openObject(saved, stores)).metadata as DirectoryMetadata
    const inner = (await openObject(files[0] as DirectoryEntry, stores)).metadata as DirectoryMetadata
    stores.metadata.blobs.delete(toHex((inner.files[2] as DirectoryEntry).encryptedHash))
    await expect(verify(saved, stores)).rejects.toMatchObject({ code: 'CDN_NOT_FOUND' })
    expect(stores.blocks.running).toBe(0)
    const second = join(folder, 'many-half')
    await expect(download(saved, stores, { output: second })).rejects.toMatchObject({ code: 'CDN_NOT_FOUND' })
    expect((await readdir(second, { recursive: true })).filter(name => name.endsWith('.part'))).toEqual([])
  })
})
