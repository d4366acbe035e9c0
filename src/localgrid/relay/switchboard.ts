/**
 * Decides where a frame goes, as the real relay does; knows nothing of sockets.
 *
 * Source: threefoldtech/rmb-rs, src/relay/api.rs. Differences: a session's destination is reached without asking the
 * chain when it is connected; every twin with a relay is taken to be ours, whatever the name, because there is no other
 * relay; an in-process twin gets the frames for all its connections.
 */
import { utf8 } from '../../core/bytes.js'
import { type Address, decodeEnvelope, type Envelope, encodeEnvelope } from '../../rmb/envelope.js'
import type { FaultBoard } from '../faults.js'
import type { ChainView } from '../ports.js'
import { FrameFaults } from './frame-faults.js'
import { type RateLimit, RateLimiter } from './limiter.js'
import { type Budget, Mailbox, type Outlet } from './mailbox.js'

export interface SwitchboardOptions {
  readonly chain: Pick<ChainView, 'twin'>
  readonly faults: FaultBoard
  readonly nowMs: () => number
  readonly rateLimit: RateLimit
  readonly maxQueuedFrames: number
  readonly maxQueuedBytes: number
  readonly maxMailboxes: number
}

const MAX_QUEUED_SECONDS = 3600
const ERROR_SECONDS = 300n

export class Switchboard {
  readonly #options: SwitchboardOptions
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #attached = new Map<number, Outlet>()
  readonly #limiter: RateLimiter
  readonly #frameFaults: FrameFaults
  readonly #budget: Budget

  constructor(options: SwitchboardOptions) {
    this.#options = options
    this.#limiter = new RateLimiter(options.rateLimit)
    this.#frameFaults = new FrameFaults(options.faults)
    this.#budget = { maxBytes: options.maxQueuedBytes, usedBytes: 0 }
  }

  /** Bytes that wait for sessions. */
  get queuedBytes(): number {
    return this.#budget.usedBytes
  }

  /** The session is connected; a connection it had before is told to go. Returns the way to disconnect. */
  connect(session: Address, outlet: Outlet): () => void {
    const key = keyOf(session)
    const mailbox = this.#mailbox(key)
    mailbox.connect(outlet, this.#options.nowMs())
    return () => {
      mailbox.disconnect(outlet)
      this.#tidy(key, mailbox)
    }
  }

  /** A twin in this process. A newer one takes its place. */
  attach(twin: number, deliver: (frame: Uint8Array) => void): () => void {
    const outlet: Outlet = {
      ready: () => true,
      send: frame => deliver(frame),
      replaced: () => {
        if (this.#attached.get(twin) === outlet) this.#attached.delete(twin)
      },
    }
    const disconnect = this.connect({ twin }, outlet)
    this.#attached.set(twin, outlet)
    return () => {
      outlet.replaced()
      disconnect()
    }
  }

  /** Sends a frame of `sender` on its way; the sender hears of it when that fails.
   *
   * @returns whether a request was passed on
   * @throws {RmbError} RMB_ENVELOPE when the frame is none: the connection is to be ended
   */
  route(sender: Address, frame: Uint8Array): boolean {
    const envelope = decodeEnvelope(frame)
    const problem = this.#limiter.admits(sender.twin, frame.length, this.#options.nowMs())
      ? this.#forward(sender, envelope, frame)
      : 'exceeded rate limits, dropping message'
    const isRequest = envelope.message?.kind === 'request'
    if (problem === undefined) return isRequest
    if (isRequest) this.#put(keyOf(sender), encodeEnvelope(this.#error(envelope.uid, sender, problem)), ERROR_SECONDS)
    return false
  }

  /** Drops what nobody came for. */
  sweep(): void {
    for (const [key, mailbox] of this.#mailboxes) {
      mailbox.expire(this.#options.nowMs())
      this.#tidy(key, mailbox)
    }
  }

  close(): void {
    this.#frameFaults.close()
    this.#mailboxes.clear()
    this.#attached.clear()
  }

  /** What went wrong, in the real relay's words. */
  #forward(sender: Address, envelope: Envelope, frame: Uint8Array): string | undefined {
    const { destination, source } = envelope
    if (!source || keyOf(source) !== keyOf(sender)) return 'message wrong source'
    if (envelope.message?.kind === 'ping') {
      this.#put(keyOf(sender), encodeEnvelope(pong(envelope, source)), envelope.expiration)
      return undefined
    }
    if (!destination || destination.twin === 0) return 'message with missing destination'

    const key = this.#keyFor(destination)
    if (!this.#mailboxes.get(key)?.connected) {
      const twin = this.#options.chain.twin(destination.twin)
      if (!twin) return 'unknown twin destination'
      if (twin.relay === undefined || twin.relay === '') return 'relay info is not set for this twin'
      if (wantsFailFast(envelope.tags)) return 'destination offline'
    }
    let problem: string | undefined
    this.#frameFaults.pass(key, () => {
      problem = this.#put(key, frame, envelope.expiration)
    })
    return problem
  }

  #put(key: string, frame: Uint8Array, expirationSeconds: bigint): string | undefined {
    const { maxMailboxes } = this.#options
    if (!this.#mailboxes.has(key) && this.#mailboxes.size >= maxMailboxes) this.sweep()
    if (!this.#mailboxes.has(key) && this.#mailboxes.size >= maxMailboxes) {
      return 'failed to route message: too many destinations are offline'
    }
    const nowMs = this.#options.nowMs()
    const seconds = Math.min(Number(expirationSeconds), MAX_QUEUED_SECONDS)
    try {
      const taken = this.#mailbox(key).put(frame, nowMs + seconds * 1000, nowMs)
      return taken ? undefined : 'failed to route message: the queue of the destination is full'
    } catch (error) {
      // Whatever goes wrong with a destination is told to the sender; the relay goes on.
      return `failed to route message: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  /** Its own session when that is connected, else the twin in this process, which has no sessions. */
  #keyFor(destination: Address): string {
    const exact = keyOf(destination)
    if (this.#mailboxes.get(exact)?.connected || !this.#attached.has(destination.twin)) return exact
    return keyOf({ twin: destination.twin })
  }

  #mailbox(key: string): Mailbox {
    let mailbox = this.#mailboxes.get(key)
    if (!mailbox) {
      mailbox = new Mailbox(this.#budget, this.#options.maxQueuedFrames)
      this.#mailboxes.set(key, mailbox)
    }
    return mailbox
  }

  #tidy(key: string, mailbox: Mailbox): void {
    if (!mailbox.connected && mailbox.empty && this.#mailboxes.get(key) === mailbox) this.#mailboxes.delete(key)
  }

  /** Only the relay makes envelopes without source and signature. */
  #error(uid: string, destination: Address, message: string): Envelope {
    return {
      uid,
      timestamp: BigInt(Math.floor(this.#options.nowMs() / 1000)),
      expiration: ERROR_SECONDS,
      destination,
      message: { kind: 'error', code: 0, message },
      relays: [],
    }
  }
}

function pong(ping: Envelope, to: Address): Envelope {
  const { destination, ...rest } = ping
  return {
    ...rest,
    source: destination ?? { twin: 0 },
    destination: to,
    message: { kind: 'pong' },
    payload: { kind: 'plain', bytes: utf8('hello world') },
  }
}

function wantsFailFast(tags: string | undefined): boolean {
  return tags?.split(/[\s,]+/).includes('fail-fast') ?? false
}

function keyOf(address: Address): string {
  return `${address.twin}:${address.connection ?? ''}`
}
