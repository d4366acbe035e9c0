/**
 * Frames for one session, (twin, connection): on their way while it is connected, kept while it is not.
 *
 * The real relay keeps them in a Redis stream, at most 10,000 of them for an hour (threefoldtech/rmb-rs,
 * src/relay/switch/queue.rs); here they are in memory, and all mailboxes share a budget of bytes.
 */

/** Where the frames of a connected session go. */
export interface Outlet {
  /** False while it has more to write than it should: frames wait, and `drained` is called later. */
  ready(): boolean
  send(frame: Uint8Array, drained: () => void): void
  /** Another connection has taken the session over. */
  replaced(): void
}

/** What all mailboxes together hold. */
export interface Budget {
  readonly maxBytes: number
  usedBytes: number
}

export class Mailbox {
  readonly #budget: Budget
  readonly #maxFrames: number
  #waiting: { readonly frame: Uint8Array; readonly untilMs: number }[] = []
  #outlet: Outlet | undefined

  constructor(budget: Budget, maxFrames: number) {
    this.#budget = budget
    this.#maxFrames = maxFrames
  }

  get connected(): boolean {
    return this.#outlet !== undefined
  }

  get empty(): boolean {
    return this.#waiting.length === 0
  }

  /** False when the mailbox is full: the frame is lost. */
  put(frame: Uint8Array, untilMs: number, nowMs: number): boolean {
    if (this.empty && this.#outlet?.ready()) {
      this.#pass(this.#outlet, frame)
      return true
    }
    if (!this.#hasRoom(frame)) this.expire(nowMs)
    if (!this.#hasRoom(frame)) return false
    // A copy: the frame may be a view into a larger read buffer, which would stay alive with it.
    this.#waiting.push({ frame: Uint8Array.from(frame), untilMs })
    this.#budget.usedBytes += frame.length
    return true
  }

  connect(outlet: Outlet, nowMs: number): void {
    const before = this.#outlet
    this.#outlet = outlet
    before?.replaced()
    this.expire(nowMs)
    this.#flush()
  }

  /** Ignored when another outlet has taken over meanwhile. */
  disconnect(outlet: Outlet): void {
    if (this.#outlet === outlet) this.#outlet = undefined
  }

  expire(nowMs: number): void {
    const alive = this.#waiting.filter(entry => entry.untilMs > nowMs)
    if (alive.length === this.#waiting.length) return
    for (const { frame, untilMs } of this.#waiting) if (untilMs <= nowMs) this.#budget.usedBytes -= frame.length
    this.#waiting = alive
  }

  #hasRoom(frame: Uint8Array): boolean {
    const { maxBytes, usedBytes } = this.#budget
    return this.#waiting.length < this.#maxFrames && usedBytes + frame.length <= maxBytes
  }

  #flush(): void {
    while (this.#outlet?.ready()) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#budget.usedBytes -= next.frame.length
      this.#pass(this.#outlet, next.frame)
    }
  }

  #pass(outlet: Outlet, frame: Uint8Array): void {
    outlet.send(frame, () => {
      if (!this.empty && this.#outlet === outlet) this.#flush()
    })
  }
}
