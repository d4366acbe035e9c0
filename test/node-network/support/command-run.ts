/** `hyphae node net …` as it is installed: outside of labs, and in their machines. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { toolPath } from '../../../src/network/node/lab/tool-path.js'
import { installedPackage } from '../../support/installed-package.js'

export interface CommandEnd {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CommandOptions {
  /** Put before it: the way into a machine. */
  readonly enter?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Its whole environment. */
  readonly onlyEnv?: boolean
  readonly user?: number
  readonly input?: string
  /** Is called once, when what it has written so far matches. */
  readonly when?: { readonly matches: RegExp; readonly act: (signal: (name: NodeJS.Signals) => void) => void }
}

const PATIENCE_MS = 60_000

export function nodeNet(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  const { enter = [], user, input, when } = options
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const env = options.onlyEnv ? options.env : { ...inherited, PATH: toolPath(), ...options.env }
  const argv = [...enter, process.execPath, installedPackage().bin, 'node', 'net', ...args]
  const [file = '', ...rest] = argv
  const child = spawn(file, rest, {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env === undefined ? {} : { env }),
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  let [out, err] = ['', '']
  let waiting = when
  const look = () => {
    if (!waiting?.matches.test(out + err)) return
    const { act } = waiting
    waiting = undefined
    act(name => signal(child, name, enter.length > 0))
  }
  child.stdout.setEncoding('utf8').on('data', part => {
    out += part
    look()
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    err += part
    look()
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal(child, 'SIGKILL', enter.length > 0)
      reject(new Error(`${args.join(' ')} did not end:\n${out}\n${err}`))
    }, PATIENCE_MS)
    child.once('error', reject)
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ code, out, err })
    })
  })
}

/** `nsenter` waits for the program and passes no signals on; it stops when the program is stopped, and dies by itself. */
function signal({ pid = 0, exitCode, signalCode }: ChildProcess, name: NodeJS.Signals, isBehind: boolean): void {
  if (exitCode !== null || signalCode !== null) return
  const children = isBehind ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : ''
  const program = children === '' ? pid : Number(children.split(' ')[0])
  process.kill(program, name)
  if (program !== pid && (name === 'SIGCONT' || name === 'SIGKILL')) process.kill(pid, name)
}

/** What it wrote with --json: an object a line, and nothing else. */
export function jsonLines({ out }: CommandEnd): readonly Record<string, unknown>[] {
  return out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}
