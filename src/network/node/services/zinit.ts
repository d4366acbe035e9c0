/** Services where zinit is PID 1, as on Zero-OS: it reads a file for each, and is driven by its own command. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { Deadline } from '../../../core/deadline.js'
import { delays } from '../../../core/retry.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import { redacted } from '../system/redacted.js'
import type { CommandRunner, Outcome } from '../system/runner.js'
import { checkSpec, isServiceName } from './check-spec.js'
import { fingerprintOf } from './fingerprint.js'
import type { ProcessManager, ServiceSpec, ServiceStatus } from './port.js'
import { writePrivateFile } from './private-file.js'
import { removeServiceFiles, writeServiceFiles } from './service-files.js'
import { printZinitFile, readZinitFile } from './zinit-file.js'
import { readZinitState, readZinitStates, type ZinitState } from './zinit-state.js'

export interface ZinitOptions {
  readonly runner: CommandRunner
  /** `/etc/zinit` when absent. */
  readonly servicesDir?: string
  /** Where zinit listens, when it is not where its command looks by itself. */
  readonly socket?: string
  /** Until a started service runs: 10 s when absent. */
  readonly startMs?: number
  /** Between SIGTERM and SIGKILL: 5 s when absent. */
  readonly stopMs?: number
  /** How long it must run to count as started: 50 ms when absent. */
  readonly settleMs?: number
}

const LOOKS = { firstMs: 10, factor: 1.5, maxMs: 200 }
const KILL_MS = 2_000
const MOST_LINES = 200
const MOST_LINE_CHARACTERS = 2_000

/** Only services whose files we have written are listed. A service of another origin that has the name of one of ours is
 * replaced, as on a node that was set up by Zero-OS itself. zinit does not tell how often it has restarted one.
 *
 * @example await zinitManager({ runner: linuxRunner() }).start(spec)
 */
export function zinitManager(options: ZinitOptions): ProcessManager {
  const { runner, servicesDir = '/etc/zinit', socket } = options
  const { startMs = 10_000, stopMs = 5_000, settleMs = 50 } = options
  const pathOf = (name: string) => join(servicesDir, `${name}.yaml`)

  const zinit = (...words: readonly string[]): Promise<Outcome> => {
    const args = [...(socket === undefined ? [] : ['-s', socket]), ...words]
    return runner.run({ namespace: ROOT, program: 'zinit', args, mayFail: true })
  }
  /** @throws {NodeNetworkError} NODE_NET_SERVICE with what it printed */
  const must = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await zinit(...words)
    if (code === 0) return stdout
    throw new NodeNetworkError('NODE_NET_SERVICE', `zinit ${words.join(' ')} failed: ${redacted(stderr.trim())}`)
  }
  /** Undefined when zinit does not know it. */
  const stateOf = async (name: string): Promise<ZinitState | undefined> => {
    const { code, stdout } = await zinit('status', name)
    return code === 0 ? readZinitState(stdout) : undefined
  }
  const linesOf = async (name: string): Promise<readonly string[]> => {
    const { code, stdout } = await zinit('log', '-s', name)
    return code === 0 ? ownLines(stdout, name) : []
  }

  const forget = async (name: string, keptFiles: readonly string[] = []): Promise<void> => {
    if ((await stateOf(name)) !== undefined) {
      await must('stop', name)
      if (!(await ends(name, stopMs))) {
        await zinit('kill', name, 'SIGKILL')
        if (!(await ends(name, KILL_MS))) throw new NodeNetworkError('NODE_NET_SERVICE', `service ${name} does not end`)
      }
      await must('forget', name)
    }
    const known = readFile(pathOf(name))
    removeServiceFiles((known?.files ?? []).filter(path => !keptFiles.includes(path)))
    rmSync(pathOf(name), { force: true })
  }
  const ends = async (name: string, timeoutMs: number): Promise<boolean> => {
    const deadline = new Deadline(`the end of ${name}`, timeoutMs)
    for (const pause of delays(LOOKS)) {
      const state = await stateOf(name)
      if (state === undefined || state.pid === 0) return true
      if (deadline.expired) return false
      await deadline.sleep(Math.min(pause, deadline.remainingMs)).catch(() => {})
    }
    return false
  }

  const launch = async ({ name }: ServiceSpec): Promise<void> => {
    const deadline = new Deadline(`service ${name} to run`, startMs)
    await must('monitor', name)
    let since: number | undefined
    for (const pause of delays(LOOKS)) {
      const state = await stateOf(name)
      if (state?.end !== undefined || state?.text === 'Failure') throw endedAtOnce(name, state, await linesOf(name))
      if (state?.text === 'Running') {
        since ??= performance.now()
        if (performance.now() - since >= settleMs) return
      }
      await deadline.sleep(pause)
    }
  }

  return {
    async list() {
      const states = readZinitStates(await must('list'))
      return names(servicesDir).flatMap((name): ServiceStatus[] => {
        const state = states.get(name)
        const known = state && readFile(pathOf(name))
        if (!known) return []
        const lastEnd = state.end === undefined ? {} : { lastEnd: state.end }
        return [{ name, state: state.state, fingerprint: known.fingerprint, restarts: 0, ...lastEnd }]
      })
    },
    async start(spec) {
      checkSpec(spec)
      const { name, namespace, command, files = [], after = [] } = spec
      const fingerprint = fingerprintOf(spec)
      const paths = files.map(({ path }) => path)
      const state = await stateOf(name)
      if (state && state.state !== 'stopped' && readFile(pathOf(name))?.fingerprint === fingerprint) return
      await forget(name, paths)
      try {
        const argv = runner.argvOf(namespace, command)
        writePrivateFile(pathOf(name), printZinitFile({ argv, after, fingerprint, files: paths }))
        writeServiceFiles(spec)
        await launch(spec)
      } catch (error) {
        await forget(name)
        throw error
      }
    },
    async stop(name) {
      if (isServiceName(name)) await forget(name)
    },
    log: async name => (isServiceName(name) ? linesOf(name) : []),
  }
}

function names(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length))
    .filter(isServiceName)
    .sort()
}

function readFile(path: string): ReturnType<typeof readZinitFile> {
  try {
    return readZinitFile(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** `[+] name: what it printed`; `[-]` for its standard error. */
function ownLines(output: string, name: string): readonly string[] {
  const start = `] ${name}: `
  return output
    .split('\n')
    .filter(line => line.slice(2).startsWith(start))
    .map(line => line.slice(2 + start.length))
    .filter(line => line !== '------------ [start] ------------')
    .slice(-MOST_LINES)
    .map(line => redacted(line).slice(0, MOST_LINE_CHARACTERS))
}

function endedAtOnce(name: string, { end = 'Failure' }: ZinitState, lines: readonly string[]): NodeNetworkError {
  const last = lines.at(-1)
  return new NodeNetworkError(
    'NODE_NET_SERVICE',
    `service ${name} ended at once with ${end}${last === undefined ? '' : `: ${last}`}`,
    { where: `service ${name}`, details: { end, output: lines.slice(-5) } },
  )
}
