/**
 * One twin's session at a relay: opens the link, keeps it alive, and opens it again when it ends.
 *
 * Each link gets a fresh token. The pauses between attempts grow and are jittered, so that a relay that comes back is
 * not met by everyone at once; they start anew only after a link has lived a while, so that a relay that drops
 * everyone at the door is not hammered either.
 */
import { Deadline } from '../core/deadline.js'
import { delays } from '../core/retry.js'
import { isHyphaeError } from '../errors/base.js'
import { RmbError } from '../errors/rmb.js'
import { CancelledError, DeadlineError } from '../errors/wait.js'
import { type KeepAlive, keepAlive } from './keepalive.js'
import type { Link, Transport } from './transport.js'

export interface SessionOptions {
  readonly transport: Transport
  readonly token: () => string
  readonly ping: () => Uint8Array
  readonly onFrame: (frame: Uint8Array) => void
  /** A link is there; `attempts` is 0 for the first one ever. */
  readonly onUp: (attempts: number) => void
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
}

const BACKOFF = { firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.5 }
const SETTLED_MS = 5_000
const PATIENCE_MS = 10_000

export class RelaySession {
  readonly #options: SessionOptions
  readonly #ended = new AbortController()
  #link: Link | undefined
  #keepAlive: KeepAlive | undefined
  #opening: Promise<void> | undefined
  #connecting: Promise<void> | undefined
  #pauses = delays(BACKOFF)
  #openedAt = 0
  #wasUp = false
  /** Why there is no link right now. */
  lastError: RmbError | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  get up(): boolean {
    return this.#link !== undefined
  }

  /** True once a link was there: from then on the session finds its way back by itself. */
  get established(): boolean {
    return this.#wasUp
  }

  /** Resolves when there is a link. The first one is tried once, so that a wrong URL is told at once.
   *
   * @throws {RmbError} RMB_UNREACHABLE, RMB_UNAUTHORIZED, RMB_CLOSED
   */
  async connect(): Promise<void> {
    if (this.#ended.signal.aborted) throw closed()
    if (this.#link) return
    this.#opening ??= this.#open(0).finally(() => {
      this.#opening = undefined
    })
    this.#connecting ??= this.#waitFor(this.#opening).finally(() => {
      this.#connecting = undefined
    })
    await this.#connecting
  }

  /** False when there is no link; what was not sent has to be sent when `onUp` is called. */
  send(frame: Uint8Array): boolean {
    if (!this.#link) return false
    this.#link.send(frame)
    return true
  }

  close(): void {
    this.#ended.abort()
    this.#keepAlive?.stop()
    this.#link?.close()
    this.#link = undefined
  }

  async #waitFor(opening: Promise<void>): Promise<void> {
    const { connectTimeoutMs } = this.#options
    try {
      await new Deadline('a connection to the relay', connectTimeoutMs, this.#ended.signal).race(opening)
    } catch (error) {
      if (this.#ended.signal.aborted) throw closed()
      if (!(error instanceof DeadlineError) && !(error instanceof CancelledError)) throw error
      throw new RmbError('RMB_UNREACHABLE', `the relay cannot be reached within ${connectTimeoutMs} ms`, {
        hint: 'check the relay URL and the network',
        cause: this.lastError ?? error,
      })
    }
  }

  async #open(attempts: number): Promise<void> {
    const { transport, token, onFrame, onUp, connectTimeoutMs: timeoutMs } = this.#options
    const signal = this.#ended.signal
    let link: Link
    let opened = false
    let lostEarly: RmbError | undefined
    try {
      link = await transport({
        token: token(),
        timeoutMs,
        signal,
        onFrame: frame => {
          this.#keepAlive?.heard()
          onFrame(frame)
        },
        onClose: reason => {
          if (opened) this.#lost(reason)
          else lostEarly = reason
        },
      })
      if (lostEarly) throw lostEarly
    } catch (error) {
      this.lastError = isHyphaeError(error)
        ? (error as RmbError)
        : new RmbError('RMB_UNREACHABLE', 'the relay cannot be reached', { cause: error })
      throw this.lastError
    }
    if (signal.aborted) {
      link.close()
      throw closed()
    }

    opened = true
    this.#link = link
    this.#openedAt = performance.now()
    this.lastError = undefined
    this.#wasUp = true
    this.#keepAlive = keepAlive({
      intervalMs: this.#options.keepAliveMs,
      patienceMs: Math.min(PATIENCE_MS, this.#options.keepAliveMs),
      ping: () => this.#ping(),
      onSilence: () => {
        link.close()
        this.#lost(new RmbError('RMB_UNREACHABLE', 'the relay has fallen silent: a ping was not answered'))
      },
    })
    onUp(attempts)
  }

  #ping(): void {
    try {
      this.send(this.#options.ping())
    } catch (error) {
      // A link that cannot take a ping is as good as silent; the patience that runs already will end it.
      this.lastError = error as RmbError
    }
  }

  #lost(reason: RmbError): void {
    this.#keepAlive?.stop()
    this.#link = undefined
    this.lastError = reason
    if (this.#ended.signal.aborted) return
    if (performance.now() - this.#openedAt > SETTLED_MS) this.#pauses = delays(BACKOFF)
    // Nobody may be waiting for the way back, and it only ends without success when the session is closed.
    this.#opening = this.#reopen().finally(() => {
      this.#opening = undefined
    })
    this.#opening.catch(() => {})
  }

  async #reopen(): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      await pause(this.#pauses.next().value, this.#ended.signal)
      if (this.#ended.signal.aborted) throw closed()
      try {
        return await this.#open(attempts)
      } catch (error) {
        this.lastError = error as RmbError
      }
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

function closed(): RmbError {
  return new RmbError('RMB_CLOSED', 'the connection to the relay was closed')
}
