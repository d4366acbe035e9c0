/**
 * What is in a namespace: for every key where its latest value lies. Values stay on disk.
 *
 * Keys are walked in the order of their latest write, which is the order of positions, so the list of versions is only
 * ever added to; versions that were replaced are taken out when they are the most of it.
 */
import type { Position } from './record.js'

export interface Version {
  /** The key's bytes, one to a character. */
  readonly key: string
  readonly file: number
  readonly offset: number
  readonly valueBytes: number
  readonly timestamp: number
  readonly valueCrc: number
  /** False when a later write or a deletion took its place. */
  latest: boolean
}

/** What one key costs in the original's memory, beside its bytes; NSINFO counts so. */
const ENTRY_BYTES = 64
const FEWEST_STALE = 1024

export class KeyIndex {
  readonly #latest = new Map<string, Version>()
  #order: Version[] = []
  #stale = 0
  #valueBytes = 0
  #keyBytes = 0

  get size(): number {
    return this.#latest.size
  }

  /** Bytes of the latest values. */
  get valueBytes(): number {
    return this.#valueBytes
  }

  get memoryBytes(): number {
    return this.#keyBytes + this.#latest.size * ENTRY_BYTES
  }

  get(key: string): Version | undefined {
    return this.#latest.get(key)
  }

  /** Positions must grow from call to call. */
  set(version: Version): void {
    this.#replace(this.#latest.get(version.key))
    this.#latest.set(version.key, version)
    this.#order.push(version)
    this.#valueBytes += version.valueBytes
    this.#keyBytes += version.key.length
  }

  delete(key: string): void {
    this.#replace(this.#latest.get(key))
    this.#latest.delete(key)
  }

  clear(): void {
    this.#latest.clear()
    this.#order = []
    this.#stale = 0
    this.#valueBytes = 0
    this.#keyBytes = 0
  }

  /** Latest versions behind a position, oldest first; or before it, newest first. */
  *walk(from: Position | undefined, direction: 'forward' | 'backward'): Generator<Version> {
    const order = this.#order
    if (direction === 'forward') {
      for (let i = from === undefined ? 0 : this.#firstBehind(from); i < order.length; i++) {
        const version = order[i] as Version
        if (version.latest) yield version
      }
      return
    }
    let i = order.length - 1
    if (from !== undefined) {
      i = this.#firstBehind(from) - 1
      const at = order[i]
      if (at !== undefined && compare(at, from) === 0) i--
    }
    for (; i >= 0; i--) {
      const version = order[i] as Version
      if (version.latest) yield version
    }
  }

  #replace(version: Version | undefined): void {
    if (version === undefined) return
    version.latest = false
    this.#valueBytes -= version.valueBytes
    this.#keyBytes -= version.key.length
    this.#stale++
    if (this.#stale > FEWEST_STALE && this.#stale > this.#order.length / 2) {
      this.#order = this.#order.filter(one => one.latest)
      this.#stale = 0
    }
  }

  #firstBehind(position: Position): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#order[middle] as Version, position) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function compare(a: Position, b: Position): number {
  return a.file - b.file || a.offset - b.offset
}
