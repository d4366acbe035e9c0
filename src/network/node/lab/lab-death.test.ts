/** The process that controls a lab is killed: nothing of the lab goes on. And labs of people who are not root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'

import { canBuildLabs, eventually } from '../../../../test/support/node-lab.js'

const describeWithLab = canBuildLabs() ? describe : describe.skip
const isRoot = process.geteuid?.() === 0
const NOBODY = 65534

let folder: string
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-lab-death-'))
  // Others read the program there.
  chmodSync(folder, 0o755)
  await build({
    stdin: {
      contents: `
        export { askEcho } from './echo.ts'
        export { findScenario } from './scenarios/index.ts'
        export { startLab } from './start-lab.ts'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    outfile: join(folder, 'lab.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
  })
})

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Builds a lab, asks the Internet from its hidden node, and says so. */
const PROGRAM = `
const { askEcho, findScenario, startLab } = require(process.argv[1])
const [, , folder, userNamespace, finish] = process.argv
startLab(findScenario('two-nodes'), { folder, userNamespace: userNamespace === 'true' }).then(async lab => {
  const node = lab.machine('node2')
  await node.run('ip', 'link', 'set', 'eth0', 'up')
  await node.run('ip', 'address', 'add', '192.168.1.7/24', 'dev', 'eth0')
  await node.run('ip', 'route', 'add', 'default', 'via', '192.168.1.1')
  const answer = await askEcho(node, { address: lab.internet.ipv4 })
  const names = ['fabric', 'router', 'internet', 'node1', 'node2', 'user1']
  console.log(JSON.stringify({ answer, pids: names.map(name => lab.machine(name).pid) }))
  if (finish === 'stop') await lab.stop()
})`

interface Report {
  readonly answer: { readonly seen?: string }
  readonly pids: readonly number[]
}

async function runLab(name: string, how: { userNamespace: boolean; user?: number; finish: 'stop' | 'stay' }) {
  const own = join(folder, name)
  mkdirSync(own)
  chmodSync(own, 0o777)
  const identity = how.user === undefined ? {} : { uid: how.user, gid: how.user }
  const args = ['-e', PROGRAM, join(folder, 'lab.cjs'), join(own, 'lab'), String(how.userNamespace), how.finish]
  const child = spawn(process.execPath, args, { ...identity, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let [output, problem] = ['', '']
  child.stdout.setEncoding('utf8').on('data', part => {
    output += part
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    problem += part
  })
  const ended = new Promise<string>(resolve => child.once('close', (code, signal) => resolve(signal ?? String(code))))
  await eventually(
    `a lab ${name}`,
    async () => output.endsWith('\n') || problem !== '' || child.exitCode !== null,
    15_000,
  )
  expect(problem).toBe('')
  return { child, ended, report: JSON.parse(output) as Report }
}

/** Numbers of namespaces in which a process lives. */
function networksInUse(): ReadonlySet<string> {
  return new Set(
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .flatMap(networkOf),
  )
}

function networkOf(pid: string | number): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/ns/net`)]
  } catch {
    return []
  }
}

const ways = [
  ...(isRoot ? [{ who: 'root', userNamespace: false }] : []),
  { who: isRoot ? 'root in a user namespace' : 'somebody', userNamespace: true },
  ...(isRoot && nobodyRunsNode() ? [{ who: 'nobody', userNamespace: true, user: NOBODY }] : []),
]

describeWithLab.each(ways)('a lab of $who', ({ who, ...how }) => {
  it('works, and is gone with all its processes when its controller is killed', async () => {
    const { child, ended, report } = await runLab(`${who}, killed`, { ...how, finish: 'stay' })
    expect(report.answer).toEqual({ seen: '198.51.100.2' })
    const networks = report.pids.flatMap(networkOf)
    expect(new Set(networks).size).toBe(6)
    expect([...networksInUse()]).toEqual(expect.arrayContaining(networks))

    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    await eventually('all its processes to end', async () => {
      const used = networksInUse()
      return networks.every(network => !used.has(network))
    })
  })

  it('lets its controller end by itself once it is stopped', async () => {
    const { ended, report } = await runLab(`${who}, stopped`, { ...how, finish: 'stop' })
    expect(await ended).toBe('0')
    expect(report.pids.filter(pid => existsSync(`/proc/${pid}`))).toEqual([])
  })
})

function nobodyRunsNode(): boolean {
  const { status, error } = spawnSync(process.execPath, ['-e', ''], { uid: NOBODY, gid: NOBODY, cwd: '/' })
  if (status === 0) return true
  process.stderr.write(
    `skipped: nobody may not run ${process.execPath}, ${error?.message ?? `it ended with ${status}`}\n`,
  )
  return false
}
