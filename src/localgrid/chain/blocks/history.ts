/**
 * The blocks behind the newest one: headers, bodies, and what state was. What is old is forgotten, by number and by
 * size, as a pruning node forgets it.
 */
import { BLOCK_HASH_COUNT } from '../pallets/system.js'
import type { BaseState, Cell, StateReader } from '../state/overlay.js'
import type { Header } from './header.js'

export interface Block {
  readonly number: number
  readonly hash: string
  readonly header: Header
  readonly timeMs: number
  readonly extrinsics: readonly Uint8Array[]
}

export type Before = ReadonlyMap<string, Cell | undefined>

interface Entry {
  readonly block: Omit<Block, 'extrinsics'>
  readonly sizes: { readonly body: number; readonly state: number }
  /** Undefined once forgotten. */
  body: readonly Uint8Array[] | undefined
  /** What the changed keys held before this block; undefined once forgotten, or never known. */
  before: Before | undefined
}

const KEPT_HEADERS = BLOCK_HASH_COUNT + 100
const KEPT_STATES = 256
const KEPT_BYTES = 32 << 20
/** Kept whatever their size: clients look at the newest blocks. */
const ALWAYS_KEPT = 16

export class History {
  readonly #byHash = new Map<string, Entry>()
  /** Block 0: clients ask for it as long as the chain lives. */
  #genesis: Entry | undefined
  /** Oldest first. */
  #chain: Entry[] = []
  #firstBody = 0
  #bodyBytes = 0
  #firstState = 0
  #stateBytes = 0

  constructor(private readonly base: BaseState) {}

  push({ extrinsics, ...block }: Block, before: Before | undefined): void {
    const body = extrinsics.reduce((sum, bytes) => sum + bytes.length, 0)
    let state = 0
    for (const [key, cell] of before ?? []) state += key.length + (cell?.bytes.length ?? 0)
    const entry: Entry = { block, sizes: { body, state }, body: extrinsics, before }
    this.#genesis ??= entry
    if (this.#chain.length > 0 && block.number !== this.head.number + 1) this.#clear()
    this.#chain.push(entry)
    this.#byHash.set(block.hash, entry)
    this.#bodyBytes += body
    this.#stateBytes += state
    this.#forget()
  }

  /** A snapshot begins later than where we are: what was before it is not known. */
  #clear(): void {
    for (const { block } of this.#chain) this.#drop(block.hash)
    this.#chain = []
    this.#firstBody = this.#firstState = this.#bodyBytes = this.#stateBytes = 0
  }

  #drop(hash: string): void {
    if (hash !== this.#genesis?.block.hash) this.#byHash.delete(hash)
  }

  #forget(): void {
    const length = this.#chain.length
    const outOf = (first: number, kept: number, bytes: number) =>
      first < length - ALWAYS_KEPT && (length - first > kept || bytes > KEPT_BYTES)

    while (outOf(this.#firstBody, KEPT_HEADERS, this.#bodyBytes)) {
      const entry = this.#chain[this.#firstBody++] as Entry
      entry.body = undefined
      this.#bodyBytes -= entry.sizes.body
    }
    while (outOf(this.#firstState, KEPT_STATES, this.#stateBytes)) {
      const entry = this.#chain[this.#firstState++] as Entry
      entry.before = undefined
      this.#stateBytes -= entry.sizes.state
    }

    // Taking entries from the front one by one is slow: a thousand at a time.
    const excess = length - KEPT_HEADERS
    if (excess < 1000) return
    for (const { block } of this.#chain.slice(0, excess)) this.#drop(block.hash)
    this.#chain = this.#chain.slice(excess)
    this.#firstBody -= excess
    this.#firstState -= excess
  }

  get head(): Omit<Block, 'extrinsics'> {
    return (this.#chain.at(-1) as Entry).block
  }

  /** Headers and bodies that are still here, oldest first. */
  get kept(): readonly (Omit<Block, 'extrinsics'> & { readonly extrinsics: readonly Uint8Array[] | undefined })[] {
    return this.#chain.map(({ block, body }) => ({ ...block, extrinsics: body }))
  }

  byHash(hash: string): Omit<Block, 'extrinsics'> | undefined {
    return this.#byHash.get(hash)?.block
  }

  byNumber(number: number): Omit<Block, 'extrinsics'> | undefined {
    return (number === 0 ? this.#genesis : this.#chain[number - this.#firstNumber])?.block
  }

  body(hash: string): readonly Uint8Array[] | undefined {
    return this.#byHash.get(hash)?.body
  }

  get #firstNumber(): number {
    return this.#chain[0]?.block.number ?? 0
  }

  /** State as it was after a block; undefined when that has been forgotten. */
  stateAt(number: number): StateReader | undefined {
    if (number < this.#firstNumber) return undefined
    const later = this.#chain.slice(number - this.#firstNumber + 1)
    if (later.length === 0) return this.base
    if (later.some(({ before }) => !before)) return undefined
    return {
      read: key => {
        const entry = later.find(({ before }) => before?.has(key))
        return entry ? entry.before?.get(key) : this.base.read(key)
      },
      keys: prefix => this.#keysBefore(later, prefix),
    }
  }

  *#keysBefore(later: readonly Entry[], prefix: string): Iterable<string> {
    const existed = new Map<string, boolean>()
    for (const { before } of later) {
      for (const [key, cell] of before ?? []) {
        if (key.startsWith(prefix) && !existed.has(key)) existed.set(key, cell !== undefined)
      }
    }
    for (const key of this.base.keys(prefix)) if (!existed.has(key)) yield key
    for (const [key, was] of existed) if (was) yield key
  }
}
