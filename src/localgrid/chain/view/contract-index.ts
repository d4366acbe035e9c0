/** What the chain's storage forgets: cancelled contracts, when each began and ended, and its bills. */
import { toHex } from '../../../core/hex.js'
import { contractEventList } from '../pallets/smart-contract/events.js'
import { type Contract, contract as contractType } from '../pallets/smart-contract/layouts.js'
import type { EventValue } from '../runtime/pallet.js'
import { theRuntime } from '../runtime/runtime.js'
import { decode, encode } from '../scale/coding.js'
import { hexBytes } from '../scale/hex.js'

export interface Indexed {
  readonly contract: Contract
  /** Unix seconds. */
  readonly createdAt: number
  readonly deletedAt?: number
}

export interface IndexedBill {
  readonly amountUnits: bigint
  readonly discount: 'None' | 'Default' | 'Bronze' | 'Silver' | 'Gold'
  /** Unix seconds. */
  readonly timestamp: number
}

/** One block's part of the index, as it is stored. */
export interface IndexDelta {
  readonly timeMs: number
  readonly events: readonly string[]
}

export interface IndexSnapshot {
  readonly contracts: readonly { readonly contract: string; readonly createdAt: number; readonly deletedAt?: number }[]
  readonly bills: readonly (readonly [string, string, IndexedBill['discount'], number])[]
}

const KEPT_BILLS = 500
const RELEVANT = new Set([
  'ContractCreated',
  'ContractUpdated',
  'NodeContractCanceled',
  'NameContractCanceled',
  'RentContractCanceled',
  'ContractGracePeriodStarted',
  'ContractGracePeriodEnded',
  'ContractBilled',
])
const relevantEvents = new Set(contractEventList.filter(({ name }) => RELEVANT.has(name)))

export class ContractIndex {
  readonly #contracts = new Map<bigint, Indexed>()
  readonly #bills = new Map<bigint, IndexedBill[]>()

  all(): Iterable<Indexed> {
    return this.#contracts.values()
  }

  bills(id: bigint): readonly IndexedBill[] {
    return this.#bills.get(id) ?? []
  }

  /** Takes in the events of a block; what must be stored of them, if anything. */
  apply(events: readonly EventValue[], timeMs: number): IndexDelta | undefined {
    const relevant = events.filter(({ event }) => relevantEvents.has(event))
    if (relevant.length === 0) return undefined
    for (const event of relevant) this.#take(event, Math.floor(timeMs / 1000))
    return { timeMs, events: relevant.map(event => toHex(encode(theRuntime().eventType, event))) }
  }

  #take({ event, values }: EventValue, at: number): void {
    const [first, , , block] = values
    switch (event.name) {
      case 'ContractCreated':
      case 'ContractUpdated': {
        const contract = first as Contract
        const createdAt = this.#contracts.get(contract.contractId)?.createdAt ?? at
        this.#contracts.set(contract.contractId, { contract, createdAt })
        return
      }
      case 'ContractBilled': {
        const bill = first as { contractId: bigint; amountBilled: bigint; discountLevel: IndexedBill['discount'] }
        const list = this.#bills.get(bill.contractId) ?? []
        if (list.length >= KEPT_BILLS) list.shift()
        list.push({ amountUnits: bill.amountBilled, discount: bill.discountLevel, timestamp: at })
        this.#bills.set(bill.contractId, list)
        return
      }
      case 'ContractGracePeriodStarted':
        this.#setState(first as bigint, { kind: 'GracePeriod', value: block as bigint })
        return
      case 'ContractGracePeriodEnded':
        this.#setState(first as bigint, { kind: 'Created' })
        return
      default: {
        const known = this.#contracts.get(first as bigint)
        if (!known) return
        const value = known.contract.state.kind === 'GracePeriod' ? 'OutOfFunds' : 'CanceledByUser'
        const contract: Contract = { ...known.contract, state: { kind: 'Deleted', value } }
        this.#contracts.set(contract.contractId, { ...known, contract, deletedAt: at })
      }
    }
  }

  #setState(id: bigint, state: Contract['state']): void {
    const known = this.#contracts.get(id)
    if (known) this.#contracts.set(id, { ...known, contract: { ...known.contract, state } })
  }

  restore(stored: IndexDelta | IndexSnapshot): void {
    if ('events' in stored) {
      const seconds = Math.floor(stored.timeMs / 1000)
      for (const hex of stored.events) this.#take(decode(theRuntime().eventType, hexBytes(hex)), seconds)
      return
    }
    for (const { contract, ...times } of stored.contracts) {
      const decoded = decode(contractType, hexBytes(contract))
      this.#contracts.set(decoded.contractId, { contract: decoded, ...times })
    }
    for (const [id, amount, discount, timestamp] of stored.bills) {
      const list = this.#bills.get(BigInt(id)) ?? []
      list.push({ amountUnits: BigInt(amount), discount, timestamp })
      this.#bills.set(BigInt(id), list)
    }
  }

  snapshot(): IndexSnapshot {
    return {
      contracts: [...this.#contracts.values()].map(({ contract, ...times }) => ({
        contract: toHex(encode(contractType, contract)),
        ...times,
      })),
      bills: [...this.#bills].flatMap(([id, list]) =>
        list.map(bill => [String(id), String(bill.amountUnits), bill.discount, bill.timestamp] as const),
      ),
    }
  }
}
