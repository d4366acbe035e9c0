import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { DataLog, type Recovery } from './data-log.js'
import { FILE_HEAD_BYTES, type Position, RECORD_HEAD_BYTES, type RecordHead } from './record.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zdb-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Found {
  readonly head: RecordHead
  readonly position: Position
}

const options = { epoch: 0, fileBytes: 1024 * 1024 }

async function open(path = folder, fileBytes = options.fileBytes) {
  const found: Found[] = []
  const { log, recovery } = await DataLog.open({ ...options, folder: path, fileBytes }, (head, position) =>
    found.push({ head, position }),
  )
  return { log, recovery, found }
}

async function put(log: DataLog, key: string, value: Uint8Array): Promise<Position> {
  return log.append({ kind: 'set', key, timestamp: 7, previous: undefined }, value, crc32(value))
}

async function keysAfter(change: (path: string) => Promise<void>): Promise<{ keys: string[]; recovery: Recovery }> {
  const copy = await mkdtemp(join(tmpdir(), 'zdb-log-'))
  try {
    await cp(folder, copy, { recursive: true })
    await change(join(copy, '0-0.zdb'))
    const first = await open(copy)
    // What was saved goes on: another record, and everything is there again.
    await put(first.log, 'after', Buffer.from('all'))
    await first.log.close()
    const again = await open(copy)
    await again.log.close()
    expect(again.recovery.tornBytes).toBe(0)
    expect(again.found.at(-1)?.head.key).toBe('after')
    return { keys: first.found.map(({ head }) => head.key), recovery: first.recovery }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

describe('the data files', () => {
  it('give back what was added, in order', async () => {
    const { log } = await open()
    const values = [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(100_000, 1), Buffer.from('y')]
    const positions: Position[] = []
    for (const [i, value] of values.entries()) positions.push(await put(log, `k${i}`, value))
    await log.append({ kind: 'delete', key: 'k1', timestamp: 8, previous: undefined }, Buffer.alloc(0), 0)
    await log.close()

    const again = await open()
    expect(again.recovery).toEqual({ tornBytes: 0, faults: 0 })
    expect(again.found.map(({ head }) => [head.kind, head.key, head.valueBytes])).toEqual([
      ['set', 'k0', 0],
      ['set', 'k1', 1],
      ['set', 'k2', 100_000],
      ['set', 'k3', 1],
      ['delete', 'k1', 0],
    ])
    for (const [i, position] of positions.entries()) {
      const value = values[i] as Buffer
      expect(await again.log.value(position, 2, value.length, crc32(value))).toEqual(value)
    }
    await again.log.close()
  })

  it('lose nothing but the last record when they are cut at any of its bytes', async () => {
    const { log } = await open()
    for (const key of ['one', 'two']) await put(log, key, Buffer.from(`value of ${key}`))
    const start = log.position.offset
    await put(log, 'last', Buffer.from('some value'))
    const end = log.position.offset
    await log.close()
    for (let at = start; at <= end; at++) {
      const { keys, recovery } = await keysAfter(path => truncate(path, at))
      expect([at, keys]).toEqual([at, at === end ? ['one', 'two', 'last'] : ['one', 'two']])
      expect(recovery).toEqual({ tornBytes: at === end ? 0 : at - start, faults: 0 })
    }
  })

  it('begin anew when they were cut while they were made', async () => {
    const { log } = await open()
    await log.close()
    for (let at = 0; at <= FILE_HEAD_BYTES; at++) {
      expect((await keysAfter(path => truncate(path, at))).recovery.faults).toBe(0)
    }
  })

  it('lose nothing but the record in which a byte was changed', async () => {
    const { log } = await open()
    const starts: number[] = []
    for (const key of ['one', 'two', 'last']) {
      starts.push(log.position.offset)
      await put(log, key, Buffer.from(`value of ${key}`))
    }
    const end = log.position.offset
    await log.close()
    for (let at = starts[1] as number; at < end; at++) {
      const { keys, recovery } = await keysAfter(async path => {
        const bytes = await readFile(path)
        bytes[at] = (bytes[at] as number) ^ 0x55
        await writeFile(path, bytes)
      })
      const inLast = at >= (starts[2] as number)
      const inValue = at >= (starts[1] as number) + RECORD_HEAD_BYTES + 3
      // A record whose value is damaged is known: reading it says so. The last one may never have been acknowledged.
      expect([at, keys]).toEqual([at, inLast ? ['one', 'two'] : inValue ? ['one', 'two', 'last'] : ['one', 'last']])
      expect([at, recovery.faults > 0, recovery.tornBytes > 0]).toEqual([at, !inLast, inLast])
    }
  })

  it('do not take a record for one that is the value of another', async () => {
    const { log } = await open()
    const position = await put(log, 'inner', Buffer.from('x'))
    const image = (await readFile(join(folder, '0-0.zdb'))).subarray(position.offset)
    await put(log, 'outer', Buffer.concat([image, image]))
    await log.close()
    const other = await mkdtemp(join(tmpdir(), 'zdb-log-'))
    const second = await open(other)
    const at = await put(second.log, 'holds', Buffer.concat([image, image]))
    await put(second.log, 'next', Buffer.from('x'))
    await second.log.close()
    // The record that holds the images loses its head: the search for the next one goes over them.
    const path = join(other, '0-0.zdb')
    const bytes = await readFile(path)
    bytes[at.offset] = (bytes[at.offset] as number) ^ 1
    await writeFile(path, bytes)
    const { log: last, found } = await open(other)
    expect(found.map(({ head }) => head.key)).toEqual(['next'])
    await last.close()
    await rm(other, { recursive: true, force: true })
  })

  it('are followed by another when they are full, and read in their order', async () => {
    const { log } = await open(folder, 5000)
    for (let i = 0; i < 50; i++) await put(log, `k${i}`, Buffer.alloc(1000, i))
    await put(log, 'large', Buffer.alloc(20_000))
    await log.close()
    const names = await readdir(folder)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names.filter(name => name !== '0-13.zdb')) {
      expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(20_100)
    }
    const again = await open(folder, 5000)
    expect(again.found.map(({ head }) => head.key)).toEqual([...Array.from({ length: 50 }, (_, i) => `k${i}`), 'large'])
    await again.log.close()
  })

  it('of another epoch are removed', async () => {
    const { log } = await open()
    await put(log, 'old', Buffer.from('x'))
    await log.close()
    const { log: next } = await DataLog.open({ ...options, folder, epoch: 1 }, () => {
      throw new Error('nothing may be found')
    })
    await next.close()
    expect(await readdir(folder)).toEqual(['1-0.zdb'])
  })

  it('may be any bytes: they are read or stepped over', async () => {
    const { log } = await open()
    await put(log, 'one', Buffer.from('value'))
    await log.close()
    const whole = await readFile(join(folder, '0-0.zdb'))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: whole.length }), async (noise, at) => {
        const { recovery } = await keysAfter(path =>
          writeFile(path, Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)])),
        )
        expect(recovery.faults).toBeLessThan(3)
      }),
      { numRuns: 150 },
    )
  })
})
