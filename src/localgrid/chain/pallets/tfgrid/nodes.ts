/** Nodes. Source: threefoldtech/tfchain, pallets/pallet-tfgrid/src/node.rs. */
import { type CallDefinition, type Context, call, restricted, signed } from '../../runtime/pallet.js'
import { option } from '../../scale/composed.js'
import { u32, u64 } from '../../scale/primitives.js'
import { nodeChangedForDao, nodeDeletedForDao } from '../dao-weight.js'
import { nodeDeleted, nodeHasNoActiveContracts, nodePowerStateChanged } from '../smart-contract/nodes.js'
import { blockNumber } from '../system.js'
import { nowSeconds } from '../timestamp.js'
import { isPublicIp4, isPublicIp6 } from './addresses.js'
import { tfgridErrors as errors, tfgridEvents as events } from './events.js'
import { type Node, nodeCertification, power, publicConfig, type ResourcesValue } from './layouts.js'
import { checkNodeInput, nodeArgs } from './node-input.js'
import { farmingPolicyFor } from './policies.js'
import * as items from './storage.js'

const TIMESTAMP_HINT_DRIFT = 60n
const ascii = (value: Uint8Array) => String.fromCharCode(...value)

function twinOf(context: Context, who: string): number {
  return errors.need(items.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
}

/** The node whose own account signed. */
function ownNode(context: Context): Node {
  const twinId = twinOf(context, signed(context))
  errors.ensure(items.nodeIdByTwinId.has(context.state, twinId), 'NodeNotExists')
  const id = items.nodeIdByTwinId.get(context.state, twinId)
  return errors.need(items.nodes.get(context.state, id), 'NodeNotExists')
}

function removeFromFarm(context: Context, farmId: number, nodeId: number): void {
  const left = items.nodesByFarmId.get(context.state, farmId).filter(id => id !== nodeId)
  items.nodesByFarmId.put(context.state, left, farmId)
}

function addToFarm(context: Context, farmId: number, nodeId: number): void {
  items.nodesByFarmId.put(context.state, [...items.nodesByFarmId.get(context.state, farmId), nodeId], farmId)
}

export function deleteNodeOfFarm(context: Context, node: Node): void {
  removeFromFarm(context, node.farmId, node.id)
  nodeDeleted(context, node)
  nodeDeletedForDao(context, node)
  items.nodes.remove(context.state, node.id)
  context.emit(events.NodeDeleted(node.id))
}

/** Stores a node, under its farm's policy. `id` is for the grid itself; the chain numbers them. */
export function createNode(
  context: Context,
  fields: Omit<Node, 'version' | 'id' | 'created' | 'farmingPolicyId' | 'certification' | 'connectionPrice'>,
  id = items.nodeId.get(context.state) + 1,
): Node {
  const { state } = context
  const draft: Node = {
    ...fields,
    version: 5,
    id,
    created: nowSeconds(state),
    farmingPolicyId: 0,
    certification: 'Diy',
    connectionPrice: items.connectionPrice.get(state),
  }
  const policy = farmingPolicyFor(context, draft)
  const node: Node = { ...draft, farmingPolicyId: policy.id, certification: policy.nodeCertification }
  items.nodes.put(state, node, id)
  items.nodeId.put(state, Math.max(id, items.nodeId.get(state)))
  items.nodeIdByTwinId.put(state, id, node.twinId)
  addToFarm(context, node.farmId, id)
  nodeChangedForDao(context, undefined, node)
  context.emit(events.NodeStored(node))
  return node
}

/** More than a hundredth apart in any of the four. */
function changed(before: ResourcesValue, after: ResourcesValue): boolean {
  return (['cru', 'sru', 'hru', 'mru'] as const).some(unit => {
    const difference = before[unit] > after[unit] ? before[unit] - after[unit] : after[unit] - before[unit]
    return difference > before[unit] / 100n
  })
}

function reportUptime(context: Context, uptime: bigint, hint: bigint): void {
  const node = ownNode(context)
  const now = nowSeconds(context.state)
  const inRange = hint >= now - TIMESTAMP_HINT_DRIFT && hint <= now + TIMESTAMP_HINT_DRIFT
  errors.ensure(inRange, 'InvalidTimestampHint')
  context.emit(events.NodeUptimeReported(node.id, now, uptime))
  context.free()
}

export const nodeCalls: readonly CallDefinition[] = [
  call(8, 'createNode', { farmId: u32, ...nodeArgs }, (context, args) => {
    const who = signed(context)
    errors.ensure(items.farms.has(context.state, args.farmId), 'FarmNotExists')
    const twinId = twinOf(context, who)
    errors.ensure(!items.nodeIdByTwinId.has(context.state, twinId), 'NodeWithTwinIdExists')
    createNode(context, { farmId: args.farmId, twinId, publicConfig: undefined, ...checkNodeInput(args) })
  }),
  call(9, 'updateNode', { nodeId: u32, farmId: u32, ...nodeArgs }, (context, args) => {
    const who = signed(context)
    const { state } = context
    const before = errors.need(items.nodes.get(state, args.nodeId), 'NodeNotExists')
    errors.ensure(before.twinId === twinOf(context, who), 'NodeUpdateNotAuthorized')
    errors.ensure(items.farms.has(state, args.farmId), 'FarmNotExists')
    if (before.farmId !== args.farmId) {
      removeFromFarm(context, before.farmId, before.id)
      addToFarm(context, args.farmId, before.id)
    }
    const fields = checkNodeInput(args)
    const demoted = before.certification === 'Certified' && changed(before.resources, fields.resources)
    if (demoted) context.emit(events.NodeCertificationSet(before.id, 'Diy'))
    const certification = demoted ? 'Diy' : before.certification
    const node: Node = { ...before, ...fields, farmId: args.farmId, certification }
    items.nodes.put(state, node, node.id)
    nodeChangedForDao(context, before, node)
    context.emit(events.NodeUpdated(node))
    context.free()
  }),
  call(10, 'setNodeCertification', { nodeId: u32, nodeCertification }, (context, args) => {
    if (context.origin.kind === 'signed') {
      const certifiers = items.nodeCertifiers.get(context.state) ?? []
      errors.ensure(certifiers.includes(context.origin.account), 'NotAllowedToCertifyNode')
    } else restricted(context)
    const before = errors.need(items.nodes.get(context.state, args.nodeId), 'NodeNotExists')
    const certified: Node = { ...before, certification: args.nodeCertification }
    const usesDefault = items.farmingPolicies.get(context.state, before.farmingPolicyId).default
    const farmingPolicyId = usesDefault ? farmingPolicyFor(context, certified).id : before.farmingPolicyId
    const node = { ...certified, farmingPolicyId }
    items.nodes.put(context.state, node, node.id)
    context.emit(events.NodeUpdated(node))
    context.emit(events.NodeCertificationSet(node.id, args.nodeCertification))
  }),
  call(11, 'reportUptime', { uptime: u64 }, (context, { uptime }) =>
    reportUptime(context, uptime, nowSeconds(context.state)),
  ),
  call(12, 'addNodePublicConfig', { farmId: u32, nodeId: u32, publicConfig: option(publicConfig) }, (context, args) => {
    const who = signed(context)
    const farm = errors.need(items.farms.get(context.state, args.farmId), 'FarmNotExists')
    const farmer = errors.need(items.twins.get(context.state, farm.twinId), 'TwinNotExists')
    errors.ensure(farmer.accountId === who, 'CannotUpdateFarmWrongTwin')
    const node = errors.need(items.nodes.get(context.state, args.nodeId), 'NodeNotExists')
    errors.ensure(node.farmId === args.farmId, 'NodeUpdateNotAuthorized')
    const config = args.publicConfig
    if (config) {
      const { domain, ip4, ip6 } = config
      const valid =
        (!domain || /^[a-zA-Z0-9\-.]*$/.test(ascii(domain))) &&
        isPublicIp4(ascii(ip4.ip), ascii(ip4.gw)) &&
        (!ip6 || isPublicIp6(ascii(ip6.ip), ascii(ip6.gw)))
      errors.ensure(valid, 'InvalidPublicConfig')
    }
    items.nodes.put(context.state, { ...node, publicConfig: config }, node.id)
    context.emit(events.NodePublicConfigStored(node.id, config))
  }),
  call(13, 'deleteNode', { nodeId: u32 }, (context, args) => {
    const who = signed(context)
    const node = errors.need(items.nodes.get(context.state, args.nodeId), 'NodeNotExists')
    errors.ensure(node.twinId === twinOf(context, who), 'NodeUpdateNotAuthorized')
    deleteNodeOfFarm(context, node)
  }),
  call(35, 'changePowerState', { powerState: power }, (context, args) => {
    const node = ownNode(context)
    const { state } = context
    const next =
      args.powerState === 'Up' ? ({ kind: 'Up' } as const) : ({ kind: 'Down', value: blockNumber.get(state) } as const)
    const before = items.nodePower.get(state, node.id)
    context.free()
    if (before.state.kind === next.kind && before.state.value === next.value) return
    items.nodePower.put(state, { ...before, state: next }, node.id)
    if (next.kind === 'Up') nodePowerStateChanged(context, node.id)
    context.emit(events.PowerStateChanged({ farmId: node.farmId, nodeId: node.id, powerState: next }))
  }),
  call(36, 'changePowerTarget', { nodeId: u32, powerTarget: power }, (context, args) => {
    const twinId = twinOf(context, signed(context))
    const { state } = context
    const node = errors.need(items.nodes.get(state, args.nodeId), 'NodeNotExists')
    const farm = errors.need(items.farms.get(state, node.farmId), 'FarmNotExists')
    errors.ensure(twinId === farm.twinId, 'UnauthorizedToChangePowerTarget')
    if (args.powerTarget === 'Down') {
      errors.ensure(nodeHasNoActiveContracts(state, node.id), 'NodeHasActiveContracts')
    }
    items.nodePower.put(state, { ...items.nodePower.get(state, node.id), target: args.powerTarget }, node.id)
    context.emit(events.PowerTargetChanged({ farmId: node.farmId, nodeId: node.id, powerTarget: args.powerTarget }))
  }),
  call(38, 'reportUptimeV2', { uptime: u64, timestampHint: u64 }, (context, args) =>
    reportUptime(context, args.uptime, args.timestampHint),
  ),
]
