/** Calls about grid contracts. Source: threefoldtech/tfchain, pallets/pallet-smart-contract/src/grid_contract.rs. */
import { type CallDefinition, type Context, call, restricted, signed } from '../../runtime/pallet.js'
import { option } from '../../scale/composed.js'
import { boundedBytes, bytes, fixedBytes, u32, u64 } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'
import * as grid from '../tfgrid/storage.js'
import { nowSeconds } from '../timestamp.js'
import { billContract } from './billing.js'
import { insertIntoBillingLoop, nodeContractOf, updateContractState } from './contract-state.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import type { Contract, cause, NodeContract } from './layouts.js'
import { validateSolutionProvider } from './solution-providers.js'
import * as items from './storage.js'

const CONTRACT_VERSION = 4

/** Gives the contract the farm's first free addresses. No IPsReserved event: the chain sends none. */
function reserveIps(context: Context, contractId: bigint, contract: NodeContract): NodeContract {
  if (contract.publicIps === 0) return contract
  const { state } = context
  const node = errors.need(grid.nodes.get(state, contract.nodeId), 'NodeNotExists')
  const farm = errors.need(grid.farms.get(state, node.farmId), 'FarmNotExists')
  errors.ensure(farm.publicIps.length >= contract.publicIps, 'FarmHasNotEnoughPublicIPs')

  const reserved: NodeContract['publicIpsList'][number][] = []
  const publicIps = farm.publicIps.map(ip => {
    if (ip.contractId !== 0n || reserved.length === contract.publicIps) return ip
    const taken = { ...ip, contractId }
    reserved.push(taken)
    return taken
  })
  errors.ensure(reserved.length === contract.publicIps, 'FarmHasNotEnoughPublicIPsFree')
  grid.farms.put(state, { ...farm, publicIps }, farm.id)
  return { ...contract, publicIpsList: reserved }
}

/** What all three kinds have in common: id, addresses, provider, billing slot, lock. */
function createContract(
  context: Context,
  twinId: number,
  contractType: Contract['contractType'],
  solutionProviderId: bigint | undefined,
): Contract {
  const { state } = context
  const id = items.contractId.get(state) + 1n
  const type =
    contractType.kind === 'NodeContract'
      ? ({ kind: 'NodeContract', value: reserveIps(context, id, contractType.value) } as const)
      : contractType
  validateSolutionProvider(state, solutionProviderId)
  insertIntoBillingLoop(state, id)
  const contract: Contract = {
    version: CONTRACT_VERSION,
    state: { kind: 'Created' },
    contractId: id,
    twinId,
    contractType: type,
    solutionProviderId,
  }
  items.contracts.put(state, contract, id)
  items.contractId.put(state, id)
  const lock = { amountLocked: 0n, extraAmountLocked: 0n, lockUpdated: nowSeconds(state), cycles: 0 }
  items.contractLock.put(state, lock, id)
  return contract
}

function ensureMayDeploy(context: Context, nodeId: number, twinId: number): void {
  const { state } = context
  const node = errors.need(grid.nodes.get(state, nodeId), 'NodeNotExists')
  const power = grid.nodePower.get(state, nodeId)
  errors.ensure(power.state.kind === 'Up' && power.target === 'Up', 'NodeNotAvailableToDeploy')
  const farm = errors.need(grid.farms.get(state, node.farmId), 'FarmNotExists')

  const rent = items.activeRentContract.get(state, nodeId)
  if (rent !== undefined) {
    const { twinId: renter } = errors.need(items.contracts.get(state, rent), 'ContractNotExists')
    errors.ensure(renter === twinId, 'NodeNotAvailableToDeploy')
  } else {
    const dedicated = farm.dedicatedFarm || items.dedicatedNodesExtraFee.get(state, nodeId) > 0n
    errors.ensure(!dedicated, 'NodeNotAvailableToDeploy')
  }
}

function cancel(context: Context, contract: Contract, why: ValueOf<typeof cause>): void {
  if (contract.contractType.kind === 'RentContract') {
    const active = items.activeNodeContracts.get(context.state, contract.contractType.value.nodeId)
    errors.ensure(active.length === 0, 'NodeHasActiveContracts')
  }
  updateContractState(context, contract, { kind: 'Deleted', value: why })
  billContract(context, contract.contractId)
}

function contractOfCaller(
  context: Context,
  id: bigint,
  refusal: 'TwinNotAuthorizedToUpdateContract' | 'TwinNotAuthorizedToCancelContract',
): Contract {
  const who = signed(context)
  const contract = errors.need(items.contracts.get(context.state, id), 'ContractNotExists')
  const twin = errors.need(grid.twins.get(context.state, contract.twinId), 'TwinNotExists')
  errors.ensure(twin.accountId === who, refusal)
  return contract
}

const hash = fixedBytes(32)
const data = boundedBytes(512)
const provider = option(u64)

export const contractCalls: readonly CallDefinition[] = [
  call(
    0,
    'createNodeContract',
    { nodeId: u32, deploymentHash: hash, deploymentData: data, publicIps: u32, solutionProviderId: provider },
    (context, { solutionProviderId, ...fields }) => {
      const who = signed(context)
      const { state } = context
      const { nodeId, deploymentHash } = fields
      const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
      ensureMayDeploy(context, nodeId, twinId)

      if (items.contractIdByNodeIdAndHash.has(state, nodeId, deploymentHash)) {
        const id = items.contractIdByNodeIdAndHash.get(state, nodeId, deploymentHash)
        const other = errors.need(items.contracts.get(state, id), 'ContractNotExists')
        errors.ensure(other.state.kind === 'Deleted', 'ContractIsNotUnique')
      }

      const value: NodeContract = { ...fields, publicIpsList: [] }
      const contract = createContract(context, twinId, { kind: 'NodeContract', value }, solutionProviderId)
      const id = contract.contractId
      const information = { previousNuReported: 0n, lastUpdated: nowSeconds(state), amountUnbilled: 0n }
      items.billingInformation.put(state, information, id)
      items.contractIdByNodeIdAndHash.put(state, id, nodeId, deploymentHash)
      items.activeNodeContracts.put(state, [...items.activeNodeContracts.get(state, nodeId), id], nodeId)
      context.emit(events.ContractCreated(contract))
    },
  ),
  call(1, 'updateNodeContract', { contractId: u64, deploymentHash: hash, deploymentData: data }, (context, args) => {
    const { state } = context
    const contract = contractOfCaller(context, args.contractId, 'TwinNotAuthorizedToUpdateContract')
    errors.ensure(contract.state.kind !== 'GracePeriod', 'CannotUpdateContractInGraceState')
    const before = nodeContractOf(contract)
    items.contractIdByNodeIdAndHash.remove(state, before.nodeId, before.deploymentHash)
    items.contractIdByNodeIdAndHash.put(state, contract.contractId, before.nodeId, args.deploymentHash)
    const { deploymentHash, deploymentData } = args
    const value = { ...before, deploymentHash, deploymentData }
    const updated: Contract = { ...contract, contractType: { kind: 'NodeContract', value } }
    context.emit(events.ContractUpdated(updateContractState(context, updated, contract.state)))
  }),
  call(2, 'cancelContract', { contractId: u64 }, (context, { contractId }) => {
    cancel(context, contractOfCaller(context, contractId, 'TwinNotAuthorizedToCancelContract'), 'CanceledByUser')
  }),
  call(4, 'createNameContract', { name: bytes }, (context, { name }) => {
    const who = signed(context)
    const { state } = context
    const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
    errors.ensure(name.length >= 3, 'NameContractNameTooShort')
    errors.ensure(name.length <= 64, 'NameContractNameTooLong')
    errors.ensure(/^[a-z0-9\-_]+$/.test(String.fromCharCode(...name)), 'NameNotValid')
    errors.ensure(!items.contractIdByName.has(state, name), 'NameExists')
    const contract = createContract(context, twinId, { kind: 'NameContract', value: { name } }, undefined)
    items.contractIdByName.put(state, contract.contractId, name)
    context.emit(events.ContractCreated(contract))
  }),
  call(7, 'createRentContract', { nodeId: u32, solutionProviderId: provider }, (context, args) => {
    const who = signed(context)
    const { state } = context
    const { nodeId } = args
    errors.ensure(!items.activeRentContract.has(state, nodeId), 'NodeHasRentContract')
    const node = errors.need(grid.nodes.get(state, nodeId), 'NodeNotExists')
    const farm = errors.need(grid.farms.get(state, node.farmId), 'FarmNotExists')
    const idle = items.activeNodeContracts.get(state, nodeId).length === 0
    errors.ensure(farm.dedicatedFarm || idle, 'NodeNotAvailableToDeploy')
    const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
    const type = { kind: 'RentContract', value: { nodeId } } as const
    const contract = createContract(context, twinId, type, args.solutionProviderId)
    items.activeRentContract.put(state, contract.contractId, nodeId)
    context.emit(events.ContractCreated(contract))
  }),
  call(10, 'billContractForBlock', { contractId: u64 }, (context, { contractId }) => {
    signed(context)
    billContract(context, contractId)
  }),
  call(21, 'cancelContractCollective', { contractId: u64 }, (context, { contractId }) => {
    restricted(context)
    const contract = errors.need(items.contracts.get(context.state, contractId), 'ContractNotExists')
    cancel(context, contract, 'CanceledByCollective')
  }),
]
