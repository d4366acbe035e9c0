/**
 * What became of a signed extrinsic: it is in a block, in a final block, or certain never to be in one.
 *
 * The pool's notifications only hasten this. The truth is read from the blocks: they may come late, twice or never, the
 * connection may drop, and a block may be replaced by another. While the extrinsic is in no block and its era is open,
 * its very bytes are sent again; identical bytes have one hash and one nonce and cannot be included twice.
 */
import type { Deadline } from '../../../core/deadline.js'
import type { Block } from '../blocks.js'
import type { SignedExtrinsic } from './sign.js'

/** The chain, as far as following an extrinsic goes. */
export interface ChainSight {
  /** Heights, as last heard. */
  readonly best: number
  readonly finalized: number
  /** On the best chain; undefined above its head. */
  hashAt(number: number): Promise<string | undefined>
  block(hash: string): Promise<Block | undefined>
  /** Nonce of the account in the newest final block. */
  finalNonce(): Promise<number>
  /** Asks for the heads. */
  refresh(): Promise<void>
  /** Sends the bytes again; says nothing of the outcome. */
  resend(): Promise<void>
  /** Blocks the pool has named as holding the extrinsic, newest last; taken out by reading. */
  takeHints(): readonly string[]
  /** True once for each time the extrinsic may have got lost: a new connection, or the pool has dropped it. */
  takeLoss(): boolean
  /** Until something may be different, at most this long; false when the time passed without any. */
  news(atMostMs: number): Promise<boolean>
}

export interface Place {
  readonly number: number
  readonly hash: string
  /** Among the block's extrinsics. */
  readonly index: number
}

export type Fate =
  | { readonly kind: 'included'; readonly place: Place }
  /** Its era is over, and no final block has it. */
  | { readonly kind: 'expired' }
  /** A final block has another extrinsic with its nonce. */
  | { readonly kind: 'overtaken' }

export interface FollowOptions {
  readonly until: 'inBlock' | 'finalized'
  /** Whenever it is found in a block; again when that block was replaced. */
  readonly onIncluded?: (place: Place) => void
}

/** Without news for this long, the chain is asked. Grows up to the time of a block. */
const ASK_AFTER_MS = { first: 250, most: 3_000 }

/** Blocks without the extrinsic after which its bytes are sent again, in case the pool forgot it without a word. */
const RESEND_AFTER_BLOCKS = 5

/** @throws {DeadlineError|CancelledError} */
export async function follow(
  sight: ChainSight,
  extrinsic: SignedExtrinsic,
  options: FollowOptions,
  deadline: Deadline,
): Promise<Fate> {
  const search = new Search(sight, extrinsic)
  let place: Place | undefined
  let sentAt = sight.best
  let nonceAskedAt = sight.finalized
  let askAfterMs = ASK_AFTER_MS.first

  for (;;) {
    // News first: at the beginning nothing can be known, and later everything that was known has been used.
    const before = { best: sight.best, finalized: sight.finalized }
    const told = await sight.news(Math.min(askAfterMs, deadline.remainingMs))
    deadline.check()
    askAfterMs = told ? ASK_AFTER_MS.first : Math.min(askAfterMs * 2, ASK_AFTER_MS.most)
    if (!told && sight.best === before.best && sight.finalized === before.finalized) await sight.refresh()

    // Taken before looking: a search that ends later covers at least this.
    const { finalized } = sight
    let complete = false
    if (!place) {
      const found = await search.run()
      complete = found.complete
      place = found.place
      if (place) options.onIncluded?.(place)
    }

    if (place) {
      if (options.until === 'inBlock') return { kind: 'included', place }
      if (sight.finalized >= place.number) {
        if ((await sight.hashAt(place.number)) === place.hash) return { kind: 'included', place }
        // Another block has taken its place; the extrinsic may be in that one, or in one to come.
        search.refute(place)
        place = undefined
        askAfterMs = 0
      }
      continue
    }

    if (complete && finalized >= extrinsic.validUntilBlock) return { kind: 'expired' }
    const lost = sight.takeLoss()
    if (lost || finalized !== nonceAskedAt) {
      nonceAskedAt = finalized
      if ((await sight.finalNonce()) > extrinsic.nonce) {
        await sight.refresh()
        const last = await search.run()
        if (!last.place && last.complete) return { kind: 'overtaken' }
        place = last.place
        if (place) options.onIncluded?.(place)
        askAfterMs = 0
        continue
      }
    }
    if (lost || sight.best - sentAt >= RESEND_AFTER_BLOCKS) {
      sentAt = sight.best
      await sight.resend()
    }
  }
}

interface Found {
  readonly place?: Place | undefined
  /** Every block of the best chain that could hold it was seen. */
  readonly complete: boolean
}

/** Looks through the best chain, each block once. */
class Search {
  readonly #sight: ChainSight
  readonly #extrinsic: SignedExtrinsic
  /** Blocks known not to hold it, and none of their ancestors either. */
  readonly #without = new Set<string>()
  /** Blocks that hold it and are not on the final chain. */
  readonly #refuted = new Set<string>()

  constructor(sight: ChainSight, extrinsic: SignedExtrinsic) {
    this.#sight = sight
    this.#extrinsic = extrinsic
  }

  refute(place: Place): void {
    this.#refuted.add(place.hash)
  }

  async run(): Promise<Found> {
    // The pool says where; should that block be replaced, finality tells.
    for (const hash of this.#sight.takeHints()) {
      if (this.#refuted.has(hash)) continue
      const block = await this.#sight.block(hash)
      const place = block && this.#placeIn(block)
      if (place) return { place, complete: false }
    }

    // Backwards from the head, by parents, to the part that was searched before: right on any branch.
    const { afterBlock, validUntilBlock } = this.#extrinsic
    const seen: string[] = []
    let hash = await this.#sight.hashAt(Math.min(this.#sight.best, validUntilBlock))
    while (hash === undefined || !this.#without.has(hash)) {
      const block = hash === undefined ? undefined : await this.#sight.block(hash)
      if (!block) return { complete: false }
      const place = this.#placeIn(block)
      if (place) return { place, complete: false }
      if (block.number <= afterBlock) break
      seen.push(block.hash)
      hash = block.parentHash
    }
    for (const one of seen) this.#without.add(one)
    return { complete: true }
  }

  #placeIn(block: Block): Place | undefined {
    const index = block.extrinsicHashes.indexOf(this.#extrinsic.hash)
    return index < 0 ? undefined : { number: block.number, hash: block.hash, index }
  }
}
