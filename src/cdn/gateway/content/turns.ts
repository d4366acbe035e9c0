/** Lets a bounded number of things happen at once, and a bounded number wait for their turn, in order. */
import { GatewayError } from '../../../errors/gateway.js'

export class Turns {
  #inside = 0
  readonly #waiting = new Set<() => void>()

  constructor(private readonly limits: { readonly most: number; readonly mostWaiting: number }) {}

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** @throws {GatewayError} GATEWAY_BUSY when too many wait; the signal's reason when it is given before the turn */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.limits.most) this.#inside++
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      const [next] = this.#waiting
      if (next === undefined) this.#inside--
      else next()
    }
  }

  /** The place of whoever leaves, without being free in between. */
  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.limits.mostWaiting) throw busy()
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        signal.removeEventListener('abort', onAbort)
      }
      const enter = () => {
        leave()
        resolve()
      }
      const onAbort = () => {
        leave()
        reject(signal.reason)
      }
      this.#waiting.add(enter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

export function busy(): GatewayError {
  return new GatewayError('GATEWAY_BUSY', 'as much is being fetched as this gateway fetches at once', {
    hint: 'ask again in a moment',
    headers: { 'retry-after': '2' },
  })
}
