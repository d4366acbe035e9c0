/** Twins that were read, for a while: every request needs one, and they hardly ever change. */
import type { Twin } from '../chain/port.js'
import type { Clock } from '../core/clock.js'

export type TwinReader = (id: number) => Promise<Twin | undefined>

const MAX_TWINS = 10_000

export class TwinCache {
  readonly #read: TwinReader
  readonly #clock: Clock
  readonly #lifetimeMs: number
  readonly #known = new Map<number, { twin: Twin; untilMs: number }>()
  readonly #reading = new Map<number, Promise<Twin | undefined>>()

  constructor(options: { read: TwinReader; clock: Clock; lifetimeMs: number }) {
    this.#read = options.read
    this.#clock = options.clock
    this.#lifetimeMs = options.lifetimeMs
  }

  /** The twin, read at most once at a time. That there is none is not remembered: it may be made any moment. */
  async get(id: number): Promise<Twin | undefined> {
    const known = this.#known.get(id)
    if (known && known.untilMs > this.#clock.now()) return known.twin
    return this.refresh(id)
  }

  /** What is known of the twin may be wrong: it is read again when it is next needed. */
  forget(id: number): void {
    this.#known.delete(id)
  }

  /** The twin as it is now. */
  refresh(id: number): Promise<Twin | undefined> {
    this.forget(id)
    let reading = this.#reading.get(id)
    if (!reading) {
      reading = this.#readNow(id).finally(() => this.#reading.delete(id))
      this.#reading.set(id, reading)
    }
    return reading
  }

  async #readNow(id: number): Promise<Twin | undefined> {
    const twin = await this.#read(id)
    if (!twin) return undefined
    if (this.#known.size >= MAX_TWINS) this.#known.delete(this.#known.keys().next().value as number)
    this.#known.set(id, { twin, untilMs: this.#clock.now() + this.#lifetimeMs })
    return twin
  }
}
