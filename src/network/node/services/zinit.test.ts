/**
 * Against a model of zinit that reads its files as it does, and against the real one where HYPHAE_ZINIT names it
 * (threefoldtech/zinit v0.2.14 was built for that; it is not in Debian, and not what crates.io has under that name).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'

import { eventually } from '../../../../test/support/eventually.js'
import { Secret } from '../../../core/secret.js'
import { linuxRunner } from '../system/linux-runner.js'
import type { CommandRunner } from '../system/runner.js'
import { chooseProcessManager } from './choose-process-manager.js'
import { fingerprintOf } from './fingerprint.js'
import type { ProcessManager, ServiceSpec } from './port.js'
import { zinitManager } from './zinit.js'
import { printZinitFile, readZinitFile, shellWords } from './zinit-file.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const REAL = process.env.HYPHAE_ZINIT

let folder: string
let servicesDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-zinit-'))
  servicesDir = join(folder, 'zinit')
  mkdirSync(servicesDir)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Zinit {
  readonly runner: CommandRunner
  readonly calls: string[][]
  close(): Promise<void>
}

/** Services run in it as soon as they are monitored, unless their program is `false` or not there. */
async function modelled(): Promise<Zinit> {
  const services = new Map<string, { pid: number; state: string; target: 'Up' | 'Down'; after: string[] }>()
  const calls: string[][] = []
  const monitor = (name: string) => {
    if (services.has(name)) return 1
    const { exec, after } = parse(readFileSync(join(servicesDir, `${name}.yaml`), 'utf8')) as {
      exec: string
      after: string[]
    }
    const [program = ''] = exec.split(' ')
    const state = after.some(one => services.get(one)?.state !== 'Running')
      ? 'Blocked'
      : program === 'false'
        ? 'Error(Exited(Pid(9), 1))'
        : program.startsWith('/no/')
          ? 'Failure'
          : 'Running'
    services.set(name, { pid: state === 'Running' ? 4711 : 0, state, target: 'Up', after })
    return 0
  }
  const obey = (words: readonly string[]): [number, string] => {
    const verb = words[0]
    const name = words.slice(1).at(-1) ?? ''
    const known = services.get(name)
    if (verb === 'list') {
      const quoted = (text: string) => (text.includes('(') ? JSON.stringify(text) : text)
      return [0, ['---', ...[...services].map(([one, { state }]) => `${one}: ${quoted(state)}`), ''].join('\n')]
    }
    if (verb === 'monitor') return [monitor(name), '']
    if (verb === 'log')
      return known
        ? [0, `[-] ${name}: ------------ [start] ------------\n[+] ${name}: hello\n[+] ${name}: ${KEY}\n`]
        : [1, '']
    if (!known) return [1, `service name "${name}" unknown`]
    if (verb === 'status')
      return [
        0,
        `---\nname: ${name}\npid: ${known.pid}\nstate: ${JSON.stringify(known.state)}\ntarget: ${known.target}\nafter: {}\n`,
      ]
    if (verb === 'stop')
      services.set(name, { ...known, pid: 0, target: 'Down', state: 'Error(Signaled(Pid(9), SIGTERM, false))' })
    if (verb === 'forget') {
      if (known.target === 'Up' || known.pid !== 0) return [1, `service "${name}" is up`]
      services.delete(name)
    }
    return [0, '']
  }
  const runner: CommandRunner = {
    started: 0,
    nameOf: namespace => namespace,
    argvOf: (_namespace, command) => command,
    async run({ args }) {
      calls.push([...args])
      const [code, text] = obey(args)
      return { code, stdout: code === 0 ? text : '', stderr: code === 0 ? '' : text }
    },
  }
  return { runner, calls, close: async () => {} }
}

/** PID 1 of a namespace of its own. */
async function real(): Promise<Zinit> {
  const socket = join(folder, 'socket')
  const args = [
    '-mp',
    '--fork',
    '--kill-child',
    '--mount-proc',
    REAL as string,
    '-s',
    socket,
    'init',
    '--container',
    '-c',
    servicesDir,
  ]
  const child: ChildProcess = spawn('unshare', args, { stdio: 'ignore' })
  await eventually('zinit', () => existsSync(socket))
  const { run, ...rest } = linuxRunner()
  const calls: string[][] = []
  return {
    calls,
    runner: {
      ...rest,
      argvOf: (_namespace, command) => command,
      run: command => {
        calls.push([...command.args])
        return run({ ...command, program: REAL as string, args: ['-s', socket, ...command.args] })
      },
    },
    async close() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe.each(REAL ? [['the real zinit', real] as const] : [['a model of zinit', modelled] as const])(
  '%s',
  (_what, start) => {
    let zinit: Zinit
    let manager: ProcessManager
    beforeEach(async () => {
      zinit = await start()
      manager = zinitManager({ runner: zinit.runner, servicesDir, startMs: 500 })
    })
    afterEach(() => zinit.close())

    const sleeper = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
      name,
      namespace: 'root',
      command: ['sleep', '1000'],
      ...more,
    })

    it('gets a file, and runs the service once', async () => {
      const spec = sleeper('one')
      await manager.start(spec)
      expect(await manager.list()).toEqual([
        { name: 'one', state: 'running', fingerprint: fingerprintOf(spec), restarts: 0 },
      ])
      expect(parse(readFileSync(join(servicesDir, 'one.yaml'), 'utf8'))).toEqual({
        exec: 'sleep 1000',
        after: [],
        log: 'ring',
      })
      expect(statSync(join(servicesDir, 'one.yaml')).mode & 0o777).toBe(0o600)
      zinit.calls.length = 0
      await manager.start(spec)
      expect(zinit.calls).toEqual([['status', 'one']])
    })

    it('replaces a service that changes, with its files', async () => {
      const file = (name: string) => ({ path: join(folder, name), content: new Secret(KEY) })
      await manager.start(sleeper('one', { files: [file('a'), file('b')] }))
      const changed = sleeper('one', { command: ['sleep', '999'], files: [file('b')] })
      await manager.start(changed)
      expect((await manager.list())[0]?.fingerprint).toBe(fingerprintOf(changed))
      expect([existsSync(join(folder, 'a')), existsSync(join(folder, 'b'))]).toEqual([false, true])
      expect(readFileSync(join(servicesDir, 'one.yaml'), 'utf8') + zinit.calls.join()).not.toContain(KEY)

      await manager.stop('one')
      expect(existsSync(join(folder, 'b'))).toBe(false)
      expect(readdirSync(servicesDir)).toEqual([])
      expect(await manager.list()).toEqual([])
      await manager.stop('one')
    })

    it('takes the place of a service of that name that is not ours, and lists no others', async () => {
      for (const name of ['dhcp-zos', 'theirs']) {
        writeFileSync(join(servicesDir, `${name}.yaml`), 'exec: sleep 998\nafter: []\n')
        await zinit.runner.run({ namespace: 'root', program: 'zinit', args: ['monitor', name] })
      }
      expect(await manager.list()).toEqual([])
      await manager.start(sleeper('dhcp-zos'))
      expect((await manager.list()).map(({ name }) => name)).toEqual(['dhcp-zos'])
      expect(readFileSync(join(servicesDir, 'theirs.yaml'), 'utf8')).toBe('exec: sleep 998\nafter: []\n')
    })

    it.each([
      ['ends at once', ['false'] as const, { code: 'NODE_NET_SERVICE', details: { end: 'exit 1' } }],
      ['is not there', ['/no/such/program'] as const, { code: 'NODE_NET_SERVICE', details: { end: 'Failure' } }],
    ])('keeps nothing of a program that %s', async (_how, command, error) => {
      await expect(manager.start(sleeper('one', { command: command as ServiceSpec['command'] }))).rejects.toMatchObject(
        error,
      )
      expect(readdirSync(servicesDir)).toEqual([])
      expect(await manager.list()).toEqual([])
    })

    it('says that a service waits for another that never comes', async () => {
      await expect(manager.start(sleeper('one', { after: ['never'] }))).rejects.toMatchObject({ code: 'DEADLINE' })
      expect(readdirSync(servicesDir)).toEqual([])
    })

    it('hands out what a service printed, without secrets', async () => {
      await manager.start(sleeper('one', { command: ['sh', '-c', `echo hello; echo "${KEY}"; exec sleep 1000`] }))
      await eventually('its lines', async () => (await manager.log('one')).length === 2)
      expect(await manager.log('one')).toEqual(['hello', '‹secret›'])
      expect(await manager.log('two')).toEqual([])
    })
  },
)

describe('a service file', () => {
  it('splits into exactly the arguments it was made of', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }).map(text => text.replaceAll('\0', '')),
      fc.constantFrom('', "'", '"', '\\', '#no comment', '$(reboot)', '`reboot`', '; reboot', 'two words', 'a\nb', '-'),
    )
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), argv => {
        const text = printZinitFile({ argv, after: ['a'], fingerprint: '0'.repeat(64), files: argv })
        const { exec } = parse(text) as { exec: string }
        expect(exec).toBe(shellWords(argv))
        const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${exec}`], { encoding: 'utf8' })
        expect(stdout.split('\0').slice(0, -1)).toEqual(argv)
        expect(readZinitFile(text)).toEqual({ fingerprint: '0'.repeat(64), files: argv })
      }),
      { numRuns: 60 },
    )
  })

  it.each(['', 'exec: sleep 1', '# hyphae 12\n# files []\n', `# hyphae ${'0'.repeat(64)}\n# files [1]\n`])(
    'is not ours when it is %j',
    text => {
      expect(readZinitFile(text)).toBeUndefined()
    },
  )
})

describe('the process manager of a node', () => {
  it.each([
    ['zinit', 'zinit'],
    ['systemd', 'own'],
    ['', 'own'],
  ])('is, where PID 1 is %j, %s', async (init, expected) => {
    const { runner } = await modelled()
    const own = { start: async () => {} } as unknown as ProcessManager
    const chosen = chooseProcessManager({ runner, servicesDir, own: () => own, init })
    expect(chosen === own ? 'own' : 'zinit').toBe(expected)
  })
})
