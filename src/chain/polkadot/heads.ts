/**
 * Where the chain is: the newest and the newest final block, as the chain last told.
 *
 * Told by two subscriptions, renewed on each connection. They make waiting quick; nothing relies on them alone, since a
 * chain may be slow to tell, or not tell at all: whoever waits also asks (`refresh`).
 */
import type { Deadline } from '../../core/deadline.js'
import { blockNumber } from './blocks.js'
import { hex } from './runtime.js'
import type { Rpc } from './wire/rpc.js'
import type { RpcSocket } from './wire/socket.js'

const HASH = /^0x[0-9a-f]{64}$/

export class Heads {
  readonly #rpc: Rpc
  readonly #listeners = new Set<() => void>()
  #best = 0
  #finalized = 0

  constructor(rpc: Rpc) {
    this.#rpc = rpc
  }

  get best(): number {
    return this.#best
  }

  get finalized(): number {
    return this.#finalized
  }

  /** The hook for each new connection: subscribes, and asks once. */
  async follow(socket: RpcSocket, deadline: Deadline): Promise<void> {
    const newest = socket.subscribe('chain_subscribeNewHeads', [], header => this.#hear(header, undefined))
    const final = socket.subscribe('chain_subscribeFinalizedHeads', [], header => this.#hear(undefined, header))
    // A chain without subscriptions is asked instead.
    for (const subscription of [newest, final]) subscription.catch(() => {})
    await this.#refresh((method, params) => deadline.race(socket.request(method, params)))
  }

  /** Asks for both heads. */
  async refresh(deadline: Deadline): Promise<void> {
    await this.#refresh((method, params) => this.#rpc.ask(method, params, deadline))
  }

  /** Called whenever one of the heads is another. Returns the way to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #refresh(ask: (method: string, params: readonly unknown[]) => Promise<unknown>): Promise<void> {
    const final = async () => {
      const hash = hex(await ask('chain_getFinalizedHead', []), HASH, 'the hash of the final block')
      return blockNumber(await ask('chain_getHeader', [hash]))
    }
    const [best, finalized] = await Promise.all([ask('chain_getHeader', []).then(blockNumber), final()])
    this.#set(best, finalized)
  }

  #hear(newest: unknown, final: unknown): void {
    try {
      const best = newest === undefined ? this.#best : blockNumber(newest)
      const finalized = final === undefined ? this.#finalized : blockNumber(final)
      this.#set(best, finalized)
    } catch {
      // A malformed notification tells nothing; the next question finds out.
    }
  }

  #set(best: number, finalized: number): void {
    // A final block is a block.
    const newest = Math.max(best, finalized)
    if (newest === this.#best && finalized === this.#finalized) return
    this.#best = newest
    this.#finalized = finalized
    for (const listener of [...this.#listeners]) listener()
  }
}
