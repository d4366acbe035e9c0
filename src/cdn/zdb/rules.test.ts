/** The rules of namespaces, and the words that say they were broken. Source: threefoldtech/0-db v2.0.7. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { ZdbError } from '../../errors/zdb.js'
import type { RunningZdb, ZdbClient } from './index.js'
import { replyError, zdbTexts } from './reply-error.js'
import { ZdbRig } from './testing/zdb-rig.js'

const rig = new ZdbRig()
let zdb: RunningZdb
let admin: ZdbClient
beforeAll(async () => {
  zdb = await rig.start({ adminPassword: 'boss' })
  admin = rig.client(zdb, { adminPassword: 'boss' })
})
afterAll(() => rig.end())

let count = 0

/** A namespace of its own for a test, and a client in it. */
async function namespace(properties: Readonly<Record<string, string | number>> = {}, password?: string) {
  const name = `ns${count++}`
  await admin.createNamespace(name)
  for (const [property, value] of Object.entries(properties)) {
    await admin.setNamespace(name, property as 'worm', value)
  }
  return { name, client: rig.client(zdb, { namespace: name, ...(password === undefined ? {} : { password }) }) }
}

const words = (promise: Promise<unknown>) =>
  promise.then(JSON.stringify, (error: ZdbError) => error.reply ?? error.message)
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

describe('the words of a 0-DB', () => {
  it.each(Object.entries(zdbTexts))('"%s" are %s', (reply, code) => {
    expect(replyError(reply, 'host:1')).toMatchObject({ code, reply, where: 'host:1' })
  })

  it('that nobody knows are given as they are', () => {
    expect(replyError('toString')).toMatchObject({ code: 'ZDB_REFUSED', reply: 'toString' })
  })
})

describe('a request with the wrong arguments', () => {
  const long = 'x'.repeat(256)
  const cases: [args: string[], answer: string][] = [
    [['NOPE'], 'Command not supported'],
    [[''], 'Command not supported'],
    [['GE', 'k'], 'Command not supported'],
    [['GET'], 'Unexpected arguments'],
    [['GET', 'a', 'b'], 'Unexpected arguments'],
    [['GET', ''], 'Invalid argument'],
    [['GET', long], 'Invalid key'],
    [['EXISTS', long], 'Invalid key'],
    [['SET', long, 'v'], 'Key too large'],
    [['SET', '', 'v'], 'Invalid argument, key needed'],
    [['SET', 'k', 'v', '12'], 'Permission denied'],
    [['DEL', 'k', '12'], 'Permission denied'],
    [['DEL', long], 'Invalid key'],
    [['MGET'], 'Invalid arguments'],
    [['SCAN', 'cursor'], 'Invalid key format'],
    [['RSCAN', 'x'.repeat(17)], 'Invalid key format'],
    [['SCAN'], 'No more data'],
    [['KSCAN', 'k'], 'Command disabled in release code, not yet available'],
    [['KEYCUR', 'none'], 'Key not found'],
    [['HISTORY', 'none'], 'Key not found'],
    [['HISTORY'], 'Invalid arguments'],
    [['STOP'], 'Unauthorized'],
    [['AUTH', 'no'], 'Access denied'],
    [['AUTH', 'x'.repeat(129)], 'Password too long'],
    [['AUTH', 'SECURE', 'x'.repeat(40)], 'No CHALLENGE requested, secure authentication not available'],
    [['AUTH', 'OTHER', 'x'], 'Only SECURE extra method supported'],
    [['SELECT', 'nowhere'], 'Namespace not found'],
    [['SELECT', ''], 'Invalid argument'],
    [['SELECT', long], 'Namespace too long'],
    [['NSNEW', 'a'], 'Permission denied'],
    [['NSDEL', 'a'], 'Permission denied'],
    [['NSSET', 'a', 'worm', '1'], 'Permission denied'],
    [['NSINFO', 'nowhere'], 'Namespace not found'],
    [['FLUSH'], 'Flushing public namespace denied'],
    [['RELOAD', 'default'], 'Permission denied'],
  ]

  it.each(cases)('%j is answered with %j', async (args, answer) => {
    const client = rig.client(zdb)
    expect(await words(client.command(args))).toBe(answer)
    await client.close()
  })

  const adminCases: [args: string[], answer: string][] = [
    [['NSNEW', 'default'], 'This name is not allowed'],
    [['NSNEW', '..'], 'This name is not allowed'],
    [['NSNEW', 'a/b'], 'This name is not allowed'],
    [['NSNEW', 'x'.repeat(129)], 'Namespace too long'],
    [['NSDEL', 'default'], 'Cannot remove default namespace'],
    [['NSDEL', 'nowhere'], "This namespace doesn't exists"],
    [['NSSET', 'nowhere', 'worm', '1'], 'Namespace not found'],
    [['NSSET', 'default', 'worm', '1'], 'Cannot update default namespace'],
    [['NSSET', 'default', 'colour', '1'], 'Invalid property'],
    [['NSSET', 'default', 'toString', '1'], 'Invalid property'],
    [['NSSET', 'default', 'mode', 'direct'], 'Invalid property value (expected: user, seq)'],
    [['NSSET', 'default', 'lock', 'x'.repeat(64)], 'Argument too long'],
  ]

  it.each(adminCases)('%j of an administrator is answered with %j', async (args, answer) => {
    expect(await words(admin.command(args))).toBe(answer)
  })
})

describe('a namespace', () => {
  it('may have any name that is not a path, and is not mixed up with another', async () => {
    const names = ['Case', 'case', ' space ', '.hidden', '\x01\x02', 'é', 'n'.repeat(128), 'making.0', '+1', '7']
    for (const name of names) await admin.createNamespace(name)
    for (const name of names) expect(await words(admin.createNamespace(name))).toBe('This namespace is not available')
    const all = await admin.namespaces()
    for (const name of names) expect(all).toContain(name)
    const seven = rig.client(zdb, { namespace: 7 })
    await seven.set('k', 'v')
    expect((await admin.namespaceInfo('7')).entries).toBe(1)
    for (const name of names.filter(name => name !== '7')) await admin.removeNamespace(name)
  })

  it('that is protected and public can be read by all, and written by who has the password', async () => {
    const { name, client } = await namespace({ password: 'pw' })
    const owner = rig.client(zdb, { namespace: name, password: 'pw' })
    await owner.set('k', 'v')
    expect(text(await client.get('k'))).toBe('v')
    expect(await words(client.set('k', 'w'))).toBe('Namespace is in read-only mode')
    expect(await words(client.delete('k'))).toBe('Namespace is in read-only mode')
    for (const secure of [true, false]) {
      const wrong = rig.client(zdb, { namespace: name, password: 'no', secure })
      expect(await words(wrong.get('k'))).toBe('Access denied')
    }
    await admin.setNamespace(name, 'password', '*')
    await client.select(name)
    expect(await client.set('k', 'w')).toBe(true)
  })

  it('is left by who selects another, and kept by who fails to', async () => {
    const { name, client } = await namespace()
    await client.set('k', 'here')
    expect(await words(client.select('nowhere'))).toBe('Namespace not found')
    expect(text(await client.get('k'))).toBe('here')
    await client.select('default')
    expect(await client.get('k')).toBeUndefined()
    await client.select(name, 'a password nobody asked for')
    expect(text(await client.get('k'))).toBe('here')
  })

  it('that only takes and never changes: worm', async () => {
    const { client } = await namespace({ worm: 1 })
    await client.set('k', 'v')
    expect(await words(client.set('k', 'v'))).toBe('Namespace is protected by worm mode')
    expect(await words(client.delete('k'))).toBe('Cannot delete a key when namespace is in worm mode')
    expect(await client.set('other', 'v')).toBe(true)
  })

  it('that is locked can be read, that is frozen tells its size only, and is free again when either is taken away', async () => {
    const { name, client } = await namespace()
    await client.set('k', 'v')
    await admin.setNamespace(name, 'lock', 1)
    expect(await words(client.set('k', 'w'))).toBe('Namespace is temporarily locked (read-only)')
    expect(text(await client.get('k'))).toBe('v')
    await admin.setNamespace(name, 'freeze', 1)
    for (const attempt of [client.set('k', 'w'), client.get('k'), client.exists('k'), client.scan()]) {
      expect(await words(attempt)).toBe('Namespace is temporarily frozen (read-write disabled)')
    }
    expect(await client.size()).toBe(1)
    expect((await client.namespaceInfo(name)).locked).toBe(true)
    await admin.setNamespace(name, 'lock', 0)
    expect(await client.set('k', 'w')).toBe(true)
  })

  it('that has a maximum counts what is there now', async () => {
    const { name, client } = await namespace({ maxsize: 10 })
    await client.set('a', '123456')
    expect(await words(client.set('b', '12345'))).toBe('No space left on this namespace')
    await client.set('b', '1234')
    await client.set('a', '654321')
    expect(await words(client.set('a', '7654321'))).toBe('No space left on this namespace')
    await client.delete('b')
    await client.set('a', '7654321')
    const info = await client.namespaceInfo(name)
    expect(info).toMatchObject({ sizeBytes: 7, maxsizeBytes: 10, fields: { space_available: '3' } })
  })

  it('that counts its keys itself takes no others', async () => {
    const { name, client } = await namespace({ mode: 'seq' })
    const first = await client.append('v0')
    const second = await client.append('v1')
    expect([...first, ...second]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    expect(await client.set(second, 'changed')).toBe(true)
    expect(await words(client.set('mine', 'v'))).toBe('Invalid key, only update authorized')
    expect(await words(client.set(Buffer.alloc(8, 9), 'v'))).toBe('Invalid key, only update authorized')
    expect(await client.get('mine')).toBeUndefined()
    await client.delete(second)
    expect(await words(client.set(second, 'again'))).toBe('Invalid key, only update authorized')
    expect((await client.append('v2'))[0]).toBe(2)
    expect(await words(admin.setNamespace(name, 'mode', 'user'))).toBe('Cannot change mode of used namespace')
    const { mode, fields } = await admin.namespaceInfo(name)
    expect([mode, fields.next_internal_id]).toEqual(['seq', '0x300000000000000'])
    // What was deleted is not given out again after the files were read anew, either.
    await admin.command(['RELOAD', name])
    expect((await client.append('v3'))[0]).toBe(3)
  })

  it('is walked in the order of the last writes, forwards and backwards', async () => {
    const { client } = await namespace()
    for (let i = 0; i < 2500; i++) await client.set(`k${i}`, 'v')
    for (let i = 0; i < 2500; i += 2) await client.set(`k${i}`, 'w')
    for (let i = 0; i < 2500; i += 5) await client.delete(`k${i}`)
    const odd = Array.from({ length: 2500 }, (_, i) => i).filter(i => i % 2 === 1 && i % 5 !== 0)
    const even = Array.from({ length: 2500 }, (_, i) => i).filter(i => i % 2 === 0 && i % 5 !== 0)
    const expected = [...odd, ...even].map(i => `k${i}`)
    const seen: (string | undefined)[] = []
    for await (const { key, sizeBytes } of client.entries()) {
      seen.push(text(key))
      expect(sizeBytes).toBe(1)
    }
    expect(seen).toEqual(expected)
    const back: (string | undefined)[] = []
    for await (const { key } of client.entries({ reverse: true })) back.push(text(key))
    expect(back).toEqual(expected.reverse())

    // A cursor stays good when its key is written again or goes away.
    const cursor = await client.keyCursor('k1')
    await client.delete('k1')
    expect(text((await client.scan({ cursor }))?.entries[0]?.key)).toBe('k3')
    cursor[16] = (cursor[16] as number) ^ 1
    expect(await words(client.scan({ cursor }))).toBe('Invalid key format')
  })

  it('has the older versions of a key, until it is deleted', async () => {
    const { client } = await namespace()
    for (const value of ['one', 'two', 'three']) await client.set('k', value)
    await client.set('other', 'v')
    const values: (string | undefined)[] = []
    let pointer: Uint8Array | undefined
    do {
      const version = await client.history('k', pointer)
      values.push(text(version.value))
      pointer = version.previous
    } while (pointer !== undefined)
    expect(values).toEqual(['three', 'two', 'one'])
    const { previous } = await client.history('k')
    expect(await words(client.history('other', previous))).toBe('Invalid arguments (invalid key)')
    expect(await words(client.history('k', Buffer.alloc(8)))).toBe('No more history')
    expect(await words(client.history('k', Buffer.alloc(8, 1)))).toBe('Invalid arguments (index query)')
    expect(await words(client.history('k', Buffer.alloc(7)))).toBe('Invalid arguments')
    await client.delete('k')
    await client.set('k', 'new')
    expect((await client.history('k')).previous).toBeUndefined()
  })

  it('that is private and has a password can be emptied', async () => {
    const { name, client } = await namespace({ password: 'pw', public: 0 }, 'pw')
    for (let i = 0; i < 100; i++) await client.set(`k${i}`, 'v')
    await client.flush()
    expect(await client.size()).toBe(0)
    await client.set('k', 'v')
    await admin.command(['RELOAD', name])
    expect(await client.size()).toBe(1)
  })

  it('that is removed sends those away who are in it', async () => {
    const { name, client } = await namespace()
    await client.set('k', 'v')
    const inside = rig.client(zdb, { adminPassword: 'boss', namespace: name })
    expect(await words(inside.removeNamespace(name))).toBe("Cannot remove namespace you're currently using.")
    await admin.removeNamespace(name)
    expect(await words(client.get('k'))).toBe('Your active namespace is not available anymore (probably removed).')
    expect(await words(client.get('k'))).toBe('Namespace not found')
    await admin.createNamespace(name)
    expect(await client.get('k')).toBeUndefined()
  })

  it('tells of a key how long it is, when it was written, and whether it is sound', async () => {
    const { name } = await namespace()
    await admin.select(name)
    await admin.command(['SET', 'k', 'value', 1234567890])
    expect([await admin.length('k'), await admin.keyTime('k'), await admin.check('k')]).toEqual([5, 1234567890, true])
    const none = ['none' as const].map(key => [admin.length(key), admin.keyTime(key), admin.check(key)])
    expect(await Promise.all(none.flat())).toEqual([undefined, undefined, undefined])
    expect((await admin.mget(['k', 'none', 'k'])).map(text)).toEqual(['value', undefined, 'value'])
    await admin.select('default')
  })
})

describe('a server', () => {
  it('without an administrator lets everybody make namespaces, and nobody authenticate', async () => {
    const open = rig.client(await rig.start())
    await open.createNamespace('x')
    expect(await words(open.authenticate('y'))).toBe('Authentication disabled')
  })

  it('of one mode has namespaces of that mode', async () => {
    const client = rig.client(await rig.start({ mode: 'seq' }))
    await client.append('v')
    await client.createNamespace('other')
    const fixed = 'This server instance is configured to use a single runtime mode'
    expect(await words(client.setNamespace('other', 'mode', 'user'))).toBe(fixed)
  })

  it('tells about itself', async () => {
    const info = await admin.info()
    expect(info).toMatch(/^# server\nserver_name: 0-db \(zdb\)\n/)
    expect(info).toMatch(/\n\n# clients\nclients_lifetime: \d+\n\n# internals\nsequential_key_size: 8\n/)
    expect(Math.abs((await admin.time()) - Date.now())).toBeLessThan(5000)
  })

  it('has a folder to itself', async () => {
    const dataDir = await rig.folder()
    await rig.start({ dataDir })
    await expect(rig.start({ dataDir })).rejects.toMatchObject({ code: 'ZDB_STORE' })
  })

  it('keeps what was set of its namespaces', async () => {
    const dataDir = await rig.folder()
    const first = await rig.start({ dataDir })
    const one = rig.client(first)
    await one.createNamespace('Kept')
    for (const [property, value] of [
      ['password', 'pw'],
      ['public', 0],
      ['worm', 1],
      ['maxsize', 1000],
      ['mode', 'seq'],
    ] as const) {
      await one.setNamespace('Kept', property, value)
    }
    const before = (await one.namespaceInfo('Kept')).fields
    await first.close()
    const second = rig.client(await rig.start({ dataDir }), { namespace: 'Kept', password: 'pw' })
    const { fields } = await second.namespaceInfo('Kept')
    const stable = ({
      data_disk_freespace_bytes: _,
      data_disk_freespace_mb: __,
      index_disk_freespace_bytes: ___,
      index_disk_freespace_mb: ____,
      ...rest
    }: Record<string, string>) => rest
    expect(stable(fields)).toEqual(stable(before))
    expect((await second.append('x')).length).toBe(8)
  })
})
