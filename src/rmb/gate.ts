/** Lets a bounded number in at once and a bounded number wait, first come first served. */
import type { Deadline } from '../core/deadline.js'
import { RmbError } from '../errors/rmb.js'

export class Gate {
  readonly #waiting = new Set<() => void>()
  #inside = 0

  constructor(
    readonly limit: number,
    readonly maxWaiting: number,
  ) {}

  /** Resolves with the way out; call it exactly once.
   *
   * @throws {RmbError} RMB_BUSY when too many wait already
   * @throws {DeadlineError|CancelledError} when the turn does not come in time
   */
  async enter(deadline: Deadline): Promise<() => void> {
    if (this.#inside < this.limit) {
      this.#inside++
      return this.#wayOut()
    }
    if (this.#waiting.size >= this.maxWaiting) {
      throw new RmbError('RMB_BUSY', `${this.#inside} requests are under way and ${this.#waiting.size} wait`, {
        hint: 'wait for some of them, or raise maxInFlight',
      })
    }

    let call!: () => void
    const turn = new Promise<void>(resolve => {
      call = resolve
    })
    this.#waiting.add(call)
    try {
      await deadline.race(turn)
    } catch (error) {
      // The turn may have come in the same moment as the end; then it goes to the next.
      if (!this.#waiting.delete(call)) this.#leave()
      throw error
    }
    return this.#wayOut()
  }

  #wayOut(): () => void {
    let left = false
    return () => {
      if (!left) this.#leave()
      left = true
    }
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next) {
      this.#waiting.delete(next)
      next()
    } else {
      this.#inside--
    }
  }
}
