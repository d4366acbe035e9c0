/** What contracts do when their node changes. Source: pallets/pallet-smart-contract/src/grid_contract.rs. */
import { DispatchFailure } from '../../runtime/dispatch-error.js'
import type { Context } from '../../runtime/pallet.js'
import type { StateReader } from '../../state/overlay.js'
import type { Node } from '../tfgrid/layouts.js'
import { nowSeconds } from '../timestamp.js'
import { billContract } from './billing.js'
import { updateContractState } from './contract-state.js'
import * as items from './storage.js'

export function nodeHasNoActiveContracts(state: StateReader, nodeId: number): boolean {
  return items.activeNodeContracts.get(state, nodeId).length === 0 && !items.activeRentContract.has(state, nodeId)
}

/** Ends and bills the contracts of a node that leaves, node contracts first. */
export function nodeDeleted(context: Context, node: Node): void {
  const rent = items.activeRentContract.get(context.state, node.id)
  const ids = [...items.activeNodeContracts.get(context.state, node.id), ...(rent === undefined ? [] : [rent])]
  for (const id of ids) {
    const contract = items.contracts.get(context.state, id)
    if (!contract) continue
    updateContractState(context, contract, { kind: 'Deleted', value: 'CanceledByUser' })
    try {
      context.transaction(inner => billContract(inner, id))
    } catch (error) {
      // A bill that fails does not keep the node; its contract stays stored as Deleted.
      if (!(error instanceof DispatchFailure)) throw error
    }
  }
}

/** Time a node stood by is not billed to who rents it. */
export function nodePowerStateChanged(context: Context, nodeId: number): void {
  const { state } = context
  const rent = items.activeRentContract.get(state, nodeId)
  if (rent === undefined) return
  items.contractLock.put(state, { ...items.contractLock.get(state, rent), lockUpdated: nowSeconds(state) }, rent)
}
