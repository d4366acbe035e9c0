/**
 * What pallet-smart-contract stores, field by field.
 * Source: threefoldtech/tfchain, substrate-node/pallets/pallet-smart-contract/src/types.rs.
 */
import { accountId } from '../../runtime/primitives.js'
import { boundedVec, names, option, struct, tagged, vec } from '../../scale/composed.js'
import { bool, boundedBytes, bytes, fixedBytes, u8, u16, u32, u64, u128 } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'
import { publicIp, resources } from '../tfgrid/layouts.js'

const types = 'pallet_smart_contract::types::'

export const cause = names(`${types}Cause`, ['CanceledByUser', 'OutOfFunds', 'CanceledByCollective'])
export const contractState = tagged(`${types}ContractState`, { Created: null, Deleted: cause, GracePeriod: u64 })

export const nodeContract = struct(`${types}NodeContract`, {
  nodeId: u32,
  deploymentHash: fixedBytes(32),
  deploymentData: boundedBytes(512),
  publicIps: u32,
  publicIpsList: boundedVec(publicIp, 512),
})
export const nameContract = struct(`${types}NameContract`, { name: bytes })
export const rentContract = struct(`${types}RentContract`, { nodeId: u32 })

export const contractData = tagged(`${types}ContractData`, {
  NodeContract: nodeContract,
  NameContract: nameContract,
  RentContract: rentContract,
})

export const contract = struct(`${types}Contract`, {
  version: u32,
  state: contractState,
  contractId: u64,
  twinId: u32,
  contractType: contractData,
  solutionProviderId: option(u64),
})

export const billingInformation = struct(`${types}ContractBillingInformation`, {
  previousNuReported: u64,
  lastUpdated: u64,
  amountUnbilled: u64,
})

export const discountLevel = names(`${types}DiscountLevel`, ['None', 'Default', 'Bronze', 'Silver', 'Gold'])

export const consumption = struct(`${types}Consumption`, {
  contractId: u64,
  timestamp: u64,
  cru: u64,
  sru: u64,
  hru: u64,
  mru: u64,
  nru: u64,
})

export const nruConsumption = struct(`${types}NruConsumption`, {
  contractId: u64,
  timestamp: u64,
  window: u64,
  nru: u64,
})

export const contractBill = struct(`${types}ContractBill`, {
  contractId: u64,
  timestamp: u64,
  discountLevel,
  amountBilled: u128,
})

export const contractResources = struct(`${types}ContractResources`, { contractId: u64, used: resources })

export const contractLock = struct(`${types}ContractLock`, {
  amountLocked: u128,
  extraAmountLocked: u128,
  lockUpdated: u64,
  cycles: u16,
})

export const provider = struct(`${types}Provider`, { who: accountId, take: u8 })
export const solutionProvider = struct(`${types}SolutionProvider`, {
  solutionProviderId: u64,
  providers: vec(provider),
  description: bytes,
  link: bytes,
  approved: bool,
})

export const serviceContractState = names(`${types}ServiceContractState`, [
  'Created',
  'AgreementReady',
  'ApprovedByBoth',
])
export const serviceContract = struct(`${types}ServiceContract`, {
  serviceContractId: u64,
  serviceTwinId: u32,
  consumerTwinId: u32,
  baseFee: u64,
  variableFee: u64,
  metadata: boundedBytes(64),
  acceptedByService: bool,
  acceptedByConsumer: bool,
  lastBill: u64,
  state: serviceContractState,
})
export const serviceContractBill = struct(`${types}ServiceContractBill`, {
  variableAmount: u64,
  window: u64,
  metadata: boundedBytes(50),
})

export const storageVersion = names(`${types}StorageVersion`, [
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
  'V7',
  'V8',
  'V9',
  'V10',
  'V11',
])

export type Contract = ValueOf<typeof contract>
export type ContractStateValue = ValueOf<typeof contractState>
export type NodeContract = ValueOf<typeof nodeContract>
export type ContractLockValue = ValueOf<typeof contractLock>
export type ServiceContract = ValueOf<typeof serviceContract>
export type NruConsumption = ValueOf<typeof nruConsumption>
export type PublicIpList = ValueOf<typeof nodeContract>['publicIpsList']
