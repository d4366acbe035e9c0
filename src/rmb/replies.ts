/**
 * The requests that wait for an answer, and what arrives for them: finds the request of a frame, decides whether the
 * frame is its answer, and ends it.
 */
import type { Verify } from '../chain/keys.js'
import type { Twin } from '../chain/port.js'
import { equalBytes } from '../core/bytes.js'
import { RmbError } from '../errors/rmb.js'
import type { KeyAgreement } from './crypto.js'
import { decodeEnvelope, type Envelope } from './envelope.js'
import type { Exchange } from './exchange.js'
import { isFromRelay, type ReplyContext, readReply, refusalOf } from './reply.js'
import type { TwinCache } from './twins.js'

export interface RepliesOptions {
  readonly ownTwinId: number
  readonly verifier: Verify
  readonly keys: KeyAgreement
  readonly twins: TwinCache
  /** How long a true answer may follow one that was refused. */
  readonly graceMs: number
}

export class Replies {
  readonly #options: RepliesOptions
  readonly #exchanges = new Map<string, Exchange>()
  /** The last frame that nobody could read: the likely reason of waits that end in vain around it. */
  #garbage: { readonly error: unknown; readonly at: number } | undefined

  constructor(options: RepliesOptions) {
    this.#options = options
  }

  /** Those that wait, oldest first. */
  waiting(): Iterable<Exchange> {
    return this.#exchanges.values()
  }

  expect(exchange: Exchange): void {
    this.#exchanges.set(exchange.uid, exchange)
  }

  forget(exchange: Exchange): void {
    exchange.end()
    this.#exchanges.delete(exchange.uid)
  }

  receive(frame: Uint8Array): void {
    let envelope: Envelope
    try {
      envelope = decodeEnvelope(frame)
    } catch (error) {
      this.#garbage = { error, at: performance.now() }
      return
    }
    // Late and duplicated answers find no exchange; pongs have done their work by arriving.
    const exchange = this.#exchanges.get(envelope.uid)
    if (!exchange || (envelope.message?.kind !== 'response' && envelope.message?.kind !== 'error')) return
    this.#settle(exchange, envelope).catch(error => exchange.fail(error))
  }

  /** An unreadable frame that came while the exchange waited. */
  garbageSince(exchange: Exchange): unknown {
    return this.#garbage && this.#garbage.at >= exchange.startedAt ? this.#garbage.error : undefined
  }

  async #settle(exchange: Exchange, envelope: Envelope): Promise<void> {
    const context: ReplyContext = { ...this.#options, what: exchange.what }
    if (!isFromRelay(envelope)) {
      const refusal = refusalOf(envelope, exchange.twin, context)
      if (refusal) {
        // From here on the grace runs, so neither a slow chain nor a silent node can keep the caller waiting.
        exchange.refuse(refusal, this.#options.graceMs)
        const stale = envelope.source?.twin === exchange.twin.id && (await this.#reread(exchange))
        if (!stale || refusalOf(envelope, exchange.twin, context)) return
      }
    }
    try {
      exchange.succeed(readReply(envelope, exchange.twin, context))
    } catch (error) {
      if (!(error instanceof RmbError) || error.code !== 'RMB_DECRYPT' || exchange.rereadTwin) throw error
      exchange.refuse(error, this.#options.graceMs)
      if (!(await this.#reread(exchange))) throw error
      exchange.succeed(readReply(envelope, exchange.twin, context))
    }
  }

  /** What we know of the twin may be old: one look at the chain a request, however many false answers come.
   *
   * @returns whether the twin turned out to be another than we knew
   */
  async #reread(exchange: Exchange): Promise<boolean> {
    if (exchange.rereadTwin) return false
    exchange.rereadTwin = true
    const before = exchange.twin
    let now: Twin | undefined
    try {
      now = await this.#options.twins.refresh(before.id)
    } catch {
      return false // what made us look is what the caller is told; the chain's trouble explains nothing
    }
    if (!now) return false
    exchange.twin = now
    return now.account !== before.account || !sameKey(now.pk, before.pk)
  }
}

function sameKey(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}
