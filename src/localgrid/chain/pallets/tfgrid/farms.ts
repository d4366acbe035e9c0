/** Farms and their public addresses. Source: threefoldtech/tfchain, pallets/pallet-tfgrid/src/farm.rs. */
import { equalBytes } from '../../../../core/bytes.js'
import { type CallDefinition, type Context, call, restricted, signed } from '../../runtime/pallet.js'
import { boundedVec, option } from '../../scale/composed.js'
import { bool, boundedBytes, bytes, u32 } from '../../scale/primitives.js'
import type { StateReader } from '../../state/overlay.js'
import { blockNumber } from '../system.js'
import { isPublicIp4 } from './addresses.js'
import { tfgridErrors as errors, tfgridEvents as events } from './events.js'
import { type Farm, farmCertification, farmingPolicyLimit, ip4, type PublicIp } from './layouts.js'
import { deleteNodeOfFarm } from './nodes.js'
import { farmingPolicyFor } from './policies.js'
import * as items from './storage.js'

const ascii = (value: Uint8Array) => String.fromCharCode(...value)
const MAX_LISTED_IPS = 256

function checkName(name: Uint8Array): void {
  errors.ensure(name.length >= 3, 'FarmNameTooShort')
  errors.ensure(name.length <= 40, 'FarmNameTooLong')
  errors.ensure(/^[A-Za-z0-9\-_]*$/.test(ascii(name)), 'InvalidFarmName')
}

function publicIp(ip: Uint8Array, gw: Uint8Array): PublicIp {
  errors.ensure(isPublicIp4(ascii(ip), ascii(gw)), 'InvalidPublicIP')
  return { ip, gateway: gw, contractId: 0n }
}

function farmOfOwner(context: Context, id: number): Farm {
  const who = signed(context)
  const farm = errors.need(items.farms.get(context.state, id), 'FarmNotExists')
  const twin = errors.need(items.twins.get(context.state, farm.twinId), 'TwinNotExists')
  errors.ensure(twin.accountId === who, 'CannotUpdateFarmWrongTwin')
  return farm
}

function save(context: Context, farm: Farm): void {
  items.farms.put(context.state, farm, farm.id)
  context.emit(events.FarmUpdated(farm))
}

export function createFarm(context: Context, twinId: number, name: Uint8Array, publicIps: readonly PublicIp[]): number {
  const id = items.farmId.get(context.state) + 1
  const farm: Farm = {
    version: 4,
    id,
    name,
    twinId,
    pricingPolicyId: 1,
    certification: 'NotCertified',
    publicIps,
    dedicatedFarm: false,
    farmingPolicyLimits: undefined,
  }
  items.farms.put(context.state, farm, id)
  items.farmIdByName.put(context.state, id, name)
  items.farmId.put(context.state, id)
  context.emit(events.FarmStored(farm))
  return id
}

export function isFarmOwner(state: StateReader, farmId: number, who: string): boolean {
  const farm = items.farms.get(state, farmId)
  return farm !== undefined && items.twins.get(state, farm.twinId)?.accountId === who
}

const farmName = boundedBytes(40)
const ipInput = boundedBytes(18)
const gwInput = boundedBytes(15)

export const farmCalls: readonly CallDefinition[] = [
  call(1, 'createFarm', { name: farmName, publicIps: boundedVec(ip4, 512) }, (context, args) => {
    const who = signed(context)
    const twinId = errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    const twin = errors.need(items.twins.get(context.state, twinId), 'TwinNotExists')
    errors.ensure(twin.accountId === who, 'CannotCreateFarmWrongTwin')
    errors.ensure(!items.farmIdByName.has(context.state, args.name), 'FarmExists')
    checkName(args.name)
    const list: PublicIp[] = []
    for (const { ip, gw } of args.publicIps) {
      const added = publicIp(ip, gw)
      const known = list.some(other => equalBytes(other.ip, ip) && equalBytes(other.gateway, gw))
      errors.ensure(!known, 'IpExists')
      errors.ensure(list.length < MAX_LISTED_IPS, 'InvalidPublicIP')
      list.push(added)
    }
    createFarm(context, twinId, args.name, list)
  }),
  call(2, 'updateFarm', { farmId: u32, name: farmName }, (context, args) => {
    const who = signed(context)
    const twinId = errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    errors.ensure(farm.twinId === twinId, 'CannotUpdateFarmWrongTwin')
    checkName(args.name)
    const holder = items.farmIdByName.get(context.state, args.name)
    if (holder === args.farmId) return
    errors.ensure(holder === 0, 'InvalidFarmName')
    items.farmIdByName.remove(context.state, farm.name)
    items.farmIdByName.put(context.state, farm.id, args.name)
    save(context, { ...farm, name: args.name })
  }),
  call(3, 'addStellarPayoutV2address', { farmId: u32, stellarAddress: bytes }, (context, args) => {
    const who = signed(context)
    const twinId = errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    errors.ensure(farm.twinId === twinId, 'CannotUpdateFarmWrongTwin')
    items.farmPayoutAddress.put(context.state, args.stellarAddress, farm.id)
    context.emit(events.FarmPayoutV2AddressRegistered(farm.id, args.stellarAddress))
  }),
  call(4, 'setFarmCertification', { farmId: u32, certification: farmCertification }, (context, args) => {
    restricted(context)
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    items.farms.put(context.state, { ...farm, certification: args.certification }, farm.id)
    context.emit(events.FarmCertificationSet(farm.id, args.certification))
  }),
  call(5, 'addFarmIp', { farmId: u32, ip: ipInput, gw: gwInput }, (context, args) => {
    const farm = farmOfOwner(context, args.farmId)
    const added = publicIp(args.ip, args.gw)
    errors.ensure(!farm.publicIps.some(other => equalBytes(other.ip, args.ip)), 'IpExists')
    errors.ensure(farm.publicIps.length < MAX_LISTED_IPS, 'InvalidPublicIP')
    save(context, { ...farm, publicIps: [...farm.publicIps, added] })
  }),
  call(6, 'removeFarmIp', { farmId: u32, ip: ipInput }, (context, args) => {
    const farm = farmOfOwner(context, args.farmId)
    const index = farm.publicIps.findIndex(other => equalBytes(other.ip, args.ip) && other.contractId === 0n)
    errors.ensure(index >= 0, 'IpNotExists')
    save(context, { ...farm, publicIps: farm.publicIps.toSpliced(index, 1) })
  }),
  call(26, 'deleteNodeFarm', { nodeId: u32 }, (context, args) => {
    const who = signed(context)
    const twinId = errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    const node = errors.need(items.nodes.get(context.state, args.nodeId), 'NodeNotExists')
    const farm = errors.need(items.farms.get(context.state, node.farmId), 'FarmNotExists')
    errors.ensure(twinId === farm.twinId, 'FarmerNotAuthorized')
    deleteNodeOfFarm(context, node)
    items.nodeIdByTwinId.remove(context.state, node.twinId)
  }),
  call(27, 'setFarmDedicated', { farmId: u32, dedicated: bool }, (context, args) => {
    restricted(context)
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    save(context, { ...farm, dedicatedFarm: args.dedicated })
  }),
  call(28, 'forceResetFarmIp', { farmId: u32, ip: ipInput }, (context, args) => {
    restricted(context)
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    const index = farm.publicIps.findIndex(other => equalBytes(other.ip, args.ip))
    const found = errors.need(farm.publicIps[index], 'IpNotExists')
    save(context, { ...farm, publicIps: farm.publicIps.with(index, { ...found, contractId: 0n }) })
  }),
  call(33, 'attachPolicyToFarm', { farmId: u32, limits: option(farmingPolicyLimit) }, (context, args) => {
    restricted(context)
    const { limits } = args
    if (!limits) return
    const { state } = context
    const policy = items.farmingPolicies.get(state, limits.farmingPolicyId)
    const ended = policy.policyEnd !== 0 && blockNumber.get(state) >= policy.policyCreated + policy.policyEnd
    errors.ensure(!ended, 'FarmingPolicyExpired')
    const farm = errors.need(items.farms.get(state, args.farmId), 'FarmNotExists')
    save(context, { ...farm, farmingPolicyLimits: limits, certification: policy.farmCertification })
    for (const id of items.nodesByFarmId.get(state, farm.id)) {
      const node = items.nodes.get(state, id)
      if (!node || !items.farmingPolicies.get(state, node.farmingPolicyId).default) continue
      const next = farmingPolicyFor(context, node)
      const updated = { ...node, farmingPolicyId: next.id, certification: next.nodeCertification }
      items.nodes.put(state, updated, id)
      context.emit(events.NodeUpdated(updated))
    }
    context.emit(events.FarmingPolicySet(farm.id, limits))
  }),
]
