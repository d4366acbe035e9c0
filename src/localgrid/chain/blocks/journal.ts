/**
 * The chain in the store: how it began, then every block with what it changed, and now and then a snapshot of the
 * whole state in place of the blocks before it.
 */

import { toHex } from '../../../core/hex.js'
import { LocalGridError } from '../../../errors/localgrid.js'
import type { Store } from '../../ports.js'
import { decode, encode } from '../scale/coding.js'
import { hexBytes } from '../scale/hex.js'
import type { BaseState, Cell } from '../state/overlay.js'
import type { IndexDelta, IndexSnapshot } from '../view/contract-index.js'
import type { GenesisOptions } from './genesis.js'
import { headerHash, headerType } from './header.js'
import type { Block } from './history.js'

const TOPIC = 'chain'
const VERSION = 1
/** Blocks in the log after which it is worth rewriting. */
const COMPACT_AFTER_BLOCKS = 5000
const COMPACT_AFTER_BYTES = 64 << 20

export interface GenesisRecord {
  readonly options: GenesisOptions
  readonly seed: Uint8Array
  /** Hash of block 0, hex. */
  readonly hash: string
}

export interface BlockRecord {
  readonly blocks: readonly Block[]
  readonly changes: readonly (readonly [string, Cell | undefined])[]
  readonly offsetMs: number
  /** True when it stands for all blocks up to the last of `blocks`. */
  readonly snapshot: boolean
  /** What the index keeps beyond the state. */
  readonly index: readonly (IndexDelta | IndexSnapshot)[]
}

type StoredBlock = { readonly header: string; readonly timeMs: number; readonly extrinsics: readonly string[] }
type Stored =
  | {
      readonly kind: 'genesis'
      readonly version: number
      readonly seed: string
      readonly hash: string
      readonly options: GenesisOptions
    }
  | {
      readonly kind: 'block' | 'snapshot'
      readonly blocks: readonly StoredBlock[]
      readonly changes: readonly (readonly [string, string | null])[]
      readonly offsetMs: number
      readonly index: readonly (IndexDelta | IndexSnapshot)[]
    }

function storedBlock(block: Block): StoredBlock {
  return {
    header: toHex(encode(headerType, block.header)),
    timeMs: block.timeMs,
    extrinsics: block.extrinsics.map(toHex),
  }
}

function loadedBlock({ header, timeMs, extrinsics }: StoredBlock): Block {
  const decoded = decode(headerType, hexBytes(header))
  return {
    number: decoded.number,
    hash: headerHash(decoded),
    header: decoded,
    timeMs,
    extrinsics: extrinsics.map(hexBytes),
  }
}

export class Journal {
  #genesis: Stored | undefined
  #blocksSinceSnapshot = 0
  #bytesSinceSnapshot = 0

  constructor(private readonly store: Store) {}

  /** What the store holds; undefined when it is empty. @throws {LocalGridError} LOCALGRID_DATA */
  load(): { genesis: GenesisRecord; blocks: readonly BlockRecord[] } | undefined {
    const [first, ...rest] = this.store.read(TOPIC) as readonly Stored[]
    if (!first) return undefined
    if (first.kind !== 'genesis' || first.version !== VERSION) {
      throw new LocalGridError('LOCALGRID_DATA', 'the data folder holds a chain of another version', {
        hint: 'start with an empty data folder',
      })
    }
    this.#genesis = first
    try {
      const blocks = rest.map(record => this.#loadedRecord(record))
      return { genesis: { options: first.options, seed: hexBytes(first.seed), hash: first.hash }, blocks }
    } catch (error) {
      throw new LocalGridError('LOCALGRID_DATA', 'the chain in the data folder is damaged', {
        cause: error,
        hint: 'restore the folder from a copy, or start with an empty one',
      })
    }
  }

  #loadedRecord(record: Stored): BlockRecord {
    if (record.kind === 'genesis') throw new TypeError('a second beginning in the log')
    const snapshot = record.kind === 'snapshot'
    if (!snapshot) this.#blocksSinceSnapshot++
    return {
      blocks: record.blocks.map(loadedBlock),
      changes: record.changes.map(([key, hex]) => [key, hex === null ? undefined : { bytes: hexBytes(hex) }] as const),
      offsetMs: record.offsetMs,
      snapshot,
      index: record.index,
    }
  }

  begin({ options, seed, hash }: GenesisRecord): void {
    this.#genesis = { kind: 'genesis', version: VERSION, seed: toHex(seed), hash, options }
    this.store.append(TOPIC, this.#genesis)
  }

  /** Blocks, whole, before anybody hears of them. Several blocks become one record. */
  append(records: readonly BlockRecord[]): void {
    const last = records.at(-1)
    if (!last) return
    const changes = new Map(records.flatMap(record => [...record.changes]))
    const stored: Stored = {
      kind: 'block',
      blocks: records.flatMap(record => record.blocks.map(storedBlock)),
      changes: [...changes].map(([key, cell]) => [key, cell ? toHex(cell.bytes) : null] as const),
      offsetMs: last.offsetMs,
      index: records.flatMap(record => record.index),
    }
    this.store.append(TOPIC, stored)
    this.#blocksSinceSnapshot++
    for (const [key, cell] of changes) this.#bytesSinceSnapshot += key.length + (cell?.bytes.length ?? 0)
  }

  get wantsSnapshot(): boolean {
    return this.#blocksSinceSnapshot > COMPACT_AFTER_BLOCKS || this.#bytesSinceSnapshot > COMPACT_AFTER_BYTES
  }

  /** Replaces the log by the state as it is; the newest blocks stay known by their headers. */
  compact(state: BaseState, blocks: readonly Block[], offsetMs: number, index: IndexSnapshot): void {
    if (!this.#genesis) return
    const stored: Stored = {
      kind: 'snapshot',
      blocks: blocks.map(storedBlock),
      changes: [...state.entries()].map(([key, cell]) => [key, toHex(cell.bytes)] as const),
      offsetMs,
      index: [index],
    }
    this.store.rewrite(TOPIC, [this.#genesis, stored])
    this.#blocksSinceSnapshot = 0
    this.#bytesSinceSnapshot = 0
  }
}
