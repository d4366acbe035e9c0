/** Delays that a fault asks for, all ended at once when the grid is closed. */
import { CancelledError } from '../../errors/wait.js'

export class Pauses {
  readonly #ends = new Set<() => void>()
  #closed = false

  /** @throws {CancelledError} when the grid is closed before */
  wait(what: string, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        clearTimeout(timer)
        reject(new CancelledError(what))
      }
      const timer = setTimeout(() => {
        this.#ends.delete(cancel)
        resolve()
      }, ms)
      this.#ends.add(cancel)
      if (this.#closed) cancel()
    })
  }

  close(): void {
    this.#closed = true
    for (const end of this.#ends) end()
    this.#ends.clear()
  }
}
