/** The command as it is installed: real processes, real signals, a real local grid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { installedPackage } from '../support/installed-package.js'

const ADDRESS = '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'
const PATIENCE_MS = 60_000

let bin = ''
let folder = ''
const children = new Set<ChildProcess>()

beforeAll(async () => {
  bin = installedPackage().bin
  folder = await mkdtemp(join(tmpdir(), 'hyphae-bin-'))
}, PATIENCE_MS)
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `until`: what has to be in the output before `act` is done. */
function hyphae(
  args: readonly string[],
  more: { until?: RegExp; act?: (child: ChildProcess) => void; env?: object } = {},
) {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...env, TMPDIR: folder, XDG_STATE_HOME: join(folder, 'state'), ...more.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let out = ''
  let err = ''
  let waiting = more.until
  const look = () => {
    if (!waiting?.test(out + err)) return
    waiting = undefined
    more.act?.(child)
  }
  child.stdout.on('data', part => {
    out += part
    look()
  })
  child.stderr.on('data', part => {
    err += part
    look()
  })
  return new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${args.join(' ')} did not end:\n${out}\n${err}`))
    }, PATIENCE_MS)
    child.once('close', code => {
      clearTimeout(timer)
      children.delete(child)
      resolve({ code, out, err })
    })
  })
}

async function program(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return name
}

const NEW_MY = `
import { GridClient, MachinesModel } from 'hyphae'
const client: GridClient = new GridClient()
const model: MachinesModel = {
  name: 'newMY',
  network: {
    name: 'hellotest',
    ip_range: '10.249.0.0/16',
    myceliumSeeds: [{ nodeId: 168, seed: '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76' }],
  },
  machines: [{
    name: 'testvmMY', node_id: 168, disks: [{ name: 'wedDisk', size: 8, mountpoint: '/testdisk' }],
    public_ip: false, planetary: true, mycelium: true, myceliumSeed: '1e1404279b3d', cpu: 1, memory: 2048,
    flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist', entrypoint: '/sbin/zinit init', env: { SSH_KEY: 'x' },
  }],
}
async function main() {
  const { contracts } = await client.machines.deploy(model)
  console.log('created', contracts.created.length)
  await client.disconnect()
}
main()
`

describe('hyphae grid', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('describes itself in one line of JSON and ends well on %s', async signal => {
    const { code, out } = await hyphae(['grid', '--json', '--nodes', 'full=3,light=0'], {
      until: /\n/,
      act: child => child.kill(signal),
    })
    expect(code).toBe(0)
    const [first = '', ...rest] = out.split('\n')
    expect(rest).toEqual([''])
    const grid = JSON.parse(first) as Record<string, unknown> & { nodes: { nodeId: number; kind: string }[] }
    expect(Object.keys(grid)).toEqual([
      'substrateURL',
      'relayURL',
      'proxyURL',
      'graphqlURL',
      'activationURL',
      'kycURL',
      'adminURL',
      'network',
      'mnemonic',
      'nodes',
    ])
    expect(grid.nodes.filter(({ kind }) => kind === 'full')).toHaveLength(3)
    expect(grid.nodes.filter(({ kind }) => kind === 'light')).toHaveLength(0)
    expect(Object.keys(grid.nodes[0] ?? {})).toEqual(['nodeId', 'kind', 'farmId', 'twinId'])
  })

  it('keeps its data, so that the same program on it finds nothing to do', async () => {
    const file = await program('twice.ts', NEW_MY)
    const first = await hyphae(['run', file, '--data', 'grid'])
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('created 2') })
    const second = await hyphae(['run', file, '--data', 'grid'])
    expect(second).toMatchObject({ code: 0, out: expect.stringContaining('created 0') })
    expect(second.out).toContain('newMY is as it should be: nothing to do')
  })
})

describe('hyphae run', () => {
  it('shows the address in the plan before, and in the table after; progress goes to standard error', async () => {
    const { code, out, err } = await hyphae(['run', await program('newMY.ts', NEW_MY)])
    expect(code).toBe(0)
    const [plan = '', table = ''] = out.split('cost ')
    expect(plan).toContain(ADDRESS)
    expect(table).toMatch(new RegExp(`testvmMY +168 +\\d+ +ok +\\S+ +${ADDRESS}`))
    expect(err).toContain('newMY is as planned')
    expect(out + err).not.toContain('\u001b')
    // Nothing of the grid stays behind.
    expect((await readdir(folder)).filter(name => name.startsWith('hyphae-run-'))).toEqual([])
  })

  it('writes one event a line with --json, and nothing else', async () => {
    const { code, out, err } = await hyphae(['run', await program('json.ts', NEW_MY), '--json'])
    expect(code).toBe(0)
    const codes = out
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as { code: string }).code)
    expect(codes[0]).toBe('GRID_STARTING')
    expect(codes).toEqual(expect.arrayContaining(['PLAN_READY', 'BATCH_FINALIZED', 'APPLY_DONE', 'MACHINES_READY']))
    expect(err).toContain('created 2')
  })

  it.each([
    [
      'a model that is wrong',
      `import { GridClient } from 'hyphae'\nawait new GridClient().machines.plan({} as any)`,
      1,
      'MODEL_INVALID',
    ],
    [
      'something that is not there',
      `import { GridClient } from 'hyphae'\nawait new GridClient().machines.getObj('x')`,
      6,
      'GRID_NOT_FOUND',
    ],
    ['an error of its own', `async function main() { throw new TypeError('mine') }\nmain()`, 1, 'mine'],
    ['a slip of the pen', 'const a: = 3', 1, 'slip.ts'],
    ['an import that leads nowhere', `import 'no-such-package'`, 1, 'no-such-package'],
    [
      'a line that throws',
      `interface A {\n  b: string\n}\n\nconst a: A = { b: 'x' }\nthrow new Error(a.b)`,
      1,
      'slip.ts:6:',
    ],
    ['a crash', `process.kill(process.pid, 'SIGKILL')`, 1, 'PROGRAM_ENDED'],
    ['an exit code', 'process.exit(42)', 42, ''],
  ])('ends a program with %s as it must', async (_, text, code, said) => {
    const ended = await hyphae(['run', await program('slip.ts', text)])
    expect(ended.code).toBe(code)
    expect(ended.err).toContain(said)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 8 on %s, and so does the program', async signal => {
    const text = `console.log('pid', process.pid)\nsetInterval(() => {}, 1000)`
    const { code, out, err } = await hyphae(['run', await program('waits.ts', text)], {
      until: /pid \d+/,
      act: child => child.kill(signal),
    })
    expect(code).toBe(8)
    expect(err).toContain('CANCELLED')
    expect(() => process.kill(Number(/pid (\d+)/.exec(out)?.[1]), 0)).toThrow('ESRCH')
  })

  it('gives a program its arguments, its neighbours, and decorators of the old kind', async () => {
    await program('other.ts', `export const other: string = 'neighbour'`)
    const text = `
      import { other } from './other.js'
      import { startLocalGrid } from 'hyphae/localgrid'
      const seen: string[] = []
      const property = (t: object, key: string) => { seen.push(key) }
      const method = (t: object, key: string, d: PropertyDescriptor) => { seen.push(key + typeof d.value) }
      class A { @property declared!: string; @property given = 1; @property static s = 2; @method go() {} }
      console.log(JSON.stringify([process.argv.slice(2), other, typeof startLocalGrid, seen, Object.keys(new A())]))`
    const { out } = await hyphae(['run', await program('args.ts', text), '--', 'a', '--b'])
    expect(JSON.parse(out)).toEqual([
      ['a', '--b'],
      'neighbour',
      'function',
      expect.arrayContaining(['declared', 'given', 's', 'gofunction']),
      ['given'],
    ])
  })

  it('uses the grid that the environment names, and starts none', async () => {
    const file = await program('remote.ts', `console.log(process.env.HYPHAE_NETWORK, process.env.HYPHAE_RELAY_URL)`)
    const { out, err } = await hyphae(['run', file], { env: { HYPHAE_NETWORK: 'qa' } })
    expect(out).toBe('qa undefined\n')
    expect(err).toBe('')
  })
})

describe('with --json', () => {
  it('what is wrong before a program runs is an event too', async () => {
    const { code, out } = await hyphae(['run', 'nothing.ts', '--json'])
    expect(code).toBe(6)
    expect(JSON.parse(out)).toMatchObject({ code: 'FAILED', data: { code: 'INPUT_FILE', exitCode: 6 } })
  })
})

describe('hyphae --help', () => {
  it('is there at once', async () => {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now()
      expect((await hyphae(['--help'])).code).toBe(0)
      best = Math.min(best, performance.now() - startedAt)
    }
    expect(best).toBeLessThan(150)
  })
})
