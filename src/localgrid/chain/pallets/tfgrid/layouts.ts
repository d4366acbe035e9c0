/**
 * What pallet-tfgrid stores, field by field.
 * Source: threefoldtech/tfchain, substrate-node/support/src/types.rs and pallets/pallet-tfgrid/src/types.rs.
 */
import { accountId } from '../../runtime/primitives.js'
import { boundedVec, names, option, struct, tagged, vec } from '../../scale/composed.js'
import { bool, boundedBytes, bytes, u8, u16, u32, u64 } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'

export const entityProof = struct('pallet_tfgrid::types::EntityProof', { entityId: u32, signature: bytes })

export const twin = struct('pallet_tfgrid::types::Twin', {
  id: u32,
  accountId,
  relay: option(boundedBytes(1024)),
  entities: vec(entityProof),
  pk: option(boundedBytes(128)),
})

export const publicIp = struct('tfchain_support::types::PublicIP', {
  ip: boundedBytes(18),
  gateway: boundedBytes(15),
  contractId: u64,
})

export const farmCertification = names('tfchain_support::types::FarmCertification', ['NotCertified', 'Gold'])
export const nodeCertification = names('tfchain_support::types::NodeCertification', ['Diy', 'Certified'])

export const farmingPolicyLimit = struct('tfchain_support::types::FarmingPolicyLimit', {
  farmingPolicyId: u32,
  cu: option(u64),
  su: option(u64),
  end: option(u64),
  nodeCount: option(u32),
  nodeCertification: bool,
})

export const farm = struct('tfchain_support::types::Farm', {
  version: u32,
  id: u32,
  name: bytes,
  twinId: u32,
  pricingPolicyId: u32,
  certification: farmCertification,
  publicIps: boundedVec(publicIp, 256),
  dedicatedFarm: bool,
  farmingPolicyLimits: option(farmingPolicyLimit),
})

export const resources = struct('tfchain_support::resources::Resources', { hru: u64, sru: u64, cru: u64, mru: u64 })

export const location = struct('pallet_tfgrid::node::Location', {
  city: bytes,
  country: bytes,
  latitude: bytes,
  longitude: bytes,
})

export const interfaceOf = struct('tfchain_support::types::Interface', { name: bytes, mac: bytes, ips: vec(bytes) })

export const ip4 = struct('tfchain_support::types::IP4', { ip: boundedBytes(18), gw: boundedBytes(15) })
export const ip6 = struct('tfchain_support::types::IP6', { ip: boundedBytes(43), gw: boundedBytes(39) })

export const publicConfig = struct('tfchain_support::types::PublicConfig', {
  ip4,
  ip6: option(ip6),
  domain: option(boundedBytes(128)),
})

export const node = struct('tfchain_support::types::Node', {
  version: u32,
  id: u32,
  farmId: u32,
  twinId: u32,
  resources,
  location,
  publicConfig: option(publicConfig),
  created: u64,
  farmingPolicyId: u32,
  interfaces: vec(interfaceOf),
  certification: nodeCertification,
  secureBoot: bool,
  virtualized: bool,
  serialNumber: option(bytes),
  connectionPrice: u32,
})

export const power = names('tfchain_support::types::Power', ['Up', 'Down'])
export const powerState = tagged('tfchain_support::types::PowerState', { Up: null, Down: u32 })
export const nodePower = struct('tfchain_support::types::NodePower', { state: powerState, target: power })

export const unitOf = names('pallet_tfgrid::types::Unit', [
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terrabytes',
])
export const policy = struct('pallet_tfgrid::types::Policy', { value: u32, unit: unitOf })

export const pricingPolicy = struct('pallet_tfgrid::types::PricingPolicy', {
  version: u32,
  id: u32,
  name: bytes,
  su: policy,
  cu: policy,
  nu: policy,
  ipu: policy,
  uniqueName: policy,
  domainName: policy,
  foundationAccount: accountId,
  certifiedSalesAccount: accountId,
  discountForDedicationNodes: u8,
})

export const farmingPolicy = struct('pallet_tfgrid::types::FarmingPolicy', {
  version: u32,
  id: u32,
  name: bytes,
  cu: u32,
  su: u32,
  nu: u32,
  ipv4: u32,
  minimalUptime: u16,
  policyCreated: u32,
  policyEnd: u32,
  immutable: bool,
  default: bool,
  nodeCertification,
  farmCertification,
})

export const termsAndConditions = struct('pallet_tfgrid::terms_cond::TermsAndConditions', {
  accountId,
  timestamp: u64,
  documentLink: bytes,
  documentHash: bytes,
})

export const entity = struct('pallet_tfgrid::types::Entity', {
  version: u32,
  id: u32,
  name: bytes,
  accountId,
  country: bytes,
  city: bytes,
})

export const storageVersion = names('pallet_tfgrid::types::StorageVersion', [
  'V1Struct',
  'V2Struct',
  'V3Struct',
  'V4Struct',
  'V5Struct',
  'V6Struct',
  'V7Struct',
  'V8Struct',
  'V9Struct',
  'V10Struct',
  'V11Struct',
  'V12Struct',
  'V13Struct',
  'V14Struct',
  'V15Struct',
  'V16Struct',
  'V17Struct',
])

export type Twin = ValueOf<typeof twin>
export type Farm = ValueOf<typeof farm>
export type Node = ValueOf<typeof node>
export type PublicIp = ValueOf<typeof publicIp>
export type PricingPolicy = ValueOf<typeof pricingPolicy>
export type FarmingPolicy = ValueOf<typeof farmingPolicy>
export type ResourcesValue = ValueOf<typeof resources>
export type NodePower = ValueOf<typeof nodePower>
export type Policy = ValueOf<typeof policy>
