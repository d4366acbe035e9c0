/**
 * The answering side of the Reliable Message Bus: verifies a request, decrypts it, lets a handler answer, and signs.
 *
 * It behaves as the nodes' router does: schema `application/json`, void answers are `null`, errors have code 0 and the
 * handler's message (threefoldtech/tfgrid-sdk-go, rmb-sdk-go/peer/{peer,router}.go). Where that router drops a request
 * silently, because of a signature or a schema, this peer says so: the asker should not have to wait for a deadline.
 */

import type { Identity, Signer } from '../chain/identity.js'
import type { Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { utf8Text } from '../core/bytes.js'
import { type Clock, systemClock } from '../core/clock.js'
import { Deadline } from '../core/deadline.js'
import { RmbError } from '../errors/rmb.js'
import { AnsweredRequests } from './answered.js'
import { Author } from './author.js'
import { decrypt } from './crypto.js'
import { decodeEnvelope, type Envelope, encodeEnvelope, JSON_SCHEMA, type Message, type Payload } from './envelope.js'
import { Gate } from './gate.js'
import { isSignedBy } from './signature.js'

/** Answers one command. What it throws is the error's message.
 *
 * @param payload JSON text, empty for a command without arguments
 * @param sourceTwin who asks: verified
 * @returns JSON text; empty means `null`
 */
export type PeerHandler = (command: string, payload: string, sourceTwin: number) => Promise<string>

export interface PeerOptions {
  readonly twinId: number
  readonly identity: Identity
  readonly verifier: Verify
  readonly twins: (id: number) => Promise<Twin | undefined> | Twin | undefined
  readonly handler: PeerHandler
  /** Connects the peer: frames for the twin go to `deliver`, its answers to `send`. */
  readonly attach: (deliver: (frame: Uint8Array) => void) => { send(frame: Uint8Array): void; detach(): void }
  /** Who signs the next answer, when it is not the twin's own account: a grid that misbehaves on purpose. */
  readonly signer?: () => Signer
  /** Hears of frames that cannot be answered: garbage, foreign, expired. */
  readonly onProblem?: (error: RmbError) => void
  readonly clock?: Clock
  /** Handlers at once; 256 when absent. */
  readonly maxConcurrent?: number
  /** Requests that wait for a handler; 4,096 when absent. */
  readonly maxWaiting?: number
  /** Answers kept for requests that come again; 2,048 and 8 MiB when absent. */
  readonly maxRemembered?: number
  readonly maxRememberedBytes?: number
}

export interface Peer {
  /** Takes no more requests; answers that are still being made are dropped. Idempotent. */
  close(): void
}

const ANSWER_SECONDS = 300
const MAX_REMEMBERED_MS = 600_000

/** A peer that answers from now on.
 *
 * @example createPeer({ twinId: 12, identity, verifier, twins, handler, attach: deliver => relay.attach(12, deliver) })
 */
export function createPeer(options: PeerOptions): Peer {
  return new AnsweringPeer(options)
}

/** One handler of several, by exact name; others are `function is not found`. */
export function route(handlers: Readonly<Record<string, PeerHandler>>): PeerHandler {
  const known = new Map(Object.entries(handlers))
  return async (command, payload, sourceTwin) => {
    const handler = known.get(command)
    if (!handler) throw new RmbError('RMB_REMOTE', 'function is not found')
    return handler(command, payload, sourceTwin)
  }
}

/** A request whose sender is known to be who it says. */
interface Request {
  readonly envelope: Envelope
  readonly command: string
  readonly twin: Twin
  readonly remainingMs: number
}

class AnsweringPeer implements Peer {
  readonly #options: PeerOptions
  readonly #clock: Clock
  readonly #author: Author
  readonly #answered: AnsweredRequests
  readonly #gate: Gate
  readonly #port: { send(frame: Uint8Array): void; detach(): void }
  #closed = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#author = new Author({ twinId: options.twinId, identity: options.identity, clock: this.#clock })
    this.#answered = new AnsweredRequests({
      maxEntries: options.maxRemembered ?? 2_048,
      maxBytes: options.maxRememberedBytes ?? 8 * 1024 * 1024,
    })
    this.#gate = new Gate(options.maxConcurrent ?? 256, options.maxWaiting ?? 4_096)
    this.#port = options.attach(frame => {
      this.#receive(frame).catch(error => this.#problem('a request could not be answered', error))
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#port.detach()
  }

  async #receive(frame: Uint8Array): Promise<void> {
    if (this.#closed) return
    const envelope = decodeEnvelope(frame)
    const { message, source, destination } = envelope
    if (message?.kind !== 'request' || source === undefined) return
    if (destination?.twin !== this.#options.twinId) return this.#problem(`a request for twin ${destination?.twin}`)
    const remainingMs = Number((envelope.timestamp + envelope.expiration) * 1000n) - this.#clock.now()
    if (remainingMs <= 0) return this.#problem(`${message.command} of twin ${source.twin} has expired`)

    const twin = await this.#options.twins(source.twin)
    if (!twin) return this.#refuse(envelope, `unknown twin ${source.twin}`)
    if (!isSignedBy(envelope, twin.account, this.#options.verifier)) return this.#refuse(envelope, 'invalid signature')
    await this.#once({ envelope, command: message.command, twin, remainingMs })
  }

  /** Executes a request the first time it comes; sends the same answer when it comes again. */
  async #once(request: Request): Promise<void> {
    const { envelope, remainingMs } = request
    const key = JSON.stringify([envelope.source?.twin, envelope.source?.connection, envelope.uid])
    const nowMs = this.#clock.now()
    const seen = this.#answered.begin(key, nowMs, nowMs + Math.min(remainingMs, MAX_REMEMBERED_MS))
    if (seen.kind === 'running') return
    if (seen.kind === 'answered') return this.#send(seen.frame)

    let leave: () => void
    try {
      leave = await this.#gate.enter(new Deadline(request.command, Math.min(remainingMs, MAX_REMEMBERED_MS)))
    } catch (error) {
      this.#answered.forget(key)
      if (error instanceof RmbError) return this.#refuse(envelope, 'too many requests are under way')
      throw error
    }
    try {
      const frame = await this.#answer(request)
      this.#answered.finish(key, frame, this.#clock.now())
      this.#send(frame)
    } catch (error) {
      this.#answered.forget(key)
      throw error
    } finally {
      leave()
    }
  }

  async #answer(request: Request): Promise<Uint8Array> {
    try {
      const text = await this.#execute(request)
      const own = request.twin.pk ? await this.#options.twins(this.#options.twinId) : undefined
      const payload = this.#author.seal(text === '' ? 'null' : text, request.twin, own)
      return this.#write(request.envelope, { kind: 'response' }, payload)
    } catch (error) {
      return this.#write(request.envelope, { kind: 'error', code: 0, message: messageOf(error) })
    }
  }

  async #execute({ envelope, command, twin }: Request): Promise<string> {
    if (envelope.schema !== JSON_SCHEMA) {
      throw new RmbError('RMB_ENVELOPE', `invalid schema '${envelope.schema ?? ''}', '${JSON_SCHEMA}' is expected`)
    }
    return this.#options.handler(command, this.#open(envelope.payload, twin), twin.id)
  }

  #open(payload: Payload | undefined, twin: Twin): string {
    if (!payload || payload.bytes.length === 0) return ''
    if (payload.kind === 'cipher' && !twin.pk) throw new RmbError('RMB_DECRYPT', `twin ${twin.id} has no public key`)
    const bytes =
      payload.kind === 'cipher' && twin.pk
        ? decrypt(payload.bytes, this.#author.keys.with(twin.pk, twin.id))
        : payload.bytes
    try {
      return utf8Text(bytes)
    } catch (cause) {
      throw new RmbError('RMB_ENVELOPE', 'the payload is not UTF-8 text', { cause })
    }
  }

  /** An error to someone who may not be who they say: to the address the relay vouches for, and not remembered. */
  #refuse(envelope: Envelope, message: string): void {
    this.#send(this.#write(envelope, { kind: 'error', code: 0, message }))
  }

  #write(request: Envelope, message: Message, payload?: Payload): Uint8Array {
    const signer = this.#options.signer?.()
    const envelope = this.#author.write({
      uid: request.uid,
      to: request.source as NonNullable<Envelope['source']>,
      message,
      expirationSeconds: ANSWER_SECONDS,
      ...(payload === undefined ? {} : { payload }),
      ...(signer === undefined ? {} : { signer }),
    })
    return encodeEnvelope(envelope)
  }

  #send(frame: Uint8Array): void {
    if (!this.#closed) this.#port.send(frame)
  }

  #problem(text: string, cause?: unknown): void {
    const error =
      cause instanceof RmbError ? cause : new RmbError('RMB_ENVELOPE', text, cause === undefined ? {} : { cause })
    this.#options.onProblem?.(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
