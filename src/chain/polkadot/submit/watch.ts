/**
 * An extrinsic in the pool, over one connection after another: sends its bytes, and collects what the pool tells.
 * What it tells are hints for follow.ts, never facts.
 */
import type { Deadline } from '../../../core/deadline.js'
import type { Rpc } from '../wire/rpc.js'
import { RpcError } from '../wire/rpc-error.js'
import type { RpcSocket } from '../wire/socket.js'

/** What the pool took the bytes with. */
export type Sent =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly error: RpcError }
  /** The connection ended before an answer: the pool may have the bytes or not. */
  | { readonly kind: 'unknown'; readonly error: unknown }

const MAX_HINTS = 64
/** States after which the pool has the extrinsic no more. */
const GONE = ['dropped', 'invalid', 'usurped', 'retracted', 'finalityTimeout']

export class Watch {
  readonly #rpc: Rpc
  readonly #bytes: string
  readonly #wake: () => void
  readonly #hints: string[] = []
  readonly #subscriptions: { socket: RpcSocket; id: string }[] = []
  #lost = false
  #ended = false

  constructor(rpc: Rpc, bytes: string, wake: () => void) {
    this.#rpc = rpc
    this.#bytes = bytes
    this.#wake = wake
  }

  /** @throws {DeadlineError|CancelledError} nothing was sent */
  async send(deadline: Deadline): Promise<Sent> {
    const socket = await this.#rpc.socket(deadline)
    const sending = socket.subscribe('author_submitAndWatchExtrinsic', [this.#bytes], status => this.#hear(status))
    socket.onEnd(() => this.#lose())
    // The subscription may be confirmed when nobody waits any more.
    sending.then(
      id => {
        this.#subscriptions.push({ socket, id })
        if (this.#ended) this.#unwatch()
      },
      () => {},
    )
    try {
      await deadline.race(sending)
      return { kind: 'accepted' }
    } catch (error) {
      if (error instanceof RpcError) return { kind: 'rejected', error }
      // Too late to wait: the bytes are on their way, and the caller must say so.
      return { kind: 'unknown', error }
    }
  }

  takeHints(): readonly string[] {
    return this.#hints.splice(0)
  }

  takeLoss(): boolean {
    const lost = this.#lost
    this.#lost = false
    return lost
  }

  end(): void {
    this.#ended = true
    this.#unwatch()
  }

  #unwatch(): void {
    for (const { socket, id } of this.#subscriptions.splice(0)) socket.unsubscribe(id, 'author_unwatchExtrinsic')
  }

  #lose(): void {
    if (this.#ended) return
    this.#lost = true
    this.#wake()
  }

  /** `"ready"`, `{"inBlock": hash}`, `{"finalized": hash}`, `"dropped"`, `{"usurped": hash}` … */
  #hear(status: unknown): void {
    if (this.#ended) return
    const told: [string, unknown][] =
      typeof status === 'string' ? [[status, undefined]] : Object.entries((status ?? {}) as object)
    for (const [kind, hash] of told) {
      if (GONE.includes(kind)) this.#lose()
      else if ((kind === 'inBlock' || kind === 'finalized') && isHash(hash)) {
        if (this.#hints.length >= MAX_HINTS) this.#hints.shift()
        this.#hints.push(hash)
        this.#wake()
      }
    }
  }
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}
