/**
 * Chain state: hex keys to cells, in layers. A block works on a layer over the base, an extrinsic on a layer over the
 * block's, a batch on one over the extrinsic's; what fails is dropped, what succeeds is merged downwards.
 */

/** What is stored under a key. `value` is the decoded form, once anybody has asked for it; never mutate it. */
export interface Cell {
  readonly bytes: Uint8Array
  value?: unknown
}

export interface StateReader {
  read(key: string): Cell | undefined
  /** Every key that starts with `prefix`, in no order. */
  keys(prefix: string): Iterable<string>
}

export interface State extends StateReader {
  write(key: string, cell: Cell | undefined): void
}

/** Changes over a parent; undefined in `changes` is a removal. */
export class Layer implements State {
  readonly changes = new Map<string, Cell | undefined>()

  constructor(readonly parent: StateReader) {}

  read(key: string): Cell | undefined {
    return this.changes.has(key) ? this.changes.get(key) : this.parent.read(key)
  }

  write(key: string, cell: Cell | undefined): void {
    this.changes.set(key, cell)
  }

  *keys(prefix: string): Iterable<string> {
    for (const key of this.parent.keys(prefix)) if (!this.changes.has(key)) yield key
    for (const [key, cell] of this.changes) if (cell && key.startsWith(prefix)) yield key
  }

  mergeInto(state: State): void {
    for (const [key, cell] of this.changes) state.write(key, cell)
  }
}

const BUCKET = 64 // hex digits of pallet and item name: the prefix every item shares

/** The state of the newest block. */
export class BaseState implements State {
  readonly #cells = new Map<string, Cell>()
  readonly #buckets = new Map<string, Set<string>>()

  get size(): number {
    return this.#cells.size
  }

  read(key: string): Cell | undefined {
    return this.#cells.get(key)
  }

  write(key: string, cell: Cell | undefined): void {
    const bucketName = key.slice(0, BUCKET)
    let bucket = this.#buckets.get(bucketName)
    if (cell) {
      this.#cells.set(key, cell)
      if (!bucket) {
        bucket = new Set()
        this.#buckets.set(bucketName, bucket)
      }
      bucket.add(key)
    } else if (this.#cells.delete(key)) bucket?.delete(key)
  }

  *keys(prefix: string): Iterable<string> {
    const candidates = prefix.length >= BUCKET ? (this.#buckets.get(prefix.slice(0, BUCKET)) ?? []) : this.#cells.keys()
    for (const key of candidates) if (key.startsWith(prefix)) yield key
  }

  entries(): Iterable<[string, Cell]> {
    return this.#cells
  }
}
