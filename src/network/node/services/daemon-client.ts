/** Services of the supervisor's daemon, which is started when it does not run. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { Deadline } from '../../../core/deadline.js'
import { lockFolder } from '../../../core/folder-lock.js'
import { delays } from '../../../core/retry.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { DeadlineError } from '../../../errors/wait.js'
import { redacted } from '../system/redacted.js'
import { checkSpec } from './check-spec.js'
import {
  type DaemonRequest,
  MOST_LINE_BYTES,
  onLines,
  printRequest,
  readReply,
  readStatuses,
  readTexts,
  socketPathOf,
} from './daemon-protocol.js'
import type { ProcessManager } from './port.js'

export interface DaemonClientOptions {
  /** The supervisor's. */
  readonly folder: string
  /** Program and arguments that serve the supervisor of this folder; absent: nothing is started, only asked. */
  readonly launch?: readonly [string, ...string[]]
  /** Until the daemon answers: 10 s when absent. */
  readonly launchMs?: number
  /** Until a request is answered: 30 s when absent. */
  readonly requestMs?: number
}

export interface DaemonClient extends ProcessManager {
  /** Ends the daemon, if one runs. `keep`: its services run on, and the next daemon takes them over. */
  shutdown(options: { keep: boolean }): Promise<void>
}

const NOBODY = Symbol('nobody answers')
const RETRY = { firstMs: 2, factor: 1.6, maxMs: 100 }
const SHOWN_CHARACTERS = 1_000

/** Opens nothing before it is used, and keeps nothing open: a request is a connection.
 *
 * @example
 * const services = connectSupervisor({ folder, launch: [process.execPath, 'hyphae.js', 'node', 'net', 'supervise'] })
 * await services.start(spec)
 */
export function connectSupervisor(options: DaemonClientOptions): DaemonClient {
  const { folder, launch, launchMs = 10_000, requestMs = 30_000 } = options
  const path = socketPathOf(folder)

  /** All requests may be repeated: a daemon that was killed while it answered is followed by another. */
  const ask = async (request: DaemonRequest): Promise<unknown> => {
    const deadline = new Deadline(`the supervisor in ${folder} to answer`, launchMs + requestMs)
    for (const pause of delays(RETRY)) {
      const reply = await exchange(path, request, Math.min(requestMs, deadline.remainingMs))
      if (reply !== NOBODY) return readReply(reply)
      if (launch === undefined) {
        // Without a supervisor there are no services that anybody keeps.
        if (request.method === 'list') return []
        throw new NodeNetworkError('NODE_NET_SERVICE', 'no supervisor runs, and none is to be started', {
          where: folder,
        })
      }
      await start(folder, launch, launchMs)
      await deadline.sleep(pause)
    }
    throw deadline.error()
  }
  return {
    list: async () => readStatuses(await ask({ method: 'list' })),
    async start(spec) {
      checkSpec(spec)
      await ask({ method: 'start', spec })
    },
    async stop(name) {
      await ask({ method: 'stop', name })
    },
    log: async name => readTexts(await ask({ method: 'log', name })),
    async shutdown({ keep }) {
      const reply = await exchange(path, { method: 'shutdown', keep }, requestMs)
      if (reply !== NOBODY) readReply(reply)
    },
  }
}

/** Asks once. */
function exchange(path: string, request: DaemonRequest, timeoutMs: number): Promise<Buffer | typeof NOBODY> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const timer = setTimeout(() => {
      reject(new DeadlineError(`the supervisor's answer to ${request.method}`, timeoutMs))
      socket.destroy()
    }, timeoutMs)
    let failure: NodeJS.ErrnoException | undefined
    socket.once('connect', () => socket.write(printRequest(request)))
    onLines(socket, MOST_LINE_BYTES, line => {
      resolve(line)
      socket.destroy()
    })
    socket.on('error', error => {
      failure = error
    })
    socket.once('close', () => {
      clearTimeout(timer)
      if (failure && !['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(failure.code ?? '')) {
        reject(unreachable(path, failure))
      }
      resolve(NOBODY)
    })
  })
}

/** Starts the daemon and waits until it can be reached, unless another process is doing just that. */
async function start(folder: string, launch: readonly string[], launchMs: number): Promise<void> {
  const lock = join(folder, 'launch')
  mkdirSync(lock, { recursive: true, mode: 0o700 })
  const unlock = tryLock(lock)
  if (!unlock) return
  try {
    const deadline = new Deadline(`the supervisor in ${folder} to start`, launchMs)
    if (await isThere(folder)) return
    const logFile = join(folder, 'daemon.log')
    const ended = run(launch, logFile)
    for (const pause of delays(RETRY)) {
      if (await isThere(folder)) return
      const how = await Promise.race([ended, deadline.sleep(pause)])
      if (typeof how === 'string') throw notStarted(folder, how, logFile)
    }
  } finally {
    unlock()
  }
}

function tryLock(folder: string): (() => void) | undefined {
  try {
    return lockFolder(folder, () => new NodeNetworkError('NODE_NET_LOCKED', 'a supervisor is being started'))
  } catch (error) {
    if (error instanceof NodeNetworkError && error.code === 'NODE_NET_LOCKED') return undefined
    throw error
  }
}

function run(launch: readonly string[], logFile: string): Promise<string> {
  const output = openSync(logFile, 'w', 0o600)
  try {
    const [file = '', ...args] = launch
    const child = spawn(file, args, { detached: true, cwd: '/', stdio: ['ignore', output, output] })
    child.unref()
    return new Promise(resolve => {
      child.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'error'))
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`))
    })
  } finally {
    closeSync(output)
  }
}

function isThere(folder: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(socketPathOf(folder))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function notStarted(folder: string, how: string, logFile: string): NodeNetworkError {
  const output = redacted(readFileSync(logFile, 'utf8').trim()).slice(-SHOWN_CHARACTERS)
  return new NodeNetworkError(
    'NODE_NET_SERVICE',
    `the supervisor ended with ${how}${output === '' ? '' : `: ${output}`}`,
    {
      where: folder,
    },
  )
}

function unreachable(path: string, cause: NodeJS.ErrnoException): NodeNetworkError {
  const code = cause.code === 'EACCES' ? 'NODE_NET_PERMISSION' : 'NODE_NET_SERVICE'
  return new NodeNetworkError(code, `the supervisor cannot be reached: ${cause.message}`, { where: path, cause })
}
