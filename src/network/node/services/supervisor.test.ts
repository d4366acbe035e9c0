import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { eventually } from '../../../../test/support/eventually.js'
import type { Clock } from '../../../core/clock.js'
import { Secret } from '../../../core/secret.js'
import type { ServiceSpec, ServiceStatus } from './port.js'
import { identify, isRunning } from './running-process.js'
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='

let folder: string
const open: Supervisor[] = []
const pids = new Set<number>()

function supervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
  const made = createSupervisor({
    folder,
    runner: { argvOf: (_namespace, command) => command },
    settleMs: 20,
    backoff: { firstMs: 5, factor: 2, maxMs: 50 },
    ...options,
  })
  open.push(made)
  return made
}

const sleeper = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  namespace: 'root',
  command: ['sleep', '1000'],
  ...more,
})
const shell = (name: string, script: string, more: Partial<ServiceSpec> = {}) =>
  sleeper(name, { command: ['sh', '-c', script], ...more })

async function statusOf(manager: Supervisor, name: string): Promise<ServiceStatus> {
  const found = (await manager.list()).find(one => one.name === name)
  if (!found) throw new Error(`no service ${name}`)
  if (found.pid !== undefined) pids.add(found.pid)
  return found
}
const pidOf = async (manager: Supervisor, name: string): Promise<number> =>
  (await statusOf(manager, name)).pid as number
const lives = (pid: number) => identify(pid) !== undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-supervisor-'))
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close({ keep: false })
  // What a test left to itself on purpose.
  for (const pid of pids) if (lives(pid)) process.kill(-pid, 'SIGKILL')
  pids.clear()
  rmSync(folder, { recursive: true, force: true })
})

describe('a supervisor', () => {
  it('runs what it is given, and nothing more when it is given again', async () => {
    const manager = supervisor()
    await manager.start(sleeper('one'))
    const first = await statusOf(manager, 'one')
    expect(first).toMatchObject({ state: 'running', restarts: 0, pid: expect.any(Number) })
    await manager.start(sleeper('one'))
    expect(await manager.list()).toEqual([first])
  })

  it('replaces a service whose specification has changed', async () => {
    const manager = supervisor()
    await manager.start(sleeper('one'))
    const first = await statusOf(manager, 'one')
    await manager.start(sleeper('one', { command: ['sleep', '1001'] }))
    const second = await statusOf(manager, 'one')
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect([lives(first.pid as number), lives(second.pid as number)]).toEqual([false, true])
  })

  it('starts it once when it is asked many times at once', async () => {
    const manager = supervisor()
    const counted = shell('one', `echo started >> ${folder}/count; exec sleep 1000`)
    await Promise.all(Array.from({ length: 8 }, () => manager.start(counted)))
    expect(readFileSync(`${folder}/count`, 'utf8')).toBe('started\n')
  })

  it('starts a service again whenever it ends, and says how it ended', async () => {
    const manager = supervisor()
    await manager.start(shell('one', 'sleep 0.04; echo over; exit 3'))
    const status = await eventually('three restarts', async () => {
      const now = await statusOf(manager, 'one')
      return now.restarts >= 3 && now
    })
    expect(status.lastEnd).toBe('exit 3')
    expect((await manager.log('one')).slice(0, 2)).toEqual(['over', 'over'])
  })

  it('waits longer each time, up to a bound, and begins anew after a long run', async () => {
    const pauses: number[] = []
    let now = 0
    let looks = 0
    const clock: Clock = {
      // Asked when a run begins and when it ends: the fourth run is a long one.
      now: () => {
        if (++looks === 8) now += 60_000
        return now
      },
      sleep: async (ms, signal) => {
        signal?.throwIfAborted()
        pauses.push(ms)
        if (pauses.length >= 7) await new Promise((_, reject) => signal?.addEventListener('abort', reject))
      },
    }
    const manager = supervisor({ clock, settleMs: 1, backoff: { firstMs: 100, factor: 2, maxMs: 300 } })
    await manager.start(shell('one', 'sleep 0.03'))
    await eventually('seven pauses', () => pauses.length >= 7)
    expect(pauses).toEqual([100, 200, 300, 100, 200, 300, 300])
  })

  it.each([
    ['a program that is not there', ['/no/such/program'] as const, 'ENOENT'],
    ['one that ends at once', ['sh', '-c', `echo the key is ${KEY}; exit 7`] as const, 'exit 7'],
  ])('does not keep %s', async (_what, command, end) => {
    const manager = supervisor({ settleMs: 500 })
    const failing = manager.start(sleeper('one', { command: command as ServiceSpec['command'] }))
    await expect(failing).rejects.toMatchObject({ code: 'NODE_NET_SERVICE', details: { end } })
    const error = await failing.catch(problem => problem)
    expect(JSON.stringify(error) + inspect(error)).not.toContain(KEY)
    expect(await manager.list()).toEqual([])
    expect(readdirSync(join(folder, 'services'))).toEqual([])
  })

  it('ends a whole group, and kills what does not listen', async () => {
    const manager = supervisor({ stopMs: 100 })
    await manager.start(
      shell('deaf', `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${folder}/child; while :; do sleep 1; done'`),
    )
    const child = await eventually('the child', () => Number(readFileSync(`${folder}/child`, 'utf8')) || undefined)
    await manager.stop('deaf')
    await eventually('the end of its child', () => !lives(child))
    expect(await manager.list()).toEqual([])
    await manager.stop('deaf')
    await manager.stop('never there')
  })

  it('starts a service after those it needs, and ends it before them', async () => {
    const manager = supervisor()
    const noting = (name: string, after: readonly string[]) =>
      shell(
        name,
        `trap 'echo -${name} >> ${folder}/order; exit' TERM; echo +${name} >> ${folder}/order; while :; do sleep 0.01; done`,
        { after },
      )
    await Promise.all([
      manager.start(noting('a', [])),
      manager.start(noting('b', ['a'])),
      manager.start(noting('c', ['b'])),
    ])
    await eventually('all three', () => readFileSync(`${folder}/order`, 'utf8').split('\n').length === 4)
    await manager.close({ keep: false })
    open.length = 0
    expect(readFileSync(`${folder}/order`, 'utf8').trim().split('\n')).toEqual(['+a', '+b', '+c', '-c', '-b', '-a'])
  })

  it('writes files for its user only, and removes them when the service is forgotten', async () => {
    const manager = supervisor()
    const key = join(folder, 'secrets', 'key')
    const script = join(folder, 'secrets', 'script')
    const file = (path: string, executable: boolean) => ({ path, executable, content: new Secret(KEY) })
    await manager.start(sleeper('one', { files: [file(key, false), file(script, true)] }))
    expect([key, script].map(path => statSync(path).mode & 0o777)).toEqual([0o600, 0o700])
    expect(readFileSync(key, 'utf8')).toBe(KEY)

    // Another specification without one of them.
    await manager.start(sleeper('one', { files: [file(key, false)] }))
    expect(readdirSync(join(folder, 'secrets'))).toEqual(['key'])
    await manager.stop('one')
    expect(readdirSync(join(folder, 'secrets'))).toEqual([])
  })

  it('keeps no secret in what it writes, prints or answers', async () => {
    const manager = supervisor()
    const path = join(folder, 'secrets', 'key')
    await manager.start(shell('one', `cat ${path}; exec sleep 1000`, { files: [{ path, content: new Secret(KEY) }] }))
    const log = await eventually('its output', async () => {
      const lines = await manager.log('one')
      return lines.length > 0 && lines
    })
    expect(log).toEqual(['‹secret›'])
    const record = readFileSync(join(folder, 'services', 'one.json'), 'utf8')
    expect(record + JSON.stringify(await manager.list())).not.toContain(KEY)
    expect(statSync(join(folder, 'services', 'one.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('keeps the end of a long output', async () => {
    const manager = supervisor()
    await manager.start(
      shell('one', 'i=0; while [ $i -lt 60000 ]; do echo line $i of many; i=$((i+1)); done; exec sleep 1000'),
    )
    await eventually('the last line', async () => (await manager.log('one')).at(-1) === 'line 59999 of many')
    expect((await manager.log('one')).length).toBe(200)
    await eventually('a shorter file', () => statSync(join(folder, 'logs', 'one.log')).size < 128 * 1024)
    expect((await manager.log('one')).at(-1)).toBe('line 59999 of many')
  })

  it('gives a service nothing of its own environment but the path', async () => {
    process.env.HYPHAE_TEST_MNEMONIC = 'never to be seen'
    try {
      const manager = supervisor()
      await manager.start(shell('one', 'env; exec sleep 1000'))
      const lines = await eventually('its output', async () => {
        const all = await manager.log('one')
        return all.length > 0 && all
      })
      expect(lines.join()).not.toContain('never to be seen')
    } finally {
      delete process.env.HYPHAE_TEST_MNEMONIC
    }
  })

  it.each<[string, Partial<ServiceSpec>, string]>([
    ['a name with a path', { name: '../one' }, 'NODE_NET_NAME'],
    ['a namespace with an option', { namespace: '-n' }, 'NODE_NET_NAME'],
    ['a file that is not absolute', { files: [{ path: 'key', content: new Secret('x') }] }, 'NODE_NET_CONFIG'],
    [
      'a file that leads elsewhere',
      { files: [{ path: '/run/../etc/passwd', content: new Secret('x') }] },
      'NODE_NET_CONFIG',
    ],
    ['a NUL in an argument', { command: ['sleep', '1\0'] }, 'NODE_NET_CONFIG'],
    ['no program', { command: [''] }, 'NODE_NET_CONFIG'],
  ])('refuses %s before it writes anything', async (_what, wrong, code) => {
    const manager = supervisor()
    await expect(manager.start(sleeper('one', wrong))).rejects.toMatchObject({ code })
    expect(await manager.list()).toEqual([])
  })
})

describe('a supervisor that follows another', () => {
  it('takes over what still runs, and starts what does not', async () => {
    const first = supervisor()
    await first.start(sleeper('lives'))
    await first.start(sleeper('dies', { after: ['lives'] }))
    const [lived, died] = [await pidOf(first, 'lives'), await pidOf(first, 'dies')]
    await first.close({ keep: true })
    open.length = 0
    process.kill(died, 'SIGKILL')
    await eventually('its end', () => !lives(died))

    const second = supervisor()
    expect(await pidOf(second, 'lives')).toBe(lived)
    const started = await pidOf(second, 'dies')
    expect(started).not.toBe(died)
    await second.start(sleeper('lives'))
    expect(await pidOf(second, 'lives')).toBe(lived)

    // One that was taken over is started again too when it ends.
    process.kill(lived, 'SIGKILL')
    await eventually('its restart', async () => (await statusOf(second, 'lives')).restarts === 1)
    await second.stop('lives')
    await second.stop('dies')
    expect(lives(started)).toBe(false)
  })

  it('does not take a stranger for its service because it has got the same id', async () => {
    const first = supervisor()
    await first.start(sleeper('one'))
    const pid = await pidOf(first, 'one')
    await first.close({ keep: true })
    open.length = 0
    const path = join(folder, 'services', 'one.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    const stranger = spawn('sleep', ['1000'], { detached: true })
    pids.add(stranger.pid as number)
    writeFileSync(path, JSON.stringify({ ...record, process: { pid: stranger.pid, birth: record.process.birth } }))

    const second = supervisor()
    await second.stop('one')
    expect(lives(stranger.pid as number)).toBe(true)
    process.kill(pid, 'SIGKILL')
  })

  it('finds a process whose id its starter could not write down any more', async () => {
    const first = supervisor()
    await first.start(sleeper('one'))
    const pid = await pidOf(first, 'one')
    await first.close({ keep: true })
    open.length = 0
    const path = join(folder, 'services', 'one.json')
    const { process: _, ...record } = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify(record))
    expect(await pidOf(supervisor(), 'one')).toBe(pid)
  })

  it('passes over records that it cannot understand', async () => {
    const first = supervisor()
    await first.start(sleeper('one'))
    await first.close({ keep: true })
    open.length = 0
    writeFileSync(join(folder, 'services', 'two.json'), '{"version":1,"name":"other"')
    writeFileSync(join(folder, 'services', 'three.json'), 'null')
    expect((await supervisor().list()).map(({ name }) => name)).toEqual(['one'])
  })

  it('waits for the first to let go of the folder', () => {
    supervisor()
    expect(() => supervisor()).toThrow(expect.objectContaining({ code: 'NODE_NET_LOCKED' }))
  })
})

describe('the identity of a process', () => {
  it('is more than its number', () => {
    const mine = identify(process.pid)
    expect(mine && isRunning(mine)).toBe(true)
    expect(isRunning({ pid: process.pid, birth: 'another boot/1' })).toBe(false)
    expect(identify(2 ** 22 + 1)).toBeUndefined()
  })
})
