/**
 * A process that runs until it is stopped, somewhere in a lab, with the end of what it printed.
 *
 * `nsenter` and `unshare` put a process between us and the program: signals go to the program itself.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { Deadline } from '../../../core/deadline.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { redacted } from '../system/redacted.js'
import { toolPath } from './tool-path.js'

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface LabProcess {
  /** Of our own child; the program's is `programPid`. */
  readonly pid: number
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>
  /** Of the program behind `nsenter` or `unshare`, as it is called where this process lives. */
  programPid(): number | undefined
  /** The end of what it printed on both streams, at most 256 Ki characters. */
  output(): string
  /** Waits until what it printed matches: 10 s when no time is given.
   *
   * @throws {NodeNetworkError} NODE_NET_LAB when it ends before; {DeadlineError}
   */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  write(text: string): void
  closeInput(): void
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after 2 s. Resolves when it has ended. @throws {DeadlineError} */
  stop(): Promise<void>
}

export interface LabProcessOptions {
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
}

const MOST_CHARACTERS = 256 * 1024
const SHOWN_CHARACTERS = 2_000
const WAIT_MS = 10_000
const TERM_MS = 2_000
const KILL_MS = 5_000
const LAST_OUTPUT_MS = 200

/** @param argv `nsenter` or `unshare` with a program that they start as their child
 * @throws {NodeNetworkError} NODE_NET_TOOL when the first of them is not there
 */
export async function startProcess(argv: readonly string[], options: LabProcessOptions = {}): Promise<LabProcess> {
  const [file = '', ...args] = argv
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for the one who controls the lab, who then stops everything in order.
    detached: true,
    env: { ...process.env, ...options.env, PATH: toolPath() },
  })
  let output = ''
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output = (output + part).slice(-MOST_CHARACTERS)
      tell()
    })
  }
  // It may end without reading what it is given.
  child.stdin.on('error', () => {})
  let end: ProcessEnd | undefined
  const ended = new Promise<ProcessEnd>(resolve => {
    const finish = (found: ProcessEnd) => {
      end ??= found
      tell()
      resolve(end)
    }
    child.once('close', (code, signal) => finish({ code, signal }))
    // What the program has left behind may keep its output open.
    child.once('exit', (code, signal) => setTimeout(() => finish({ code, signal }), LAST_OUTPUT_MS).unref())
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    // Also when it cannot be signalled: then it has ended.
    child.on('error', cause =>
      reject(new NodeNetworkError('NODE_NET_TOOL', `the program ${file} cannot be started`, { cause })),
    )
  })

  const pid = child.pid as number
  const programPid = () => childrenOf(pid)[0]
  const signal = (name: NodeJS.Signals) => {
    const target = end === undefined ? (programPid() ?? pid) : undefined
    if (target !== undefined) kill(target, name)
  }
  const shown = redacted(argv.join(' '))

  return {
    pid,
    ended,
    programPid,
    output: () => output,
    write: text => void child.stdin.write(text),
    closeInput: () => child.stdin.end(),
    signal,
    async waitFor(pattern, timeoutMs = WAIT_MS) {
      let settle: ((match: RegExpExecArray) => void) | undefined
      let fail: ((error: Error) => void) | undefined
      const look = () => {
        const match = pattern.exec(output)
        if (match) return settle?.(match)
        if (end === undefined) return
        const last = redacted(output.trim().slice(-SHOWN_CHARACTERS))
        fail?.(new NodeNetworkError('NODE_NET_LAB', `${shown} ended too early${last === '' ? '' : `: ${last}`}`))
      }
      const found = new Promise<RegExpExecArray>((resolve, reject) => {
        settle = resolve
        fail = reject
      })
      listeners.add(look)
      look()
      try {
        return await new Deadline(`${shown} to print ${pattern}`, timeoutMs).race(found)
      } finally {
        listeners.delete(look)
      }
    },
    async stop() {
      signal('SIGTERM')
      const timer = setTimeout(() => {
        signal('SIGKILL')
        kill(pid, 'SIGKILL')
      }, TERM_MS)
      try {
        await new Deadline(`the end of ${shown}`, TERM_MS + KILL_MS).race(ended)
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
