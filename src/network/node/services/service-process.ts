/**
 * One service and its process: started without a shell in a group of its own, started again with growing pauses when it
 * ends, ended as a group. A process that an earlier supervisor started is taken over and watched by its id and birth.
 */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'

import { type Clock, systemClock } from '../../../core/clock.js'
import { Deadline } from '../../../core/deadline.js'
import { type Backoff, delays } from '../../../core/retry.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { signalGroup } from '../system/signal-group.js'
import type { ServiceStatus } from './port.js'
import { findByEnvironment, identify, isRunning, type ProcessIdentity } from './running-process.js'
import type { ServiceLog } from './service-log.js'
import type { ServiceRecord } from './service-record.js'

export interface ServiceProcessOptions {
  readonly record: ServiceRecord
  /** The whole command, the way into the namespace included. */
  readonly argv: readonly string[]
  readonly log: ServiceLog
  /** Called before a process is started, and when its identity is known. */
  readonly save: (record: ServiceRecord) => void
  readonly clock: Clock
  readonly backoff: Backoff
  /** One that ran so long starts with the first pause again. */
  readonly steadyMs: number
}

export interface ServiceProcess {
  readonly record: ServiceRecord
  status(): ServiceStatus
  /** Starts it for the first time. @throws {NodeNetworkError} NODE_NET_SERVICE when it ends within `settleMs` */
  start(settleMs: number): Promise<void>
  /** Goes on with the process that the record names, or with a new one when that has ended. */
  adopt(): void
  /** @throws {NodeNetworkError} NODE_NET_SERVICE when it cannot be ended */
  stop(timeoutMs: number): Promise<void>
  /** Watches it no longer, and lets it run. */
  leave(): void
}

interface Run {
  readonly process: ProcessIdentity | undefined
  /** How it ended: `exit 1`, `SIGKILL`, `ENOENT`. */
  readonly ended: Promise<string>
}

const MARK_VARIABLE = 'HYPHAE_SERVICE'
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const POLL_MS = 250
const KILL_MS = 2_000
const SHOWN_LINES = 5

export function serviceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { argv, log, save, clock, backoff, steadyMs } = options
  const over = new AbortController()
  let { record } = options
  let state: ServiceStatus['state'] = 'starting'
  let restarts = 0
  let lastEnd: string | undefined

  const note = (running: ProcessIdentity | undefined) => {
    const { process: _, ...rest } = record
    record = running === undefined ? rest : { ...rest, process: running }
    save(record)
  }

  const launch = (): Run => {
    // Without a process, but with the mark: if we are killed before the next line, the mark still finds it.
    note(undefined)
    const output = log.open()
    try {
      const [file = '', ...args] = argv
      // Nothing of our own environment: there may be secrets in it.
      const env = { PATH: process.env.PATH ?? PATH, [MARK_VARIABLE]: record.mark }
      const child = spawn(file, args, { cwd: '/', env, detached: true, stdio: ['ignore', output, output] })
      const ended = new Promise<string>(resolve => {
        child.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'error'))
        child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`))
      })
      child.unref()
      const running = child.pid === undefined ? undefined : identify(child.pid)
      if (running) note(running)
      state = 'running'
      return { process: running, ended }
    } finally {
      closeSync(output)
    }
  }

  const watch = async (first: Run): Promise<void> => {
    let run = first
    let pauses = delays(backoff)
    while (true) {
      const since = clock.now()
      lastEnd = await run.ended
      if (over.signal.aborted) return
      state = 'waiting'
      // What it left behind of its group would work against the next one.
      if (run.process) signalGroup(run.process.pid, 'SIGKILL')
      note(undefined)
      if (clock.now() - since >= steadyMs) pauses = delays(backoff)
      await clock.sleep(pauses.next().value, over.signal)
      restarts++
      run = launch()
    }
  }
  const keep = (run: Run) => {
    watch(run).catch(error => {
      if (over.signal.aborted) return
      // Its files or its log cannot be written: the next client sees it, and may start it again.
      state = 'stopped'
      lastEnd = error instanceof Error ? error.message : String(error)
    })
  }

  return {
    get record() {
      return record
    },
    status: () => ({
      name: record.name,
      state,
      fingerprint: record.fingerprint,
      ...(state === 'running' && record.process ? { pid: record.process.pid } : {}),
      restarts,
      ...(lastEnd === undefined ? {} : { lastEnd }),
    }),
    async start(settleMs) {
      const run = launch()
      state = 'starting'
      const settled = new AbortController()
      const how = await Promise.race([run.ended, systemClock.sleep(settleMs, settled.signal).catch(() => undefined)])
      settled.abort()
      if (how === undefined) {
        state = 'running'
        return keep(run)
      }
      over.abort()
      state = 'stopped'
      if (run.process) signalGroup(run.process.pid, 'SIGKILL')
      throw endedAtOnce(record, how, log.lines())
    },
    adopt() {
      const running = record.process ?? findByEnvironment(`${MARK_VARIABLE}=${record.mark}`)
      if (running === undefined || !isRunning(running)) return keep(launch())
      note(running)
      state = 'running'
      keep({ process: running, ended: endOf(running, over.signal) })
    },
    async stop(timeoutMs) {
      over.abort()
      const running = record.process
      if (running && isRunning(running)) {
        signalGroup(running.pid, 'SIGTERM')
        await hasEnded(running, timeoutMs)
        signalGroup(running.pid, 'SIGKILL')
        if (!(await hasEnded(running, KILL_MS))) {
          throw new NodeNetworkError('NODE_NET_SERVICE', `service ${record.name} does not end`, {
            details: { pid: running.pid },
          })
        }
      }
      state = 'stopped'
    },
    leave: () => over.abort(),
  }
}

/** Somebody else's child: nobody tells us how it ended. */
async function endOf(running: ProcessIdentity, signal: AbortSignal): Promise<string> {
  while (!signal.aborted && isRunning(running)) await systemClock.sleep(POLL_MS, signal).catch(() => {})
  return 'ended'
}

async function hasEnded(running: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = new Deadline(`the end of process ${running.pid}`, timeoutMs)
  for (const pause of delays({ firstMs: 2, factor: 1.5, maxMs: 50 })) {
    if (!isRunning(running)) return true
    if (deadline.expired) return false
    await systemClock.sleep(Math.min(pause, deadline.remainingMs))
  }
  return false
}

function endedAtOnce({ name, command }: ServiceRecord, how: string, lines: readonly string[]): NodeNetworkError {
  const output = lines.slice(-SHOWN_LINES)
  const missing = how === 'ENOENT'
  return new NodeNetworkError(
    'NODE_NET_SERVICE',
    `service ${name} ended at once with ${how}${output.length > 0 ? `: ${output.at(-1)}` : ''}`,
    {
      where: `service ${name}`,
      details: { command: command[0], end: how, output },
      ...(missing ? { hint: `install ${command[0]}` } : {}),
    },
  )
}
