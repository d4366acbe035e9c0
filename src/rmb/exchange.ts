/**
 * One request under way: settled once, by an answer, an error or the end of its time.
 *
 * A reply that is not the twin's own does not end it: whoever can inject frames could then kill any request. It is
 * remembered instead, and when no true answer follows within the grace, it is what the caller is told.
 */
import type { Twin } from '../chain/port.js'
import type { RmbError } from '../errors/rmb.js'
import type { ResendPolicy } from './port.js'

export interface ExchangeOptions {
  readonly uid: string
  readonly what: string
  readonly twin: Twin
  readonly frame: Uint8Array
  readonly resend: ResendPolicy
}

export class Exchange {
  readonly uid: string
  readonly what: string
  readonly frame: Uint8Array
  readonly resend: ResendPolicy
  readonly answer: Promise<string>
  twin: Twin
  /** Whether the twin was read again because an answer did not fit it. */
  rereadTwin = false
  sent = false
  /** On the clock of `performance`. */
  readonly startedAt = performance.now()
  refusal: RmbError | undefined
  #settled = false
  #timers: ReturnType<typeof setTimeout>[] = []
  #resolve!: (text: string) => void
  #reject!: (error: unknown) => void

  constructor(options: ExchangeOptions) {
    this.uid = options.uid
    this.what = options.what
    this.twin = options.twin
    this.frame = options.frame
    this.resend = options.resend
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.answer.catch(() => {}) // it may be settled before anyone awaits it
  }

  get settled(): boolean {
    return this.#settled
  }

  succeed(text: string): void {
    this.end()
    this.#resolve(text)
  }

  fail(error: unknown): void {
    this.end()
    this.#reject(error)
  }

  /** Remembers what was not taken, and gives the true answer `graceMs` to come. */
  refuse(reason: RmbError, graceMs: number): void {
    if (this.refusal) return
    this.refusal = reason
    this.later(graceMs, () => this.fail(reason))
  }

  later(ms: number, action: () => void): void {
    if (!this.#settled) this.#timers.push(setTimeout(action, ms))
  }

  /** Nothing that comes from now on counts. Idempotent. */
  end(): void {
    this.#settled = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
  }
}
