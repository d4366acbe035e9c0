/**
 * What a plan will cost, by the chain's own formulas. Source: threefoldtech/tfchain pallet-smart-contract {cost,billing}.rs.
 *
 * Prices are units of 1e-7 USD per hour; the month has 720 hours, as in the grid's calculator. The chain bills in
 * integers and truncates, so a bill can be a unit lower than the estimate.
 */
import type { PricingPolicy } from '../chain/port.js'
import { workloadCapacity } from '../zos/workloads/registry.js'
import type { DesiredDeployment } from './desired.js'

const HOURS_PER_MONTH = 24 * 30
const UNITS_PER_USD = 1e7
const GIB = 1024 ** 3

export type DiscountLevel = 'None' | 'Default' | 'Bronze' | 'Silver' | 'Gold'

/** Months of cost that the balance must cover, and what is then paid. */
const DISCOUNTS: readonly { level: DiscountLevel; months: number; factor: number }[] = [
  { level: 'Gold', months: 18, factor: 0.4 },
  { level: 'Silver', months: 6, factor: 0.6 },
  { level: 'Bronze', months: 3, factor: 0.7 },
  { level: 'Default', months: 1.5, factor: 0.8 },
  { level: 'None', months: 0, factor: 1 },
]

export interface Price {
  readonly usd: number
  readonly tft: number
}

export interface CostEstimate {
  /** After the discount. */
  readonly perHour: Price
  readonly perMonth: Price
  /** By how many months the account's balance covers. */
  readonly discount: DiscountLevel
  readonly items: readonly { readonly key: string; readonly nodeId: number; readonly perHour: Price }[]
}

/** Of what only ends. */
export const noCost: CostEstimate = {
  perHour: { usd: 0, tft: 0 },
  perMonth: { usd: 0, tft: 0 },
  discount: 'None',
  items: [],
}

export interface CostFacts {
  readonly policy: PricingPolicy
  readonly tftPriceMilliUsd: number
  readonly balanceUnits: bigint
  /** Nodes rented by this account: their capacity is paid by the rent. */
  readonly rentedNodes: ReadonlySet<number>
}

export interface CapacityUse {
  readonly cru: number
  readonly mruBytes: number
  readonly sruBytes: number
  readonly hruBytes: number
  readonly publicIps: number
}

export function estimateCost(
  deployments: readonly (DesiredDeployment & { key: string })[],
  facts: CostFacts,
): CostEstimate {
  const price = (unitsPerHour: number, factor: number): Price => {
    const usd = (unitsPerHour * factor) / UNITS_PER_USD
    return { usd, tft: (usd * 1000) / facts.tftPriceMilliUsd }
  }
  const items = deployments.map(deployment => {
    const units = unitsPerHour(usedBy(deployment), facts.policy, facts.rentedNodes.has(deployment.nodeId))
    return { deployment, units, discount: discountOf(units, facts) }
  })

  const discounted = items.reduce((sum, { units, discount }) => sum + units * discount.factor, 0)
  const total = items.reduce((sum, { units }) => sum + units, 0)
  const perHour = price(discounted, 1)
  return {
    perHour,
    perMonth: { usd: perHour.usd * HOURS_PER_MONTH, tft: perHour.tft * HOURS_PER_MONTH },
    discount: discountOf(total, facts).level,
    items: items
      .filter(({ units }) => units > 0)
      .map(({ deployment, units, discount }) => ({
        key: deployment.key,
        nodeId: deployment.nodeId,
        perHour: price(units, discount.factor),
      })),
  }
}

/** Compute, storage and address units of one contract, in 1e-7 USD per hour. */
export function unitsPerHour(use: CapacityUse, policy: PricingPolicy, rented: boolean): number {
  const cru = use.cru
  const mru = use.mruBytes / GIB
  const cu = Math.min(Math.max(mru / 4, cru / 2), Math.max(mru / 8, cru), Math.max(mru / 2, cru / 4))
  const su = use.hruBytes / GIB / 1200 + use.sruBytes / GIB / 200
  return (rented ? 0 : cu * policy.cu + su * policy.su) + use.publicIps * policy.ipu
}

function usedBy(deployment: DesiredDeployment): CapacityUse {
  const use = { cru: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 }
  for (const workload of deployment.workloads) {
    const capacity = workloadCapacity(workload)
    use.cru += Number(capacity.cru)
    use.mruBytes += Number(capacity.mru)
    use.sruBytes += Number(capacity.sru)
    use.hruBytes += Number(capacity.hru)
  }
  return { ...use, publicIps: deployment.publicIps }
}

function discountOf(units: number, facts: CostFacts) {
  const monthlyUsd = (units * HOURS_PER_MONTH) / UNITS_PER_USD
  const balanceUsd = ((Number(facts.balanceUnits) / 1e7) * facts.tftPriceMilliUsd) / 1000
  const months = monthlyUsd === 0 ? 0 : balanceUsd / monthlyUsd
  return DISCOUNTS.find(discount => months >= discount.months) ?? { level: 'None' as const, months: 0, factor: 1 }
}
