/** Things that take time to open, kept open for whoever wants them next: no more than a number, used last ones first. */
export interface Closable {
  close(): Promise<void>
}

export interface Lease<T> {
  readonly value: T
  /** Idempotent. */
  release(): Promise<void>
}

interface Item<T> {
  readonly opening: Promise<T | undefined>
  users: number
  dropped: boolean
}

export class KeptOpen<T extends Closable> {
  /** By name, used longest ago first. */
  readonly #items = new Map<string, Item<T>>()

  /** @param most that are kept; those in use beyond it are closed when their last user is done */
  constructor(private readonly most: number) {}

  /** What is open under the name, or is opened now, once for all who ask; undefined when it cannot be. */
  async take(name: string, open: () => Promise<T | undefined>): Promise<Lease<T> | undefined> {
    const item = this.#items.get(name) ?? { opening: open(), users: 0, dropped: false }
    this.#items.delete(name)
    this.#items.set(name, item)
    item.users++
    this.#trim()

    const value = await item.opening.catch(() => undefined)
    if (value === undefined) {
      if (this.#items.get(name) === item) this.#items.delete(name)
      return undefined
    }
    let held = true
    const release = async () => {
      if (!held) return
      held = false
      item.users--
      if (item.dropped && item.users === 0) await value.close()
    }
    return { value, release }
  }

  /** Who has it may go on with it; nobody else gets it. */
  drop(name: string): void {
    const item = this.#items.get(name)
    if (item === undefined) return
    this.#items.delete(name)
    item.dropped = true
    if (item.users === 0) void item.opening.then(value => value?.close()).catch(() => {})
  }

  dropAll(): void {
    for (const name of [...this.#items.keys()]) this.drop(name)
  }

  #trim(): void {
    while (this.#items.size > this.most) this.drop(this.#items.keys().next().value as string)
  }
}
