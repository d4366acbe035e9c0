/**
 * `hyphae run`: a program in a process of its own, and a local grid beside it unless a grid is configured.
 *
 * Two processes, because a program ends when nothing is left to do in it, which never happens next to a running grid;
 * and because whatever it does to its process (exit, crash, run out of memory) must leave the grid time to close.
 * The program's process loads what it needs while the grid starts.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { HyphaeError } from '../../errors/base.js'
import { InputError } from '../../errors/input.js'
import type { LocalGrid, NodeKind } from '../../localgrid/index.js'
import type { CliContext } from '../context.js'
import { ExitCode, exitCodeOf } from '../exit-codes.js'
import { CONFIGURED_BY, gridEnvironment } from '../program/grid-environment.js'
import { type CliHost, jsonHost, terminalHost } from '../render/hosts.js'

export interface RunFlags {
  readonly json: boolean
  readonly data?: string
  readonly nodes?: Partial<Record<NodeKind, number>>
}

/** How long an interrupted program may take to end. */
const PATIENCE_MS = 5_000
const PASS_ON_MS = 200
const HINT_KILLED = 'it crashed, or the system ran out of memory; what it wrote to the grid stays'

export async function run(this: CliContext, flags: RunFlags, file: string, ...args: readonly string[]): Promise<void> {
  const host = flags.json ? jsonHost(this.process) : terminalHost(this.process)
  try {
    this.process.exitCode = await runProgram(this, flags, host, file, args)
  } catch (error) {
    // With --json, what goes wrong around the program is an event like what goes wrong in it.
    const exitCode = exitCodeOf(error)
    host.fail(error, exitCode)
    this.process.exitCode = exitCode
  }
}

/** Resolves with the exit code of the program. */
async function runProgram(
  context: CliContext,
  flags: RunFlags,
  host: CliHost,
  file: string,
  args: readonly string[],
): Promise<number> {
  const path = resolve(context.cwd, file)
  await mustBeFile(path, file)
  const { env } = context.process
  const configured = CONFIGURED_BY.find(name => env[name])
  if (configured !== undefined && (flags.data !== undefined || flags.nodes !== undefined)) {
    throw new InputError(
      'INPUT_OPTION',
      `--data and --nodes are for a local grid, but ${configured} names another one`,
      {
        hint: `unset ${configured}, or leave the option out`,
      },
    )
  }

  const program = startProgram(path, args, flags.json)
  const asked = { toEnd: false }
  const ended = endOf(program, asked)
  let place: Place | undefined
  try {
    place = configured === undefined ? await openPlace(context, flags, host) : undefined
    host.stop()
    program.send({ environment: place === undefined ? {} : place.environment })
    void context.interrupted.then(signal => {
      asked.toEnd = true
      endProgram(program, signal as NodeJS.Signals)
    })
    return await ended
  } finally {
    host.stop()
    if (program.exitCode === null) program.kill('SIGKILL')
    await place?.close()
  }
}

interface Place {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** A local grid, and a folder for what the program's clients remember of it. */
async function openPlace({ process: { env }, cwd }: CliContext, flags: RunFlags, host: CliHost): Promise<Place> {
  const data = flags.data ?? env.HYPHAE_LOCALGRID_DATA
  const startedAt = performance.now()
  host.notify({ code: 'GRID_STARTING', level: 'info', text: 'starting a local grid' })
  const { startLocalGrid } = await import('../../localgrid/index.js')
  const grid: LocalGrid = await startLocalGrid({
    ...(data === undefined ? {} : { dataDir: resolve(cwd, data) }),
    ...(flags.nodes === undefined ? {} : { nodes: flags.nodes }),
  })
  // A grid that is forgotten takes the journals of its clients along.
  const stateDir = data === undefined ? await mkdtemp(join(tmpdir(), 'hyphae-run-')) : resolve(cwd, `${data}-state`)
  host.notify({
    code: 'GRID_READY',
    level: 'info',
    text: `a local grid of ${grid.nodes.length} nodes is ready`,
    data: { elapsedMs: Math.round(performance.now() - startedAt), nodes: grid.nodes.length },
  })
  return {
    environment: gridEnvironment(grid, stateDir),
    close: async () => {
      await grid.close()
      if (data === undefined) await rm(stateDir, { recursive: true, force: true })
    },
  }
}

function startProgram(path: string, args: readonly string[], json: boolean): ChildProcess {
  const entry = fileURLToPath(new URL('../program/main.js', import.meta.url))
  return fork(entry, [json ? 'json' : 'terminal', path, ...args], { stdio: 'inherit' })
}

function endOf(program: ChildProcess, asked: { readonly toEnd: boolean }): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    program.once('error', reject)
    program.once('exit', (code, signal) => {
      if (code !== null) resolve(code)
      else if (asked.toEnd || signal === 'SIGINT' || signal === 'SIGTERM') resolve(ExitCode.cancelled)
      else reject(new HyphaeError('PROGRAM_ENDED', `the program was ended by ${signal}`, { hint: HINT_KILLED }))
    })
  })
  // It may end while the grid still starts; whoever waits for it then hears of it.
  ended.catch(() => {})
  return ended
}

/** A terminal gives Ctrl-C to both processes; a signal that was sent to this one alone is passed on. */
function endProgram(program: ChildProcess, signal: NodeJS.Signals): void {
  setTimeout(() => program.kill(signal), PASS_ON_MS).unref()
  setTimeout(() => program.kill('SIGKILL'), PATIENCE_MS).unref()
}

async function mustBeFile(path: string, shown: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return
  throw new InputError('INPUT_FILE', `there is no program ${shown}`, { where: path, hint: 'check the path' })
}
