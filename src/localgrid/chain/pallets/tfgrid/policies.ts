/** Prices and farming policies. Source: threefoldtech/tfchain, pallets/pallet-tfgrid/src/pricing.rs. */
import { equalBytes } from '../../../../core/bytes.js'
import { type CallDefinition, type Context, call, restricted } from '../../runtime/pallet.js'
import { accountId } from '../../runtime/primitives.js'
import { bool, bytes, u8, u16, u32 } from '../../scale/primitives.js'
import { blockNumber } from '../system.js'
import { nowSeconds } from '../timestamp.js'
import { tfgridErrors as errors, tfgridEvents as events } from './events.js'
import {
  type FarmingPolicy,
  farmCertification,
  type Node,
  nodeCertification,
  policy,
  type ResourcesValue,
} from './layouts.js'
import * as items from './storage.js'

const GIGABYTE = 1n << 30n

/** Cloud units of a node, in the farming rules' integer arithmetic (tfchain_support::resources). */
export function nodeCu({ cru, mru, sru }: ResourcesValue): bigint {
  const byCru = cru * 2n * GIGABYTE * 1000n
  const byMru = ((mru > 0n ? mru - 1n : 0n) * GIGABYTE * 1000n) / 4n
  const bySru = (sru * 1000n) / 50n
  const smallest = [byCru, byMru, bySru].reduce((a, b) => (b < a ? b : a))
  const unique = [byCru, byMru, bySru].filter(value => value === smallest).length === 1
  const cu = unique ? BigInt.asUintN(64, smallest) : 0n
  return 2n * (cu / GIGABYTE / 1000n)
}

export function nodeSu({ hru, sru }: ResourcesValue): bigint {
  return ((hru * 1000n) / 1200n + (sru * 1000n) / 250n) / GIGABYTE / 1000n
}

/** Best first: default ones, then by farm certification, node certification and age. */
function ranked(context: Context): FarmingPolicy[] {
  const rank = (p: FarmingPolicy) => [
    p.default ? 1 : 0,
    p.farmCertification === 'Gold' ? 1 : 0,
    p.nodeCertification === 'Certified' ? 1 : 0,
    p.id,
  ]
  const list = [...items.farmingPolicies.entries(context.state)].map(([, value]) => value)
  return list.sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    const index = left.findIndex((value, i) => value !== right[i])
    return index < 0 ? 0 : (right[index] as number) - (left[index] as number)
  })
}

function defaultPolicy(context: Context): FarmingPolicy {
  return errors.need(
    ranked(context).find(p => p.default),
    'FarmingPolicyNotExists',
  )
}

/** The policy a node farms under; a farm's own limits are used up as nodes take from them. */
export function farmingPolicyFor(context: Context, node: Node): FarmingPolicy {
  const { state } = context
  const farm = errors.need(items.farms.get(state, node.farmId), 'FarmNotExists')
  const limits = farm.farmingPolicyLimits
  if (!limits) {
    const fitting = ranked(context).find(
      p =>
        (p.nodeCertification === 'Diy' || node.certification === 'Certified') &&
        (p.farmCertification === 'NotCertified' || farm.certification === 'Gold'),
    )
    return errors.need(fitting, 'FarmingPolicyNotExists')
  }

  errors.ensure(items.farmingPolicies.has(state, limits.farmingPolicyId), 'FarmingPolicyNotExists')
  const [cu, su] = [nodeCu(node.resources), nodeSu(node.resources)]
  const exhausted =
    (limits.end !== undefined && nowSeconds(state) > limits.end) ||
    (limits.cu !== undefined && cu > limits.cu) ||
    (limits.su !== undefined && su > limits.su) ||
    limits.nodeCount === 0
  if (exhausted) return defaultPolicy(context)

  const left = {
    ...limits,
    cu: limits.cu === undefined ? undefined : limits.cu - cu,
    su: limits.su === undefined ? undefined : limits.su - su,
    nodeCount: limits.nodeCount === undefined ? undefined : limits.nodeCount - 1,
  }
  const updated = { ...farm, farmingPolicyLimits: left }
  items.farms.put(state, updated, farm.id)
  context.emit(events.FarmUpdated(updated))
  return items.farmingPolicies.get(state, limits.farmingPolicyId)
}

const pricing = {
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
}
const farming = { name: bytes, su: u32, cu: u32, nu: u32, ipv4: u32, minimalUptime: u16, policyEnd: u32 }
const certifications = { nodeCertification, farmCertification }

export const policyCalls: readonly CallDefinition[] = [
  call(22, 'createPricingPolicy', pricing, (context, args) => {
    restricted(context)
    const { state } = context
    errors.ensure(!items.pricingPolicyIdByName.has(state, args.name), 'PricingPolicyExists')
    const id = items.pricingPolicyId.get(state) + 1
    const stored = { version: 2, id, ...args }
    items.pricingPolicies.put(state, stored, id)
    items.pricingPolicyIdByName.put(state, id, args.name)
    items.pricingPolicyId.put(state, id)
    context.emit(events.PricingPolicyStored(stored))
  }),
  call(23, 'updatePricingPolicy', { pricingPolicyId: u32, ...pricing }, (context, args) => {
    restricted(context)
    const { state } = context
    const { pricingPolicyId: id, ...values } = args
    const before = errors.need(items.pricingPolicies.get(state, id), 'PricingPolicyNotExists')
    const holder = items.pricingPolicyIdByName.get(state, args.name)
    errors.ensure(holder === 0 || holder === id, 'PricingPolicyWithDifferentIdExists')
    if (!equalBytes(args.name, before.name)) items.pricingPolicyIdByName.remove(state, before.name)
    const stored = { ...before, ...values }
    items.pricingPolicies.put(state, stored, id)
    items.pricingPolicyIdByName.put(state, id, args.name)
    items.pricingPolicyId.put(state, id)
    context.emit(events.PricingPolicyStored(stored))
  }),
  call(
    24,
    'createFarmingPolicy',
    { ...farming, immutable: bool, default: bool, ...certifications },
    (context, args) => {
      restricted(context)
      const { state } = context
      const id = items.farmingPolicyId.get(state) + 1
      const stored = { version: 2, id, policyCreated: blockNumber.get(state), ...args }
      items.farmingPolicies.put(state, stored, id)
      items.farmingPolicyId.put(state, id)
      context.emit(events.FarmingPolicyStored(stored))
    },
  ),
  call(29, 'setConnectionPrice', { price: u32 }, (context, { price }) => {
    restricted(context)
    items.connectionPrice.put(context.state, price)
    context.emit(events.ConnectionPriceSet(price))
  }),
  call(
    32,
    'updateFarmingPolicy',
    { farmingPolicyId: u32, ...farming, default: bool, ...certifications },
    (context, args) => {
      restricted(context)
      const { farmingPolicyId: id, ...values } = args
      errors.ensure(items.farmingPolicies.has(context.state, id), 'FarmingPolicyNotExists')
      const stored = { ...items.farmingPolicies.get(context.state, id), ...values }
      items.farmingPolicies.put(context.state, stored, id)
      context.emit(events.FarmingPolicyUpdated(stored))
    },
  ),
]
