/**
 * The same work asked for by several at once is done once. It goes on while anyone waits for it, and is given up when the
 * last one has gone.
 */
import { CancelledError } from '../../../errors/wait.js'

interface Work<T> {
  readonly outcome: Promise<T>
  readonly abort: AbortController
  waiting: number
}

export class SharedWork<T> {
  readonly #running = new Map<string, Work<T>>()

  get running(): number {
    return this.#running.size
  }

  /** @throws {CancelledError} when `signal` is given before the work is done; whatever the work throws */
  async run(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw new CancelledError('shared work', { cause: signal.reason })
    const work = this.#running.get(key) ?? this.#start(key, start)
    work.waiting++
    let onAbort = () => {}
    const given = new Promise<never>((_, reject) => {
      onAbort = () => reject(new CancelledError('shared work', { cause: signal?.reason }))
      signal?.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([work.outcome, given])
    } finally {
      signal?.removeEventListener('abort', onAbort)
      if (--work.waiting === 0) {
        if (this.#running.get(key) === work) this.#running.delete(key)
        work.abort.abort()
      }
    }
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Work<T> {
    const abort = new AbortController()
    const outcome = start(abort.signal).finally(() => {
      if (this.#running.get(key) === work) this.#running.delete(key)
    })
    // Whoever waits hears of a failure; nobody may.
    outcome.catch(() => {})
    const work: Work<T> = { outcome, abort, waiting: 0 }
    this.#running.set(key, work)
    return work
  }
}
