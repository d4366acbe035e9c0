/**
 * Leases that never change, and can be added to in no time: every version shares one store and sees its own part of it.
 *
 * A node has thousands of leases, and each new one makes a new version: to copy them every time would take minutes.
 */
interface Store {
  /** In the order in which they were added. */
  readonly addresses: Map<string, string>
  readonly positions: Map<string, number>
  readonly taken: Set<string>
}

export class LeaseBook implements ReadonlyMap<string, string> {
  private constructor(
    private readonly store: Store,
    readonly size: number,
    /** No lower number of the pool is free. */
    readonly lowestFree: number,
  ) {}

  static of(leases: ReadonlyMap<string, string>): LeaseBook {
    if (leases instanceof LeaseBook) return leases
    const positions = new Map([...leases.keys()].map((id, position) => [id, position]))
    return new LeaseBook({ addresses: new Map(leases), positions, taken: new Set(leases.values()) }, leases.size, 0)
  }

  /** This book with one lease more. `number` is the address's own in the pool, none below it being free. */
  with(id: string, address: string, number: number): LeaseBook {
    // Only the newest version may write into the store; an older one goes its own way with a copy.
    if (this.size !== this.store.addresses.size) return LeaseBook.of(new Map(this)).with(id, address, number)
    this.store.addresses.set(id, address)
    this.store.positions.set(id, this.size)
    this.store.taken.add(address)
    return new LeaseBook(this.store, this.size + 1, number + 1)
  }

  /** Exact for the newest version; an older one is copied before it is added to. */
  isTaken(address: string): boolean {
    return this.store.taken.has(address)
  }

  /** The version that may be added to. */
  newest(): LeaseBook {
    return this.size === this.store.addresses.size ? this : LeaseBook.of(new Map(this))
  }

  get(id: string): string | undefined {
    return this.has(id) ? this.store.addresses.get(id) : undefined
  }

  has(id: string): boolean {
    const position = this.store.positions.get(id)
    return position !== undefined && position < this.size
  }

  forEach(each: (address: string, id: string, map: ReadonlyMap<string, string>) => void, self?: unknown): void {
    for (const [id, address] of this) each.call(self, address, id, this)
  }

  *entries(): MapIterator<[string, string]> {
    let left = this.size
    for (const entry of this.store.addresses) {
      if (left-- === 0) return
      yield entry
    }
  }

  *keys(): MapIterator<string> {
    for (const [id] of this) yield id
  }

  *values(): MapIterator<string> {
    for (const [, address] of this) yield address
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }
}
