/** How much one twin may send in a window of 60 s, as the real relay counts it (rmb-rs, src/relay/limiter/fixed.rs). */
export interface RateLimit {
  readonly frames: number
  readonly bytes: number
}

const WINDOW_MS = 60_000
const MAX_TWINS = 10_000

export class RateLimiter {
  readonly #limit: RateLimit
  readonly #windows = new Map<number, { startedMs: number; frames: number; bytes: number }>()

  constructor(limit: RateLimit) {
    this.#limit = limit
  }

  /** Counts a frame; false when it is one too many. */
  admits(twin: number, bytes: number, nowMs: number): boolean {
    let window = this.#windows.get(twin)
    if (!window || nowMs - window.startedMs >= WINDOW_MS) {
      window = { startedMs: nowMs, frames: 0, bytes: 0 }
      if (!this.#windows.has(twin) && this.#windows.size >= MAX_TWINS) {
        this.#windows.delete(this.#windows.keys().next().value as number)
      }
      this.#windows.set(twin, window)
    }
    window.frames++
    window.bytes += bytes
    return window.frames <= this.#limit.frames && window.bytes <= this.#limit.bytes
  }
}
