/** Nodes of people who are not root, in user namespaces: everything but WireGuard and taps, which need /dev/net/tun. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { build } from 'esbuild'

import { canBuildLabs } from '../support/node-lab.js'
import { LAYOUT_STAGES, WIRE_STAGES } from './support/layout-stages.js'
import { judge, type Outcomes } from './support/stages.js'

const isRoot = process.geteuid?.() === 0
const NOBODY = 65534
const LIMIT_MS = 60_000
/** NAT over IPv4, and IPv6. */
const SCENARIO = 'nat4-routed6'

interface Somebody {
  readonly who: string
  readonly user?: number
  /** Why it is skipped. */
  readonly reason?: string
}

const people: readonly Somebody[] = [
  { who: isRoot ? 'root in a user namespace' : 'whoever runs the tests', ...unless(canBuildLabs(), 'no labs here') },
  {
    who: 'nobody',
    user: NOBODY,
    ...unless(isRoot, 'only root can become somebody else'),
    ...unless(!isRoot || nobodyRunsNode(), `nobody may not run ${process.execPath}`),
  },
]

describe.each(people.filter(({ reason }) => reason === undefined))('a node of $who', ({ user }) => {
  let folder: string
  let outcomes: Outcomes

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hyphae-unprivileged-'))
    // Others read the program there.
    chmodSync(folder, 0o755)
    const program = join(folder, 'layout.cjs')
    await build({
      entryPoints: [fileURLToPath(new URL('./support/layout-program.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      logLevel: 'error',
    })
    const own = join(folder, 'own')
    mkdirSync(own)
    chmodSync(own, 0o777)
    outcomes = await runProgram([program, SCENARIO, join(own, 'lab')], user)
  }, LIMIT_MS)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(LAYOUT_STAGES.map(([sentence]) => sentence))('%s', sentence => judge(outcomes, sentence))
})

for (const [sentence] of WIRE_STAGES) {
  process.stderr.write(`skipped in user namespaces: a node ${sentence}, tcpdump cannot run there\n`)
}
for (const { who, reason } of people) {
  if (reason === undefined) continue
  it.skip(`a node of ${who} (${reason})`, () => {})
  process.stderr.write(`skipped: a node of ${who}, ${reason}\n`)
}

function runProgram(args: readonly string[], user: number | undefined): Promise<Outcomes> {
  const identity = user === undefined ? {} : { uid: user, gid: user }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...identity, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS - 5_000)
    const printed = ['', '']
    for (const [index, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('utf8').on('data', part => {
        printed[index] += part
      })
    }
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code !== 0) return reject(new Error(`the program ended with ${signal ?? code}: ${printed[1]}`))
      const found = JSON.parse(printed[0] ?? '') as [string, string | null][]
      resolve(new Map(found.map(([sentence, text]) => [sentence, text ? new Error(text) : undefined])))
    })
  })
}

function unless(possible: boolean, reason: string): Pick<Somebody, 'reason'> {
  return possible ? {} : { reason }
}

function nobodyRunsNode(): boolean {
  return spawnSync(process.execPath, ['-e', ''], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0
}
