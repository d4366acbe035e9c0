import { afterEach, describe, expect, it } from '@jest/globals'

import { ZdbRig } from './testing/zdb-rig.js'

const rig = new ZdbRig()
afterEach(() => rig.end())

describe('a 0-DB', () => {
  it('keeps what it is given, and gives it back', async () => {
    const client = rig.client(await rig.start())
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
    const zdb = await rig.start({ adminPassword: 'boss' })
    const admin = rig.client(zdb, { adminPassword: 'boss' })
    await admin.createNamespace('cdn')
    await admin.setNamespace('cdn', 'password', 'nspw')
    await admin.setNamespace('cdn', 'public', false)
    expect(await admin.namespaces()).toEqual(['default', 'cdn'])
    for (const secure of [true, false]) {
      const owner = rig.client(zdb, { namespace: 'cdn', password: 'nspw', secure })
      await owner.set('k', 'v')
      await owner.close()
    }
    await expect(rig.client(zdb, { namespace: 'cdn' }).get('k')).rejects.toMatchObject({ code: 'ZDB_ACCESS' })
    expect(await admin.get('k')).toBeUndefined()
    expect(await admin.namespaceInfo('cdn')).toMatchObject({
      name: 'cdn',
      entries: 1,
      public: false,
      hasPassword: true,
    })
  })

  it('has everything again after a restart', async () => {
    const dataDir = await rig.folder()
    const first = await rig.start({ dataDir })
    const one = rig.client(first)
    const large = Buffer.alloc(8 * 1024 * 1024, 7)
    await Promise.all([one.set('a', 'one'), one.set('b', large), one.set('c', 'three'), one.set('a', 'two')])
    await one.delete('c')
    await one.close()
    await first.close()
    const two = rig.client(await rig.start({ dataDir }))
    expect(Buffer.from((await two.get('a')) ?? []).toString()).toBe('two')
    expect(Buffer.compare((await two.get('b')) as Uint8Array, large)).toBe(0)
    expect(await two.get('c')).toBeUndefined()
    expect(await two.size()).toBe(2)
  })
})
