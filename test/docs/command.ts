/** One command of a page, in a shell, with the package's command on its path. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DEADLINE_MS = 60_000
const STOP_MS = 15_000

export interface CommandPlace {
  readonly cwd: string
  /** Holds the package's command. */
  readonly binFolder: string
  /** Home of the person who types: nothing of the real one is read or written. */
  readonly personFolder: string
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  /** What a person sees: both streams, in order. */
  readonly seen: string
}

export async function runCommand(line: string, place: CommandPlace, merged: boolean): Promise<Outcome> {
  const child = start(merged ? `{ ${line}\n} 2>&1` : line, place)
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    stdout += chunk
  })
  child.stderr?.setEncoding('utf8').on('data', chunk => {
    stderr += chunk
  })
  const timer = setTimeout(() => kill(child, 'SIGKILL'), DEADLINE_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, stdout, seen: stdout + stderr }
}

export interface Running {
  /** Ends it as Ctrl-C does; rejects when it does not end, or not well. */
  stop(): Promise<void>
}

/** Resolves when the command has said something, on its output or in the file it is redirected to. */
export async function startCommand(line: string, place: CommandPlace): Promise<Running> {
  const child = start(`exec ${line}`, place)
  const file = />\s*(\S+)\s*$/.exec(line)?.[1]
  let seen = ''
  const listen = (chunk: string) => {
    seen += chunk
  }
  child.stdout?.setEncoding('utf8').on('data', listen)
  child.stderr?.setEncoding('utf8').on('data', listen)

  const said = () => {
    if (file === undefined) return seen.includes('\n')
    const path = join(place.cwd, file)
    return existsSync(path) && readFileSync(path, 'utf8').includes('\n')
  }
  const deadline = Date.now() + DEADLINE_MS
  while (!said()) {
    if (child.exitCode !== null || Date.now() > deadline) {
      kill(child, 'SIGKILL')
      throw new Error(`"${line}" has not come up: ${seen}`)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { stop: () => stop(child, line) }
}

async function stop(child: ChildProcess, line: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = once(child, 'close')
    const timer = setTimeout(() => kill(child, 'SIGKILL'), STOP_MS)
    kill(child, 'SIGINT')
    await ended
    clearTimeout(timer)
  }
  if (child.exitCode !== 0) throw new Error(`"${line}" ended with ${child.exitCode ?? child.signalCode}`)
}

function start(script: string, place: CommandPlace): ChildProcess {
  // Of the environment only what finds programs: a page must work without anything set up.
  const env = {
    PATH: `${place.binFolder}:${process.env.PATH}`,
    HOME: place.personFolder,
    XDG_STATE_HOME: join(place.personFolder, 'state'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    ...place.env,
  }
  return spawn('sh', ['-c', script], { cwd: place.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
}

/** The shell and what it started, and nothing else: they are a group of their own. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
