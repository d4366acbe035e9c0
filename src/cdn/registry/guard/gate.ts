/**
 * Lets a bounded number of things happen at once and a bounded number wait for that, in order.
 *
 * @example
 * const gate = new Gate({ most: 16, mostWaiting: 1_024 })
 * await gate.run(deadline, () => pool.query('SELECT 1'))
 */
import type { Deadline } from '../../../core/deadline.js'
import { RegistryError } from '../../../errors/registry.js'

interface Waiting {
  enter(): void
}

export class Gate {
  #inside = 0
  readonly #waiting = new Set<Waiting>()

  constructor(private readonly limits: { readonly most: number; readonly mostWaiting: number }) {}

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** @throws {RegistryError} REGISTRY_BUSY when too many wait, or the deadline comes first */
  async run<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.limits.most) this.#inside++
    else await this.#turn(deadline)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  #turn(deadline: Deadline): Promise<void> {
    if (this.#waiting.size >= this.limits.mostWaiting) throw busy(`${this.#waiting.size} requests wait already`)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting)
        reject(busy(`its turn did not come within ${Math.round(deadline.timeoutMs)} ms`))
      }, deadline.remainingMs)
      const waiting: Waiting = {
        enter: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      this.#waiting.add(waiting)
    })
  }

  /** The place goes to whoever waits longest, without being free in between. */
  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#inside--
    else {
      this.#waiting.delete(next)
      next.enter()
    }
  }
}

function busy(why: string): RegistryError {
  return new RegistryError('REGISTRY_BUSY', `the registry is busy: ${why}`, {
    hint: 'ask again in a moment',
    headers: { 'retry-after': '1' },
  })
}
