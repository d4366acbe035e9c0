/**
 * Which block is final, and who hears of it when. Finality itself is immediate unless a fault delays it; the notice to
 * who watches a transaction comes later, as on the real chain.
 */

/** A watcher that hears `inBlock` and `finalized` at once drops the events of the block it was reading. */
const NOTICE_MS = 1000

interface Watcher {
  readonly number: number
  /** True once the watcher has had time to read its block. */
  ripe: boolean
  readonly notify: () => void
}

export class Finality {
  readonly #listeners = new Set<(number: number) => void>()
  readonly #watchers = new Set<Watcher>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  /** `number` is the newest final block. */
  constructor(public number: number) {}

  onFinalized(listener: (number: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `notify` once block `number` is final, a second after now or with the next block. */
  watch(number: number, notify: () => void): void {
    const watcher: Watcher = { number, ripe: false, notify }
    this.#watchers.add(watcher)
    this.#later(NOTICE_MS, () => {
      watcher.ripe = true
      this.#notice()
    })
  }

  /** A block was sealed; it becomes final after `delayMs`. Call it before `watch` for that block. */
  sealed(number: number, delayMs: number): void {
    for (const watcher of this.#watchers) watcher.ripe = true
    if (delayMs > 0) this.#later(delayMs, () => this.#finalize(number))
    else this.#finalize(number)
    this.#notice()
  }

  #finalize(number: number): void {
    if (number <= this.number) return
    this.number = number
    for (const listener of this.#listeners) listener(number)
    this.#notice()
  }

  #notice(): void {
    for (const watcher of this.#watchers) {
      if (!watcher.ripe || watcher.number > this.number) continue
      this.#watchers.delete(watcher)
      watcher.notify()
    }
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    timer.unref?.()
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#listeners.clear()
    this.#watchers.clear()
  }
}
