/**
 * A wake-up when something about the network changes. `ip monitor` only says that it does, in words nobody parses: the
 * truth is observed again. Events are lost while it starts anew, so a new start is a wake-up too.
 */
import { spawn } from 'node:child_process'

import { systemClock } from '../../../core/clock.js'
import { type Backoff, delays } from '../../../core/retry.js'
import type { CommandRunner } from '../system/runner.js'
import { signalGroup } from '../system/signal-group.js'

export interface WatchOptions {
  readonly runner: Pick<CommandRunner, 'argvOf'>
  readonly namespace: string
  /** Also the namespaces that it knows by number: those it has sent a link to. */
  readonly otherNamespaces?: boolean
  /** Called at most once every `debounceMs`, that long after the first of the events it stands for. */
  readonly onWake: () => void
  /** 50 when absent. */
  readonly debounceMs?: number
  readonly backoff?: Backoff
}

const BACKOFF: Backoff = { firstMs: 50, factor: 2, maxMs: 5_000 }
/** One that ran so long starts with the first pause again. */
const STEADY_MS = 10_000

/** Begins at once and goes on until it is closed; resolves when its process has ended.
 *
 * @example
 * const watch = watchEvents({ runner, namespace: 'ndmz', onWake: () => observeAgain() })
 * await watch.close()
 */
export function watchEvents(options: WatchOptions): { close(): Promise<void> } {
  const { runner, namespace, otherNamespaces = false, onWake, debounceMs = 50, backoff = BACKOFF } = options
  const words = ['ip', 'monitor', 'link', 'address', 'route', ...(otherNamespaces ? ['all-nsid'] : [])]
  const argv = runner.argvOf(namespace, words as [string, ...string[]])
  const over = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  const wake = () => {
    if (over.signal.aborted) return
    timer ??= setTimeout(() => {
      timer = undefined
      onWake()
    }, debounceMs)
  }
  const running = (async () => {
    let pauses = delays(backoff)
    while (!over.signal.aborted) {
      const since = performance.now()
      await monitor(argv, wake, over.signal)
      if (performance.now() - since > STEADY_MS) pauses = delays(backoff)
      await systemClock.sleep(pauses.next().value, over.signal).catch(() => {})
      wake()
    }
  })()
  return {
    async close() {
      over.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** Until it ends, however that is. What it prints is thrown away. */
function monitor(argv: readonly string[], wake: () => void, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const [file = '', ...args] = argv
    const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    const stop = () => {
      // The group: the way into another machine may be a process of its own.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    }
    signal.addEventListener('abort', stop, { once: true })
    const end = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    child.stdout.on('data', wake)
    child.once('error', end)
    child.once('close', end)
  })
}
