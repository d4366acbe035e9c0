/**
 * A relay of one client for tests: a transport without a network, which shows what was sent and says what the test
 * wants it to say.
 */
import { type RmbError, RmbError as RmbFailure } from '../../src/errors/rmb.js'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/rmb/envelope.js'
import type { OpenLink, Transport } from '../../src/rmb/transport.js'

export class FakeRelay {
  /** Every token that was shown, also on refused connections. */
  readonly tokens: string[] = []
  /** Every request that was sent, resent ones too. */
  readonly requests: Uint8Array[] = []
  pings = 0
  answersPings = true
  /** The next connections fail with these, in order. */
  readonly refusals: RmbError[] = []
  /** Hears every request. */
  onRequest: (frame: Uint8Array) => void = () => {}
  #open: OpenLink | undefined
  #waiters: (() => boolean)[] = []

  readonly transport: Transport = async open => {
    this.tokens.push(open.token)
    this.#changed()
    const refusal = this.refusals.shift()
    if (refusal) throw refusal
    this.#open = open
    this.#changed()
    return {
      send: frame => {
        if (this.#open !== open) throw new RmbFailure('RMB_CLOSED', 'this link has ended')
        queueMicrotask(() => this.#take(frame))
      },
      close: () => {
        if (this.#open === open) this.#open = undefined
      },
    }
  }

  get connected(): boolean {
    return this.#open !== undefined
  }

  /** Gives the client a frame. */
  say(frame: Uint8Array): void {
    this.#open?.onFrame(frame)
  }

  sayEnvelope(envelope: Envelope): void {
    this.say(encodeEnvelope(envelope))
  }

  /** Ends the connection from the relay's side. */
  drop(): void {
    const open = this.#open
    this.#open = undefined
    open?.onClose(new RmbFailure('RMB_UNREACHABLE', 'the test dropped the connection'))
  }

  /** Resolves as soon as the condition holds; the test's own timeout is the deadline. */
  until(condition: (relay: FakeRelay) => boolean): Promise<void> {
    if (condition(this)) return Promise.resolve()
    return new Promise(resolve => {
      this.#waiters.push(() => {
        if (!condition(this)) return false
        resolve()
        return true
      })
    })
  }

  #take(frame: Uint8Array): void {
    const envelope = decodeEnvelope(frame)
    if (envelope.message?.kind === 'ping') {
      this.pings++
      if (this.answersPings) this.sayEnvelope({ ...envelope, message: { kind: 'pong' } })
    } else {
      this.requests.push(frame)
      this.onRequest(frame)
    }
    this.#changed()
  }

  #changed(): void {
    this.#waiters = this.#waiters.filter(holds => !holds())
  }
}
