/** Storage of TfgridModule 25, as pallet-tfgrid declares it. */
import { accountId } from '../../runtime/primitives.js'
import { vec } from '../../scale/composed.js'
import { bytes, u32 } from '../../scale/primitives.js'
import { storageOf } from '../../state/item.js'
import type { FarmingPolicy } from './layouts.js'
import * as layout from './layouts.js'

const storage = storageOf('TfgridModule')
export const tfgridStorage = storage.list

const zero = () => 0
const none = () => new Uint8Array()

const noFarmingPolicy: FarmingPolicy = {
  version: 0,
  id: 0,
  name: new Uint8Array(),
  cu: 0,
  su: 0,
  nu: 0,
  ipv4: 0,
  minimalUptime: 0,
  policyCreated: 0,
  policyEnd: 0,
  immutable: false,
  default: false,
  nodeCertification: 'Diy',
  farmCertification: 'NotCertified',
}

export const farms = storage.optional('Farms', [u32], layout.farm)
export const nodesByFarmId = storage.value('NodesByFarmID', [u32], vec(u32), () => [])
export const farmIdByName = storage.value('FarmIdByName', [bytes], u32, zero)
export const farmPayoutAddress = storage.value('FarmPayoutV2AddressByFarmID', [u32], bytes, none)
export const nodes = storage.optional('Nodes', [u32], layout.node)
export const nodeIdByTwinId = storage.value('NodeIdByTwinID', [u32], u32, zero)
export const entities = storage.optional('Entities', [u32], layout.entity)
export const entityIdByAccountId = storage.optional('EntityIdByAccountID', [accountId], u32)
export const entityIdByName = storage.value('EntityIdByName', [bytes], u32, zero)
export const twins = storage.optional('Twins', [u32], layout.twin)
export const twinIdByAccountId = storage.optional('TwinIdByAccountID', [accountId], u32)
export const twinBoundedAccountId = storage.optional('TwinBoundedAccountID', [u32], accountId)
export const pricingPolicies = storage.optional('PricingPolicies', [u32], layout.pricingPolicy)
export const pricingPolicyIdByName = storage.value('PricingPolicyIdByName', [bytes], u32, zero)
export const farmingPolicies = storage.value('FarmingPoliciesMap', [u32], layout.farmingPolicy, () => noFarmingPolicy)
export const termsAndConditions = storage.optional(
  'UsersTermsAndConditions',
  [accountId],
  vec(layout.termsAndConditions),
)
export const nodeCertifiers = storage.optional('AllowedNodeCertifiers', [], vec(accountId))
export const connectionPrice = storage.value('ConnectionPrice', [], u32, zero)
export const farmId = storage.value('FarmID', [], u32, zero)
export const nodeId = storage.value('NodeID', [], u32, zero)
export const entityId = storage.value('EntityID', [], u32, zero)
export const twinId = storage.value('TwinID', [], u32, zero)
export const pricingPolicyId = storage.value('PricingPolicyID', [], u32, zero)
export const farmingPolicyId = storage.value('FarmingPolicyID', [], u32, zero)
export const palletVersion = storage.value('PalletVersion', [], layout.storageVersion, () => 'V17Struct' as const)
export const zosVersion = storage.value('ZosVersion', [], bytes, none)
export const nodePower = storage.value('NodePower', [u32], layout.nodePower, () => ({
  state: { kind: 'Up' as const },
  target: 'Up' as const,
}))
