/** The command as it is installed, with real servers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type Gateway, startGateway } from '../../src/cdn/gateway/index.js'
import { type Registry, startRegistry } from '../../src/cdn/registry/index.js'
import { type RunningZdb, startZdb, ZdbClient } from '../../src/cdn/zdb/index.js'
import { installedPackage } from '../support/installed-package.js'

let folder: string
let zdbs: RunningZdb[]
let registry: Registry
let gateway: Gateway
let program: string
const namespaces = ['plain', 'shut']
const PASSWORD = 'only-for-this-test'

beforeAll(async () => {
  program = join(installedPackage().dist, 'cli', 'mycdnctl.js')
  folder = await mkdtemp(join(tmpdir(), 'hyphae-upload-'))
  zdbs = []
  for (let i = 0; i < 4; i++) {
    const zdb = await startZdb({ listen: '127.0.0.1:0', dataDir: join(folder, `zdb${i}`) })
    const client = new ZdbClient({ host: zdb.host, port: zdb.port })
    for (const namespace of namespaces) await client.createNamespace(namespace)
    await client.setNamespace('shut', 'password', PASSWORD)
    await client.setNamespace('shut', 'public', false)
    await client.close()
    zdbs.push(zdb)
  }
  registry = await startRegistry({ listen: '127.0.0.1:0', dataDir: join(folder, 'registry') })
  gateway = await startGateway({
    listen: '127.0.0.1:0',
    registry: `http://127.0.0.1:${registry.port}`,
    cacheDir: join(folder, 'cache'),
    allow: ['127.0.0.0/8', '::1/128'],
  })
}, 120_000)

afterAll(async () => {
  await gateway.close()
  await Promise.all(zdbs.map(zdb => zdb.close()))
  await registry.close()
  await rm(folder, { recursive: true })
})

async function config(namespace: string, count = 4, secret = ''): Promise<string> {
  const places = zdbs
    .slice(0, count)
    .map(
      ({ port }) =>
        `[[zdbs]]\nhost = "db.localhost:${port}"\nnamespace = "${namespace}"\n${secret && `secret = "${secret}"\n`}`,
    )
  const path = join(folder, `${namespace}${count}.toml`)
  await writeFile(path, ['required_shards = 3\n', ...places].join('\n'))
  return path
}

async function run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' }
  const registryUrl = `http://cdn.localhost:${registry.port}`
  const child = spawn(process.execPath, [program, '--registry', registryUrl, ...args], { cwd: folder, env })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    err += text
  })
  const [code] = await once(child, 'close')
  return { code: code as number | null, out, err }
}

describe('the command', () => {
  it('goes the documented way: upload, inspect, verify, repair, download', async () => {
    const text = 'hello mycelium'
    await writeFile(join(folder, 'hello.txt'), text)
    const path = await config('plain')
    const saved = await run('upload', '-c', path, '-m', 'text/x-test', '-n', 'greeting.txt', 'hello.txt')
    expect(saved).toMatchObject({ code: 0, err: '' })
    const [, url = ''] = /^Object hello\.txt saved\. Url: (\S+)\n$/.exec(saved.out) ?? []
    expect(url).toMatch(new RegExp(`^http://[a-z2-7]{52}\\.cdn\\.localhost:${registry.port}/\\?key=[0-9a-f]{64}$`))

    expect((await run('inspect', url)).out).toContain('file greeting.txt text/x-test, namespaces-32')
    expect((await run('download', url)).out).toContain('greeting.txt 14 bytes')
    expect(await readFile(join(folder, 'greeting.txt'), 'utf8')).toBe(text)
    expect(await run('download', url)).toMatchObject({ code: 6, out: '' })
    expect((await run('download', url, '--output', '-')).out).toBe(text)
    expect(await run('verify', url)).toMatchObject({ code: 0, out: '1 file, 1 block, 4 shards: all are right\n' })
    expect(await run('repair', url)).toMatchObject({ code: 0, out: 'nothing had to be put back\n' })
  }, 60_000)

  it('writes passwords into the metadata when that is asked, and then whoever has the reference can read', async () => {
    const path = await config('shut', 4, PASSWORD)
    const save = async (name: string, ...flags: readonly string[]) => {
      await writeFile(join(folder, name), `what is in ${name}`)
      const saved = await run('upload', '-c', path, ...flags, name)
      expect(saved).toMatchObject({ code: 0, err: '' })
      expect(saved.out).not.toContain(PASSWORD)
      const url = new URL(/ Url: (\S+)\n$/.exec(saved.out)?.[1] as string)
      return { url, read: () => fetch(`${gateway.url}/${url.hostname.split('.')[0]}${url.search}`) }
    }
    const told = await save('told.txt', '--include-password')
    const read = await told.read()
    expect([read.status, await read.text()]).toEqual([200, 'what is in told.txt'])
    expect((await run('download', told.url.href, '--output', '-')).out).toBe('what is in told.txt')

    const kept = await save('kept.txt')
    const refused = await kept.read()
    const said = await refused.text()
    expect([refused.status, JSON.parse(said).error.code]).toEqual([502, 'CDN_SHARDS'])
    expect(said).not.toContain(PASSWORD)
    expect((await run('download', kept.url.href, '--output', '-')).code).not.toBe(0)
    expect((await run('download', kept.url.href, '--config', path, '--output', '-')).out).toBe('what is in kept.txt')
  }, 60_000)

  it.each([
    [['upload', 'nowhere.bin'], 6, 'INPUT_FILE'],
    [['upload', '--config', 'nowhere.toml', 'plain4.toml'], 6, 'INPUT_FILE'],
    [['upload', '--config', 'bad.toml', 'bad.toml'], 2, 'CDN_CONFIG'],
    [['inspect', 'http://nothing/'], 2, 'CDN_REFERENCE'],
    [['inspect', '00'.repeat(32)], 6, 'CDN_NOT_FOUND'],
    [['upload', '--chunk-size', '7', 'bad.toml'], 2, 'chunk'],
    [['upload', '--layout', 'odd', 'bad.toml'], 2, 'layouts are'],
    [['nothing'], 2, 'nothing'],
  ] as const)(
    'says of %j what is wrong, and ends with %i',
    async (args, code, text) => {
      await writeFile(join(folder, 'bad.toml'), 'required_shards = 4\n[[backends]]\nkind = "hero_redis"\n')
      const outcome = await run(...args)
      expect(outcome.code).toBe(code)
      expect(outcome.out + outcome.err).toContain(text)
    },
    30_000,
  )
})
