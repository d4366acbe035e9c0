/**
 * The asking side of the Reliable Message Bus: requests over one connection to a relay, answers the moment they come.
 *
 * Answers are matched by uid, verified against the key of the twin that was asked (reply.ts) and decrypted. When the
 * connection drops, it is opened again and what is unanswered is sent again under the same uid.
 */
import { randomUUID } from 'node:crypto'
import type { Identity } from '../chain/identity.js'
import type { Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { type Clock, systemClock } from '../core/clock.js'
import { Deadline } from '../core/deadline.js'
import { randomBytes } from '../core/random.js'
import { InputError } from '../errors/input.js'
import { RmbError } from '../errors/rmb.js'
import { DeadlineError } from '../errors/wait.js'
import { type Host, silentHost } from '../events/host.js'
import { Author } from './author.js'
import { Cancellations } from './cancellations.js'
import { encodeEnvelope } from './envelope.js'
import { Exchange } from './exchange.js'
import { Gate } from './gate.js'
import type { ResendPolicy, RmbPort, RmbRequest } from './port.js'
import { checkRelayUrl } from './relay-url.js'
import { Replies } from './replies.js'
import { RelaySession } from './session.js'
import type { Transport } from './transport.js'
import { TwinCache, type TwinReader } from './twins.js'

/** What a timer of JavaScript can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

export interface RmbOptions {
  /** Our own twin. */
  readonly twinId: number
  /** The account of our twin. */
  readonly identity: Identity
  readonly twins: TwinReader
  readonly verifier: Verify
  /** `wss://relay.grid.tf`, or `ws://` on a local grid. */
  readonly relayUrl: string
  /** Instead of a WebSocket to `relayUrl`. */
  readonly transport?: Transport
  readonly host?: Host
  readonly clock?: Clock
  /** Names this connection among those of the twin; drawn when absent. The relay keeps one connection a name. */
  readonly sessionId?: string
  /** 10 s when absent. */
  readonly connectTimeoutMs?: number
  /** Between pings; 20 s when absent. */
  readonly keepAliveMs?: number
  /** Requests at once; 256 when absent. */
  readonly maxInFlight?: number
  /** Requests that wait for their turn; 10,000 when absent. */
  readonly maxWaiting?: number
  /** `onReconnect` when absent. */
  readonly resend?: ResendPolicy
  /** How long a true answer may follow one that was refused; 1.5 s when absent. */
  readonly refusalGraceMs?: number
  /** How long twins are remembered; 10 min when absent. */
  readonly twinLifetimeMs?: number
  /** How long `close` waits for what is under way; 5 s when absent. */
  readonly drainTimeoutMs?: number
}

export interface RmbClient extends RmbPort {
  /** Opens the connection now instead of at the first request.
   *
   * @throws {RmbError} RMB_UNREACHABLE, RMB_UNAUTHORIZED
   */
  connect(): Promise<void>
}

/** A client of the bus. It opens nothing before `connect` or the first request.
 *
 * @throws {InputError} INPUT_URL
 * @example
 * const rmb = createRmb({ twinId: 42, identity, relayUrl, twins: id => chain.twin(id), verifier })
 * const version = JSON.parse(await rmb.request({ twinId: 12, command: 'zos.system.version', timeoutMs: 20_000 }))
 */
export function createRmb(options: RmbOptions): RmbClient {
  return new Client(options)
}

class Client implements RmbClient {
  readonly #options: RmbOptions
  readonly #host: Host
  readonly #author: Author
  readonly #twins: TwinCache
  readonly #gate: Gate
  readonly #session: RelaySession
  readonly #replies: Replies
  /** Requests that have not ended, with the way to end them. */
  readonly #underWay = new Map<Promise<string>, AbortController>()
  readonly #cancellations = new Cancellations()
  #closing: Promise<void> | undefined

  constructor(options: RmbOptions) {
    this.#options = options
    const clock = options.clock ?? systemClock
    this.#host = options.host ?? silentHost
    this.#author = new Author({
      twinId: options.twinId,
      sessionId: options.sessionId ?? drawSessionId(),
      identity: options.identity,
      clock,
    })
    this.#twins = new TwinCache({
      read: options.twins,
      clock,
      lifetimeMs: options.twinLifetimeMs ?? 600_000,
    })
    this.#replies = new Replies({
      ownTwinId: options.twinId,
      verifier: options.verifier,
      keys: this.#author.keys,
      twins: this.#twins,
      graceMs: options.refusalGraceMs ?? 1_500,
    })
    this.#gate = new Gate(options.maxInFlight ?? 256, options.maxWaiting ?? 10_000)
    this.#session = new RelaySession({
      transport: options.transport ?? lazyWebSocket(checkRelayUrl(options.relayUrl)),
      token: () => this.#author.token(),
      ping: () => this.#author.ping(),
      onFrame: frame => this.#replies.receive(frame),
      onUp: attempts => this.#up(attempts),
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      keepAliveMs: options.keepAliveMs ?? 20_000,
    })
  }

  async connect(): Promise<void> {
    if (this.#closing) throw closed()
    await this.#session.connect()
  }

  request(request: RmbRequest): Promise<string> {
    if (this.#closing) return Promise.reject(closed())
    const { end, release } = this.#cancellations.open(request.signal)
    const answer = this.#ask(request, end.signal).finally(() => {
      release()
      this.#underWay.delete(answer)
    })
    this.#underWay.set(answer, end)
    return answer
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    if (this.#underWay.size > 0) {
      const drained = Promise.allSettled(this.#underWay.keys())
      const deadline = new Deadline('answers that are under way', this.#options.drainTimeoutMs ?? 5_000)
      await deadline.race(drained).catch(() => {}) // what is left is told below
    }
    for (const end of this.#underWay.values()) end.abort(closed())
    this.#session.close()
  }

  async #ask(request: RmbRequest, signal: AbortSignal): Promise<string> {
    checkRequest(request)
    const what = `${request.command} of twin ${request.twinId}`
    const deadline = new Deadline(`an answer to ${what}`, request.timeoutMs, signal)
    try {
      const leave = await this.#gate.enter(deadline)
      try {
        return await this.#exchange(request, what, deadline)
      } finally {
        leave()
      }
    } catch (error) {
      throw signal.reason instanceof RmbError ? signal.reason : error
    }
  }

  async #exchange(request: RmbRequest, what: string, deadline: Deadline): Promise<string> {
    const twin = await deadline.race(this.#twins.get(request.twinId))
    if (!twin) {
      throw new RmbError('RMB_TWIN', `twin ${request.twinId} does not exist`, {
        hint: 'check the node id and the network',
      })
    }
    const uid = randomUUID()
    const exchange = new Exchange({
      uid,
      what,
      twin,
      frame: await this.#frame(uid, request, twin, deadline),
      resend: request.resend ?? this.#options.resend ?? 'onReconnect',
    })

    this.#replies.expect(exchange)
    try {
      // The first connection is waited for, so that its error is the request's. Later ones are the session's affair.
      if (!this.#session.established) await deadline.race(this.#session.connect())
      if (!exchange.sent) this.#send(exchange)
      if (exchange.resend === 'overdue') exchange.later(request.timeoutMs / 3, () => this.#send(exchange))
      return await deadline.race(exchange.answer)
    } catch (error) {
      throw error instanceof DeadlineError ? this.#explain(error, exchange) : error
    } finally {
      this.#replies.forget(exchange)
    }
  }

  /** Signed, encrypted where both sides have keys, and not longer valid than we listen. */
  async #frame(uid: string, request: RmbRequest, twin: Twin, deadline: Deadline): Promise<Uint8Array> {
    const own = twin.pk ? await deadline.race(this.#twins.get(this.#options.twinId)) : undefined
    const envelope = this.#author.write({
      uid,
      to: { twin: twin.id },
      message: { kind: 'request', command: request.command },
      expirationSeconds: Math.max(1, Math.ceil(deadline.remainingMs / 1000)),
      payload: this.#author.seal(request.payload ?? '', twin, own),
    })
    return encodeEnvelope(envelope)
  }

  #send(exchange: Exchange): void {
    if (exchange.settled) return
    try {
      if (this.#session.send(exchange.frame)) exchange.sent = true
    } catch (error) {
      exchange.fail(error)
    }
  }

  #up(attempts: number): void {
    let resent = 0
    for (const exchange of this.#replies.waiting()) {
      if (exchange.sent && exchange.resend === 'never') continue
      if (exchange.sent) resent++
      this.#send(exchange)
    }
    if (attempts === 0) return
    this.#host.notify({
      code: 'RMB_RECONNECTED',
      level: 'info',
      text: `the relay connection is back after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
      data: { attempts, resent },
    })
  }

  /** Why the time passed in vain, as far as it is known. */
  #explain(error: DeadlineError, exchange: Exchange): Error {
    // A node that cannot read us says nothing; its key may have changed since we read it.
    this.#twins.forget(exchange.twin.id)
    if (exchange.refusal) return exchange.refusal
    const noLink = this.#session.lastError
    if (!exchange.sent) {
      return new RmbError('RMB_UNREACHABLE', `${exchange.what} could not be sent: the relay was out of reach`, {
        cause: noLink ?? error,
      })
    }
    const cause = this.#replies.garbageSince(exchange) ?? noLink
    if (cause === undefined) return error
    return new DeadlineError(error.details?.what as string, error.details?.timeoutMs as number, { cause })
  }
}

function checkRequest({ twinId, command, timeoutMs }: RmbRequest): void {
  const problem =
    !Number.isInteger(twinId) || twinId < 1 || twinId > 0xffffffff
      ? `the twin id ${twinId} is not a whole number above 0`
      : typeof command !== 'string' || command === ''
        ? 'the command is empty'
        : !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)
          ? `timeoutMs is ${timeoutMs}; it must be above 0 and at most ${MAX_TIMEOUT_MS}`
          : undefined
  if (problem) throw new InputError('INPUT_OPTION', `an RMB request cannot be sent: ${problem}`)
}

/** ws is loaded when the first connection is opened. */
function lazyWebSocket(relayUrl: string): Transport {
  return async open => (await import('./websocket.js')).webSocketTransport(relayUrl)(open)
}

/** Like those of the peer client: ten characters that a relay takes. */
function drawSessionId(): string {
  return Array.from(randomBytes(10), byte => (byte % 36).toString(36)).join('')
}

function closed(cause?: unknown): RmbError {
  return new RmbError('RMB_CLOSED', 'the connection to the relay was closed', cause === undefined ? {} : { cause })
}
