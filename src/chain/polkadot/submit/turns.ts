/** One at a time, in the order of asking, and nobody waits longer than they can. */
import type { Deadline } from '../../../core/deadline.js'
import { ChainError } from '../../../errors/chain.js'

const MAX_WAITING = 256

export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Runs the work when its turn comes. @throws {DeadlineError|CancelledError} when it does not come in time */
  async take<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new ChainError('CHAIN_REJECTED', `more than ${MAX_WAITING} submissions wait for their turn`, {
        hint: 'submit more calls at once, or fewer at the same time',
      })
    }
    const previous = this.#last
    let done = () => {}
    const mine = new Promise<void>(resolve => {
      done = resolve
    })
    // A turn that is given up before it begins still lets the next one wait for those before.
    this.#last = Promise.all([previous, mine])
    this.#waiting++
    try {
      await deadline.race(previous)
      return await work()
    } finally {
      this.#waiting--
      done()
    }
  }
}
