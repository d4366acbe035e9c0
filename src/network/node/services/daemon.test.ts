import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { eventually } from '../../../../test/support/eventually.js'
import { Secret } from '../../../core/secret.js'
import { serveSupervisor } from './daemon.js'
import { connectSupervisor, type DaemonClient } from './daemon-client.js'
import { printRequest, readRequest } from './daemon-protocol.js'
import type { ServiceSpec } from './port.js'
import { identify } from './running-process.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const LOADER = pathToFileURL(resolve('node_modules/jiti/lib/jiti-register.mjs')).href
const PROGRAM = resolve('test/support/supervisor-child.ts')

let folder: string
let client: DaemonClient

const launch = (): [string, ...string[]] => [
  'env',
  'NODE_OPTIONS=',
  process.execPath,
  '--no-warnings',
  '--import',
  LOADER,
  PROGRAM,
  folder,
]
const sleeper = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  namespace: 'root',
  command: ['sleep', '1000'],
  ...more,
})
const daemonPid = (): number => JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).pid
const pidOf = async (name: string) => (await client.list()).find(one => one.name === name)?.pid as number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-daemon-'))
  client = connectSupervisor({ folder, launch: launch(), launchMs: 20_000 })
})
afterEach(async () => {
  if (existsSync(join(folder, 'lock'))) {
    const pid = daemonPid()
    await client.shutdown({ keep: false })
    await eventually('the end of the daemon', () => pid === process.pid || identify(pid) === undefined)
  }
  rmSync(folder, { recursive: true, force: true })
})

describe('a supervisor in a process of its own', () => {
  it('is started by the first who needs it, and once by two at once', async () => {
    const other = connectSupervisor({ folder, launch: launch(), launchMs: 20_000 })
    await Promise.all([client.start(sleeper('one')), other.start(sleeper('two'))])
    const pid = daemonPid()
    expect((await client.list()).map(({ name }) => name)).toEqual(['one', 'two'])
    expect(await other.list()).toEqual(await client.list())
    expect(daemonPid()).toBe(pid)
    expect(statSync(join(folder, 'socket')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('is followed, when it is killed, by one that takes over', async () => {
    const path = join(folder, 'secrets', 'key')
    await client.start(sleeper('one', { files: [{ path, content: new Secret(KEY) }] }))
    const [service, daemon] = [await pidOf('one'), daemonPid()]
    process.kill(daemon, 'SIGKILL')
    await eventually('its end', () => identify(daemon) === undefined)
    expect(identify(service)).toBeDefined()

    await client.start(sleeper('one', { files: [{ path, content: new Secret(KEY) }] }))
    expect(await pidOf('one')).toBe(service)
    expect(daemonPid()).not.toBe(daemon)
    expect(readFileSync(path, 'utf8')).toBe(KEY)
    await client.stop('one')
    expect(identify(service)).toBeUndefined()
    expect(readdirSync(join(folder, 'secrets'))).toEqual([])
  })

  it('says what the supervisor says when something fails, without secrets', async () => {
    const path = join(folder, 'secrets', 'key')
    const failing = sleeper('one', {
      command: ['sh', '-c', `cat ${path}; exit 9`],
      files: [{ path, content: new Secret(KEY) }],
    })
    const error = await client.start(failing).catch(problem => problem)
    expect(error).toMatchObject({ code: 'NODE_NET_SERVICE', where: 'service one', details: { end: 'exit 9' } })
    expect(JSON.stringify(error) + inspect(error)).not.toContain(KEY)
    expect(readFileSync(join(folder, 'daemon.log'), 'utf8')).toBe('')
  })

  it('hands out what services print', async () => {
    await client.start(sleeper('one', { command: ['sh', '-c', 'echo hello; exec sleep 1000'] }))
    expect(await client.log('one')).toEqual(['hello'])
    expect(await client.log('two')).toEqual([])
  })

  it('ends when it is told to, and leaves its services running when it is told so', async () => {
    await client.start(sleeper('one'))
    const [service, daemon] = [await pidOf('one'), daemonPid()]
    await client.shutdown({ keep: true })
    await eventually('its end', () => identify(daemon) === undefined)
    expect(identify(service)).toBeDefined()
    expect(await pidOf('one')).toBe(service)
  })

  it('is said not to start, with what it printed, when it does not', async () => {
    const broken = connectSupervisor({ folder, launch: ['sh', '-c', 'echo no such thing >&2; exit 4'] })
    await expect(broken.list()).rejects.toMatchObject({
      code: 'NODE_NET_SERVICE',
      message: expect.stringMatching(/exit 4: no such thing/),
    })
    const deaf = connectSupervisor({ folder, launch: ['sleep', '0.5'], launchMs: 100 })
    await expect(deaf.list()).rejects.toMatchObject({ code: 'DEADLINE' })
  })
})

describe('the socket of a supervisor', () => {
  const serve = () => serveSupervisor({ folder, runner: { argvOf: (_namespace, command) => command }, settleMs: 5 })

  const say = (bytes: string | Uint8Array): Promise<string> =>
    new Promise((done, fail) => {
      let text = ''
      const socket = connect(join(folder, 'socket'))
      socket.setTimeout(5_000, () => fail(new Error(`no end of ${text}`)))
      socket.on('data', data => {
        text += data
        socket.end()
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        socket.setTimeout(0)
        done(text)
      })
      socket.write(bytes)
    })

  it('answers garbage with an error, and those after it as before', async () => {
    const daemon = await serve()
    for (const line of [
      '',
      'GET / HTTP/1.1',
      'null',
      '{"method":"reboot"}',
      '{"method":"stop","name":7}',
      '{"method":"start"}',
      '{"method":"start","spec":{"name":"a","namespace":"root","command":[]}}',
      '{"method":"start","spec":{"name":"a","namespace":"root","command":["true"],"files":[{"path":"/x","content":"*"}]}}',
      '{"method":"start","spec":{"name":"../a","namespace":"root","command":["true"]}}',
      `{"method":"start","spec":{"name":"a","namespace":"root","command":${JSON.stringify(['x'.repeat(100_000)])}}}`,
    ]) {
      expect(JSON.parse(await say(`${line}\n`))).toMatchObject({ error: { code: expect.stringMatching(/^NODE_NET_/) } })
    }
    expect(JSON.parse(await say('{"method":"list"}\n'))).toEqual({ ok: [] })
    await daemon.close({ keep: false })
  })

  it('hangs up on a line that does not end', async () => {
    const daemon = await serve()
    expect(await say(new Uint8Array(9 * 1024 * 1024).fill(0x20))).toBe('')
    expect(JSON.parse(await say('{"method":"list"}\n'))).toEqual({ ok: [] })
    await daemon.close({ keep: false })
  })

  it('is refused when its name is too long for one', async () => {
    const long = join(folder, 'x'.repeat(100))
    await expect(serveSupervisor({ folder: long, runner: { argvOf: (_n, command) => command } })).rejects.toMatchObject(
      {
        code: 'INPUT_OPTION',
      },
    )
    expect(existsSync(long)).toBe(false)
  })

  it('carries every specification as it is, in one line', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 4 }), fc.uint8Array(), (name, command, content) => {
        const spec = {
          name,
          namespace: 'root',
          command: command as [string, ...string[]],
          after: command,
          files: [{ path: name, content: new Secret(content), executable: true }],
        }
        const line = printRequest({ method: 'start', spec })
        expect(line.indexOf('\n')).toBe(line.length - 1)
        const read = readRequest(Buffer.from(line))
        expect(read).toMatchObject({ method: 'start', spec: { name, command, after: command } })
        expect(read.method === 'start' && read.spec.files?.[0]?.content.reveal()).toEqual(content)
      }),
    )
  })
})
