import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from '@jest/globals'

import { type RunningZdb, startZdb, ZdbClient, type ZdbClientOptions, type ZdbOptions } from './index.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'zdb-'))
  cleanups.push(() => rm(path, { recursive: true, force: true }))
  return path
}

async function start(options: Partial<ZdbOptions> = {}): Promise<RunningZdb> {
  const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir: await folder(), ...options })
  cleanups.push(() => zdb.close())
  return zdb
}

function connectTo(zdb: RunningZdb, options: Partial<ZdbClientOptions> = {}): ZdbClient {
  const client = new ZdbClient({ host: zdb.host, port: zdb.port, ...options })
  cleanups.push(() => client.close())
  return client
}

describe('a 0-DB', () => {
  it('keeps what it is given, and gives it back', async () => {
    const client = connectTo(await start())
    const value = Uint8Array.of(0, 13, 10, 255)
    expect(await client.set('k', value)).toBe(true)
    expect(await client.set('k', value)).toBe(false)
    expect(Buffer.from((await client.get('k')) ?? [])).toEqual(Buffer.from(value))
    expect(await client.get('none')).toBeUndefined()
    expect([await client.exists('k'), await client.exists('none')]).toEqual([true, false])
    expect(await client.length('k')).toBe(4)
    expect(await client.delete('k')).toBe(true)
    expect(await client.delete('k')).toBe(false)
  })

  it('keeps namespaces apart, and protects those with a password', async () => {
    const zdb = await start({ adminPassword: 'boss' })
    const admin = connectTo(zdb, { adminPassword: 'boss' })
    await admin.createNamespace('cdn')
    await admin.setNamespace('cdn', 'password', 'nspw')
    await admin.setNamespace('cdn', 'public', false)
    expect(await admin.namespaces()).toEqual(['default', 'cdn'])
    for (const secure of [true, false]) {
      const owner = connectTo(zdb, { namespace: 'cdn', password: 'nspw', secure })
      await owner.set('k', 'v')
      await owner.close()
    }
    await expect(connectTo(zdb, { namespace: 'cdn' }).get('k')).rejects.toMatchObject({ code: 'ZDB_ACCESS' })
    expect(await admin.get('k')).toBeUndefined()
    expect(await admin.namespaceInfo('cdn')).toMatchObject({
      name: 'cdn',
      entries: 1,
      public: false,
      hasPassword: true,
    })
  })

  it('has everything again after a restart', async () => {
    const dataDir = await folder()
    const first = await startZdb({ listen: '127.0.0.1:0', dataDir })
    const one = connectTo(first)
    const large = Buffer.alloc(8 * 1024 * 1024, 7)
    await Promise.all([one.set('a', 'one'), one.set('b', large), one.set('c', 'three'), one.set('a', 'two')])
    await one.delete('c')
    await one.close()
    await first.close()
    const two = connectTo(await start({ dataDir }))
    expect(Buffer.from((await two.get('a')) ?? []).toString()).toBe('two')
    expect(Buffer.compare((await two.get('b')) as Uint8Array, large)).toBe(0)
    expect(await two.get('c')).toBeUndefined()
    expect(await two.size()).toBe(2)
  })
})
