/**
 * Requests that were seen, with their answers: a request that comes again (its sender lost the connection before the
 * answer) gets the same answer again and is not executed twice. Bounded in number and bytes; the oldest answers go.
 */
export interface AnsweredOptions {
  readonly maxEntries: number
  readonly maxBytes: number
}

export type Seen =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  | { readonly kind: 'answered'; frame: Uint8Array }

interface Entry {
  readonly untilMs: number
  frame?: Uint8Array
}

export class AnsweredRequests {
  readonly #options: AnsweredOptions
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(options: AnsweredOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What is known of the request; `new` ones are running from now on. */
  begin(key: string, nowMs: number, untilMs: number): Seen {
    const entry = this.#entries.get(key)
    if (entry && (entry.frame === undefined || entry.untilMs > nowMs)) {
      return entry.frame === undefined ? { kind: 'running' } : { kind: 'answered', frame: entry.frame }
    }
    this.forget(key)
    this.#entries.set(key, { untilMs })
    this.#makeRoom(nowMs)
    return { kind: 'new' }
  }

  finish(key: string, frame: Uint8Array, nowMs: number): void {
    const entry = this.#entries.get(key)
    if (!entry || entry.frame) return
    entry.frame = frame
    this.#bytes += frame.length
    this.#makeRoom(nowMs)
  }

  /** The request was not executed after all; it may come again. */
  forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.frame?.length ?? 0
    this.#entries.delete(key)
  }

  #makeRoom(nowMs: number): void {
    const { maxEntries, maxBytes } = this.#options
    // Insertion order is age. Running requests are never forgotten: their number is bounded by whoever runs them.
    for (const [key, entry] of this.#entries) {
      const crowded = this.#entries.size > maxEntries || this.#bytes > maxBytes
      if (!crowded && entry.untilMs > nowMs) return
      if (entry.frame) this.forget(key)
    }
  }
}
