/** Storage of SmartContractModule 26, as pallet-smart-contract declares it. */
import { vec } from '../../scale/composed.js'
import { bytes, fixedBytes, u8, u32, u64 } from '../../scale/primitives.js'
import { storageOf } from '../../state/item.js'
import * as layout from './layouts.js'

const storage = storageOf('SmartContractModule')
export const smartContractStorage = storage.list

const zero = () => 0n
const noResources = { hru: 0n, sru: 0n, cru: 0n, mru: 0n }

export const DEFAULT_BILLING_FREQUENCY = 600

export const contracts = storage.optional('Contracts', [u64], layout.contract)
export const billingInformation = storage.value(
  'ContractBillingInformationByID',
  [u64],
  layout.billingInformation,
  () => ({ previousNuReported: 0n, lastUpdated: 0n, amountUnbilled: 0n }),
)
export const nodeContractResources = storage.value('NodeContractResources', [u64], layout.contractResources, () => ({
  contractId: 0n,
  used: noResources,
}))
export const contractIdByNodeIdAndHash = storage.value('ContractIDByNodeIDAndHash', [u32, fixedBytes(32)], u64, zero)
export const activeNodeContracts = storage.value('ActiveNodeContracts', [u32], vec(u64), () => [])
export const contractsToBillAt = storage.value('ContractsToBillAt', [u64], vec(u64), () => [])
export const contractLock = storage.value('ContractLock', [u64], layout.contractLock, () => ({
  amountLocked: 0n,
  extraAmountLocked: 0n,
  lockUpdated: 0n,
  cycles: 0,
}))
export const contractIdByName = storage.value('ContractIDByNameRegistration', [bytes], u64, zero)
export const activeRentContract = storage.optional('ActiveRentContractForNode', [u32], u64)
export const contractId = storage.value('ContractID', [], u64, zero)
export const solutionProviders = storage.optional('SolutionProviders', [u64], layout.solutionProvider)
export const solutionProviderId = storage.value('SolutionProviderID', [], u64, zero)
storage.value('PalletVersion', [], layout.storageVersion, () => 'V11' as const)
export const billingFrequency = storage.value('BillingFrequency', [], u64, () => BigInt(DEFAULT_BILLING_FREQUENCY))
export const serviceContracts = storage.optional('ServiceContracts', [u64], layout.serviceContract)
export const serviceContractId = storage.value('ServiceContractID', [], u64, zero)
storage.optional('CurrentMigrationStage', [], u8)
export const dedicatedNodesExtraFee = storage.value('DedicatedNodesExtraFee', [u32], u64, zero)
