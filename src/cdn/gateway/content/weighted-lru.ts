/** Values in memory, within a total weight: what was used longest ago goes first. */
export class WeightedLru<T> {
  readonly #items = new Map<string, { readonly value: T; readonly weight: number }>()
  #weight = 0

  constructor(private readonly mostWeight: number) {}

  get size(): number {
    return this.#items.size
  }

  get(key: string): T | undefined {
    const item = this.#items.get(key)
    if (item === undefined) return undefined
    this.#items.delete(key)
    this.#items.set(key, item)
    return item.value
  }

  /** What weighs more than everything may is not kept. */
  set(key: string, value: T, weight: number): void {
    this.delete(key)
    if (weight > this.mostWeight) return
    this.#items.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#items.keys()) {
      if (this.#weight <= this.mostWeight) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#weight -= this.#items.get(key)?.weight ?? 0
    this.#items.delete(key)
  }
}
