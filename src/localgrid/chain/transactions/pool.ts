/** Transactions that wait: the ready ones by arrival, those with a nonce to come until it is their turn. Bounded. */
import type { SignedExtrinsic } from './extrinsic.js'
import { refusals } from './validity.js'

/** What became of a transaction, as `author_extrinsicUpdate` says it. */
export type PoolUpdate =
  | 'future'
  | 'ready'
  | 'invalid'
  | 'dropped'
  | { readonly inBlock: string }
  | { readonly finalized: string }
  | { readonly usurped: string }

export interface Pooled {
  readonly extrinsic: SignedExtrinsic
  readonly notify: (update: PoolUpdate) => void
  /** The last block it may be in. */
  readonly validUntil: number
}

const MAX_TRANSACTIONS = 8192
const MAX_BYTES = 64 << 20

export class Pool {
  /** By account, then nonce. */
  readonly #byAccount = new Map<string, Map<number, Pooled>>()
  readonly #hashes = new Set<string>()
  /** In order of arrival. */
  readonly #arrived = new Set<Pooled>()
  #bytes = 0

  get size(): number {
    return this.#arrived.size
  }

  /** @throws {Refusal} already here, the pool is full, or another one of the same nonce pays as much */
  add(pooled: Pooled): void {
    const { extrinsic } = pooled
    if (this.#hashes.has(extrinsic.hash)) throw refusals.imported(extrinsic.hash)
    const mine = this.#byAccount.get(extrinsic.account) ?? new Map<number, Pooled>()
    const rival = mine.get(extrinsic.nonce)
    if (rival && rival.extrinsic.tip >= extrinsic.tip) throw refusals.lowPriority()
    const full = this.#arrived.size >= MAX_TRANSACTIONS || this.#bytes + extrinsic.bytes.length > MAX_BYTES
    if (full && !rival) throw refusals.full()

    if (rival) {
      this.#remove(rival)
      rival.notify({ usurped: `0x${extrinsic.hash}` })
    }
    this.#byAccount.set(extrinsic.account, mine)
    mine.set(extrinsic.nonce, pooled)
    this.#hashes.add(extrinsic.hash)
    this.#arrived.add(pooled)
    this.#bytes += extrinsic.bytes.length
  }

  #remove(pooled: Pooled): void {
    const { extrinsic } = pooled
    const mine = this.#byAccount.get(extrinsic.account)
    if (mine?.get(extrinsic.nonce) === pooled) mine.delete(extrinsic.nonce)
    if (mine?.size === 0) this.#byAccount.delete(extrinsic.account)
    this.#hashes.delete(extrinsic.hash)
    this.#arrived.delete(pooled)
    this.#bytes -= extrinsic.bytes.length
  }

  /** True when every nonce from `included` up to this one is here. */
  isReady({ extrinsic }: Pooled, included: number): boolean {
    const mine = this.#byAccount.get(extrinsic.account)
    for (let nonce = included; nonce < extrinsic.nonce; nonce++) if (!mine?.has(nonce)) return false
    return true
  }

  /** Transactions that follow on from `from`, which just became ready with it. */
  *after(account: string, from: number): Iterable<Pooled> {
    const mine = this.#byAccount.get(account)
    for (let nonce = from + 1; mine?.has(nonce); nonce++) yield mine.get(nonce) as Pooled
  }

  /** The nonce an account should use next, given the one that blocks are at. */
  nextNonce(account: string, included: number): number {
    const mine = this.#byAccount.get(account)
    let nonce = included
    while (mine?.has(nonce)) nonce++
    return nonce
  }

  /** Everything by arrival, except that nonces of one account rise. */
  inOrder(): readonly Pooled[] {
    const queues = new Map<string, Pooled[]>()
    for (const [account, mine] of this.#byAccount) {
      queues.set(
        account,
        [...mine.values()].sort((a, b) => b.extrinsic.nonce - a.extrinsic.nonce),
      )
    }
    return [...this.#arrived].map(({ extrinsic }) => queues.get(extrinsic.account)?.pop() as Pooled)
  }

  remove(pooled: Pooled, update?: PoolUpdate): void {
    this.#remove(pooled)
    if (update) pooled.notify(update)
  }

  get pending(): readonly SignedExtrinsic[] {
    return [...this.#arrived].map(({ extrinsic }) => extrinsic)
  }
}
