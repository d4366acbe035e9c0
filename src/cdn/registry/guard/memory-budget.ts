/** How many bytes of blobs may be in memory at once, whether they come in or go out. */
import { RegistryError } from '../../../errors/registry.js'

export class MemoryBudget {
  #used = 0

  constructor(private readonly mostBytes: number) {}

  get usedBytes(): number {
    return this.#used
  }

  /** @throws {RegistryError} REGISTRY_BUSY. One blob is always let in, whatever its size. */
  take(bytes: number): void {
    if (this.#used > 0 && this.#used + bytes > this.mostBytes) {
      throw new RegistryError('REGISTRY_BUSY', 'the registry is busy: too many bytes are under way', {
        hint: 'ask again in a moment, or with fewer connections',
        headers: { 'retry-after': '1' },
      })
    }
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
