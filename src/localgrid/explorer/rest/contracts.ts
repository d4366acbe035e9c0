/** Contracts and bills in the REST proxy's words. Names: tfgrid-sdk-go, grid-proxy/pkg/types/contracts.go. */
import type { Bill, IndexedContract } from '../../ports.js'
import type { World } from '../world.js'
import { among, atLeast, exactly, type Filters, is, named, readFilters } from './filter.js'
import type { Sorters } from './page.js'

/** As the index names it: a contract that ran out of funds is no plain `Deleted`. */
export type IndexState = 'Created' | 'GracePeriod' | 'Deleted' | 'OutOfFunds'

export function stateOf({ state }: IndexedContract): IndexState {
  if (state.kind === 'created') return 'Created'
  if (state.kind === 'grace') return 'GracePeriod'
  return state.cause === 'OutOfFunds' ? 'OutOfFunds' : 'Deleted'
}

export function filterContracts(world: World, query: URLSearchParams): readonly IndexedContract[] {
  const farmOf = (contract: IndexedContract) => {
    const nodeId = nodeIdOf(contract)
    return nodeId === 0 ? undefined : world.farm(world.chain.node(nodeId)?.farmId ?? 0)
  }
  const filters: Filters<IndexedContract> = {
    contract_id: is(contract => contract.id),
    twin_id: is(contract => contract.twinId),
    node_id: is(nodeIdOf),
    type: among(contract => contract.type.kind),
    state: among(stateOf),
    name: exactly(contract => (contract.type.kind === 'name' ? contract.type.name : undefined)),
    number_of_public_ips: atLeast(contract => (contract.type.kind === 'node' ? contract.type.publicIps.length : 0)),
    deployment_data: exactly(contract => (contract.type.kind === 'node' ? contract.type.data : undefined)),
    deployment_hash: exactly(contract => (contract.type.kind === 'node' ? contract.type.hash : undefined)),
    farm_name: named(contract => farmOf(contract)?.name ?? ''),
    farm_id: is(contract => farmOf(contract)?.id ?? 0),
  }
  const test = readFilters(query, filters)
  return test ? world.contracts().filter(test) : world.contracts()
}

export const CONTRACT_SORTERS: Sorters<IndexedContract> = {
  contract_id: contract => contract.id,
  twin_id: contract => contract.twinId,
  state: stateOf,
  created_at: contract => contract.createdAt,
  type: contract => contract.type.kind,
}

export function contractJson(world: World, contract: IndexedContract) {
  return {
    contract_id: Number(contract.id),
    twin_id: contract.twinId,
    state: stateOf(contract),
    created_at: contract.createdAt,
    type: contract.type.kind,
    details: detailsJson(world, contract),
  }
}

export function billJson(bill: Bill) {
  return {
    amountBilled: Number(bill.amountUnits),
    discountReceived: bill.discount,
    timestamp: bill.timestamp,
    contract_id: Number(bill.contractId),
  }
}

function detailsJson(world: World, { type }: IndexedContract) {
  if (type.kind === 'name') return { name: type.name }
  const farm = world.farm(world.chain.node(type.nodeId)?.farmId ?? 0)
  const place = { farm_name: farm?.name ?? '', farm_id: farm?.id ?? 0 }
  if (type.kind === 'rent') return { nodeId: type.nodeId, ...place }
  return {
    nodeId: type.nodeId,
    deployment_data: type.data,
    deployment_hash: type.hash,
    number_of_public_ips: type.publicIps.length,
    ...place,
  }
}

function nodeIdOf({ type }: IndexedContract): number {
  return type.kind === 'name' ? 0 : type.nodeId
}
