/** One piece of work after the other. When nothing is under way, the work runs at once, and without a promise if it can. */
export class SerialQueue {
  #tail: Promise<unknown> | undefined

  run<T>(work: () => T | Promise<T>): T | Promise<T> {
    if (this.#tail !== undefined) return this.#hold(this.#tail.then(work, work))
    const result = work()
    return result instanceof Promise ? this.#hold(result) : result
  }

  #hold<T>(promise: Promise<T>): Promise<T> {
    this.#tail = promise
    const free = () => {
      if (this.#tail === promise) this.#tail = undefined
    }
    promise.then(free, free)
    return promise
  }
}
