/**
 * Waits that end. A deadline is a moment and the name of what is waited for; everything that waits takes one.
 *
 * @example
 * const deadline = new Deadline('node 11 to answer', 20_000)
 * const reply = await deadline.race(rmb.request(request))
 */
import { CancelledError, DeadlineError } from '../errors/wait.js'

export class Deadline {
  readonly #endsAt: number

  constructor(
    readonly what: string,
    readonly timeoutMs: number,
    /** Ends the wait early, as a cancellation. */
    readonly signal?: AbortSignal,
  ) {
    this.#endsAt = performance.now() + timeoutMs
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now())
  }

  get expired(): boolean {
    return this.remainingMs === 0
  }

  error(cause?: unknown): DeadlineError {
    return new DeadlineError(this.what, this.timeoutMs, cause === undefined ? {} : { cause })
  }

  /** @throws {DeadlineError|CancelledError} when the moment has passed or the signal was given */
  check(): void {
    if (this.signal?.aborted) throw new CancelledError(this.what, { cause: this.signal.reason })
    if (this.expired) throw this.error()
  }

  /** The promise's outcome, or an error when the deadline or the signal comes first. */
  async race<T>(promise: Promise<T>): Promise<T> {
    if (this.signal?.aborted) {
      promise.catch(() => {})
      throw new CancelledError(this.what, { cause: this.signal.reason })
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    let onAbort: (() => void) | undefined
    const end = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.error()), this.remainingMs)
      onAbort = () => reject(new CancelledError(this.what, { cause: this.signal?.reason }))
      this.signal?.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([promise, end])
    } finally {
      clearTimeout(timer)
      if (onAbort) this.signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Sleeps, but never past the deadline. @throws {DeadlineError|CancelledError} */
  async sleep(ms: number): Promise<void> {
    this.check()
    await this.race(new Promise<void>(resolve => setTimeout(resolve, Math.min(ms, this.remainingMs + 1)).unref?.()))
    this.check()
  }
}
