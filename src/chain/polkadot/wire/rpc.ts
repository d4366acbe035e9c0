/**
 * The chain as something that can be asked, over a connection that comes back.
 *
 * Questions without effect are simply asked again when the connection drops; what has an effect uses `socket` and
 * finds out itself. Whoever needs something on each new connection (subscriptions) registers with `onOpen`.
 */
import { Deadline } from '../../../core/deadline.js'
import { delays } from '../../../core/retry.js'
import { ChainError } from '../../../errors/chain.js'
import { DeadlineError } from '../../../errors/wait.js'
import type { Host } from '../../../events/host.js'
import { shownUrl } from './shown-url.js'
import { ConnectionLost, RpcSocket } from './socket.js'

export interface RpcOptions {
  readonly url: string
  readonly host: Host
  /** For one handshake. */
  readonly connectTimeoutMs: number
  /** Come back by itself, not only when something is asked. */
  readonly keepReconnecting: boolean
}

const BACKOFF = { firstMs: 50, factor: 2, maxMs: 3_000, jitter: 0.2 }
/** For one question: what it is, how long at most. */
const QUESTION_MS = 20_000

export type OpenHook = (socket: RpcSocket, deadline: Deadline) => Promise<void>

export class Rpc {
  readonly #options: RpcOptions
  readonly #hooks: OpenHook[] = []
  readonly #ending = new AbortController()
  #socket: RpcSocket | undefined
  #opening: Promise<RpcSocket> | undefined
  #delays = delays(BACKOFF)
  #notBefore = 0
  #failures = 0
  #failure: unknown
  #everOpen = false
  #closed = false

  constructor(options: RpcOptions) {
    this.#options = options
  }

  /** For errors and messages. */
  get shownUrl(): string {
    return shownUrl(this.#options.url)
  }

  /** Runs on this and every later connection, before anything else is asked over it. Failing fails the connection. */
  onOpen(hook: OpenHook): void {
    this.#hooks.push(hook)
  }

  /** The result of a question that may be asked twice.
   *
   * @throws {RpcError} the chain's own error. @throws {DeadlineError|CancelledError}
   */
  async ask(method: string, params: readonly unknown[] = [], deadline = this.question(method)): Promise<unknown> {
    for (;;) {
      const socket = await this.socket(deadline)
      try {
        return await deadline.race(socket.request(method, params))
      } catch (error) {
        if (this.#closed) throw closed()
        if (!(error instanceof ConnectionLost)) throw error
        deadline.check()
      }
    }
  }

  /** A connection that is open now. @throws {DeadlineError} whose cause is the last failure to connect */
  async socket(deadline: Deadline): Promise<RpcSocket> {
    for (;;) {
      if (this.#closed) throw closed()
      if (this.#socket?.open) return this.#socket
      const pauseMs = Math.min(this.#notBefore - performance.now(), deadline.remainingMs)
      try {
        if (pauseMs > 0) await deadline.sleep(pauseMs)
        else return await deadline.race(this.#reopenOnce())
      } catch (error) {
        if (this.#closed) throw closed()
        if (deadline.expired) throw deadline.error(this.#failure ?? error)
        if (!passing(error)) throw error
      }
    }
  }

  /** The first connection: one attempt, or as many as fit the time when the connection is to be kept. */
  async connect(timeoutMs: number): Promise<void> {
    const deadline = new Deadline(`a connection to the chain at ${this.shownUrl}`, timeoutMs, this.#ending.signal)
    if (this.#options.keepReconnecting) await this.socket(deadline)
    else await deadline.race(this.#reopenOnce())
  }

  question(method: string): Deadline {
    return new Deadline(`the chain's answer to ${method}`, QUESTION_MS, this.#ending.signal)
  }

  close(): void {
    this.#closed = true
    this.#ending.abort(closed())
    this.#socket?.close()
    this.#socket = undefined
  }

  /** One attempt at a time, whoever asks. */
  #reopenOnce(): Promise<RpcSocket> {
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #reopen(): Promise<RpcSocket> {
    const { url, connectTimeoutMs, host, keepReconnecting } = this.#options
    let socket: RpcSocket | undefined
    try {
      socket = await RpcSocket.open(url, connectTimeoutMs)
      if (this.#closed) throw closed()
      const deadline = new Deadline(`the chain at ${this.shownUrl} to begin`, connectTimeoutMs, this.#ending.signal)
      for (const hook of this.#hooks) await deadline.race(hook(socket, deadline))
      if (!socket.open) throw new ConnectionLost(this.shownUrl, 'it closed at once')
    } catch (error) {
      socket?.close()
      this.#failures++
      this.#failure = error
      this.#pause()
      throw error
    }

    this.#socket = socket
    if (this.#everOpen) {
      host.notify({
        code: 'CHAIN_RECONNECTED',
        level: 'info',
        text: `the connection to the chain at ${this.shownUrl} is back`,
        data: { attempts: this.#failures + 1 },
      })
    }
    this.#everOpen = true
    this.#failures = 0
    this.#failure = undefined
    this.#delays = delays(BACKOFF)
    socket.onEnd(error => {
      this.#failure = error
      // A chain that drops whoever asks is not asked without a pause.
      this.#pause()
      if (keepReconnecting) this.#keep()
    })
    return socket
  }

  #pause(): void {
    this.#notBefore = performance.now() + (this.#delays.next().value as number)
  }

  /** Comes back without being asked, for as long as it takes; ends with `close`. */
  #keep(): void {
    if (this.#closed) return
    const patience = new Deadline(`the chain at ${this.shownUrl} to come back`, 2 ** 30, this.#ending.signal)
    this.socket(patience).catch(() => {
      // Closed, or another chain answers there: the next question tells.
    })
  }
}

/** What another attempt may mend. */
function passing(error: unknown): boolean {
  return error instanceof DeadlineError || (error instanceof ChainError && error.code === 'CHAIN_UNREACHABLE')
}

function closed(): ChainError {
  return new ChainError('CHAIN_CLOSED', 'the connection to the chain was closed by this program')
}
