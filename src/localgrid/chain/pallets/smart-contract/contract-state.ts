/** Steps that calls, billing and nodes share. Source: pallets/pallet-smart-contract/src/grid_contract.rs. */
import type { Context } from '../../runtime/pallet.js'
import type { State, StateReader } from '../../state/overlay.js'
import * as grid from '../tfgrid/storage.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import type { Contract, ContractStateValue, NodeContract } from './layouts.js'
import * as items from './storage.js'

export function nodeContractOf(contract: Contract): NodeContract {
  if (contract.contractType.kind !== 'NodeContract') return errors.fail('InvalidContractType')
  return contract.contractType.value
}

/** 0 for name contracts. */
export function nodeIdOf({ contractType }: Contract): number {
  return contractType.kind === 'NameContract' ? 0 : contractType.value.nodeId
}

function loopIndex(state: StateReader, contractId: bigint): bigint {
  return contractId % items.billingFrequency.get(state)
}

export function insertIntoBillingLoop(state: State, contractId: bigint): void {
  const index = loopIndex(state, contractId)
  const ids = items.contractsToBillAt.get(state, index)
  if (!ids.includes(contractId)) items.contractsToBillAt.put(state, [...ids, contractId], index)
}

function removeFromBillingLoop(state: State, contractId: bigint): void {
  const index = loopIndex(state, contractId)
  const ids = items.contractsToBillAt.get(state, index)
  errors.ensure(ids.includes(contractId), 'ContractWrongBillingLoopIndex')
  items.contractsToBillAt.put(
    state,
    ids.filter(id => id !== contractId),
    index,
  )
}

/** Stores the contract in its new state and keeps the node's list of active contracts right. */
export function updateContractState(context: Context, contract: Contract, next: ContractStateValue): Contract {
  const { state } = context
  const updated = { ...contract, state: next }
  items.contracts.put(state, updated, contract.contractId)
  if (contract.contractType.kind !== 'NodeContract') return updated

  const { nodeId } = contract.contractType.value
  const active = items.activeNodeContracts.get(state, nodeId)
  const listed = active.includes(contract.contractId)
  if (listed && next.kind === 'Deleted') {
    items.activeNodeContracts.put(
      state,
      active.filter(id => id !== contract.contractId),
      nodeId,
    )
  } else if (!listed && next.kind === 'Created') {
    items.activeNodeContracts.put(state, [...active, contract.contractId], nodeId)
  }
  return updated
}

function freeIps(context: Context, contractId: bigint, nodeId: number): void {
  const { state } = context
  const node = grid.nodes.get(state, nodeId)
  const farm = node && grid.farms.get(state, node.farmId)
  if (!farm) return
  const freed = farm.publicIps.filter(ip => ip.contractId === contractId).map(ip => ({ ...ip, contractId: 0n }))
  const publicIps = farm.publicIps.map(ip => (ip.contractId === contractId ? { ...ip, contractId: 0n } : ip))
  grid.farms.put(state, { ...farm, publicIps }, farm.id)
  context.emit(events.IPsFreed({ contractId, publicIps: freed }))
}

/** Removes everything the chain knows of a contract. */
export function removeContract(context: Context, contractId: bigint): void {
  const { state } = context
  const contract = errors.need(items.contracts.get(state, contractId), 'ContractNotExists')
  const { contractType, twinId } = contract

  switch (contractType.kind) {
    case 'NodeContract': {
      const { nodeId, deploymentHash, publicIps } = contractType.value
      if (publicIps > 0) freeIps(context, contractId, nodeId)
      const active = items.activeNodeContracts.get(state, nodeId).filter(id => id !== contractId)
      items.activeNodeContracts.put(state, active, nodeId)
      items.contractIdByNodeIdAndHash.remove(state, nodeId, deploymentHash)
      items.nodeContractResources.remove(state, contractId)
      items.billingInformation.remove(state, contractId)
      context.emit(events.NodeContractCanceled({ contractId, nodeId, twinId }))
      break
    }
    case 'NameContract':
      items.contractIdByName.remove(state, contractType.value.name)
      context.emit(events.NameContractCanceled({ contractId }))
      break
    case 'RentContract': {
      const { nodeId } = contractType.value
      items.activeRentContract.remove(state, nodeId)
      for (const id of items.activeNodeContracts.get(state, nodeId)) removeContract(context, id)
      context.emit(events.RentContractCanceled({ contractId }))
    }
  }

  items.contracts.remove(state, contractId)
  items.contractLock.remove(state, contractId)
  removeFromBillingLoop(state, contractId)
}
