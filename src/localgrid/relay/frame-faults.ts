/** Frames that get lost, come twice or overtake each other, while the fault board says so. */
import type { FaultBoard } from '../faults.js'

/** A frame held back for another to overtake goes on its way alone after this. */
const HELD_MS = 50

export class FrameFaults {
  readonly #faults: FaultBoard
  readonly #held = new Map<string, { release: () => void; timer: ReturnType<typeof setTimeout> }>()

  constructor(faults: FaultBoard) {
    this.#faults = faults
  }

  /** Delivers the frame for `destination` never, once, twice or later. */
  pass(destination: string, deliver: () => void): void {
    if (this.#faults.strike('lost-frames')) return

    const held = this.#held.get(destination)
    if (!held && this.#faults.strike('reordered-frames')) {
      const release = () => {
        this.#held.delete(destination)
        deliver()
      }
      const timer = setTimeout(release, HELD_MS)
      this.#held.set(destination, { release, timer })
      return
    }
    deliver()
    if (this.#faults.strike('duplicated-frames')) deliver()
    if (held) {
      clearTimeout(held.timer)
      held.release()
    }
  }

  close(): void {
    for (const { timer } of this.#held.values()) clearTimeout(timer)
    this.#held.clear()
  }
}
