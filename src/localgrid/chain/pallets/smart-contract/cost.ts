/**
 * What contracts cost. Pure; every formula and every order of operations is the runtime's.
 * Source: threefoldtech/tfchain, pallets/pallet-smart-contract/src/cost.rs.
 */
import type { ValueOf } from '../../scale/type.js'
import type { Policy, PricingPolicy, ResourcesValue } from '../tfgrid/layouts.js'
import { type Fixed, fixed, fixedOf, larger, over, rounded, smaller, times } from './fixed.js'
import type { discountLevel, NruConsumption } from './layouts.js'

type Discount = ValueOf<typeof discountLevel>

const HOUR = 3600n
const MONTH = 30n * 24n * HOUR
const UNITS_PER_TFT = 10_000_000n
/** mUSD to units of 1e-7 USD. */
const MILLI_USD = 10_000n

const exponents = { Bytes: 0n, Kilobytes: 1n, Megabytes: 2n, Gigabytes: 3n, Terrabytes: 4n } as const
const factor1024 = ({ unit }: Policy) => 1024n ** exponents[unit]
const factor1000 = ({ unit }: Policy) => 1000n ** exponents[unit]

const perSecond = ({ value }: Policy): Fixed => over(fixed(value), fixed(HOUR))

/** Compute units of cores and GiB: the cheapest of three shapes. */
export function computeUnits(cru: Fixed, mru: Fixed): Fixed {
  const shapes = [larger(mru / 4n, cru / 2n), larger(mru / 8n, cru), larger(mru / 2n, cru / 4n)]
  return shapes.reduce(smaller)
}

/** Units of 1e-7 USD for resources and public IPs over `seconds`. */
export function resourcesCost(
  used: ResourcesValue,
  publicIps: number,
  seconds: bigint,
  policy: PricingPolicy,
  billResources: boolean,
): bigint {
  const elapsed = fixed(seconds)
  let total: Fixed = 0n
  if (billResources) {
    const hru = over(fixed(used.hru), fixed(factor1024(policy.su)))
    const sru = over(fixed(used.sru), fixed(factor1024(policy.su)))
    const mru = over(fixed(used.mru), fixed(factor1024(policy.cu)))
    const storageUnits = hru / 1200n + sru / 200n
    total =
      times(times(perSecond(policy.su), elapsed), storageUnits) +
      times(times(perSecond(policy.cu), elapsed), computeUnits(fixed(used.cru), mru))
  }
  if (publicIps > 0) total += times(times(fixed(publicIps), perSecond(policy.ipu)), elapsed)
  return rounded(total)
}

export function nameCost(seconds: bigint, policy: PricingPolicy): bigint {
  return rounded(times(perSecond(policy.uniqueName), fixed(seconds)))
}

/** `sp_arithmetic::Percent` of an integer: rounded to nearest, halves down. */
export function percentOf(percent: number, amount: bigint): bigint {
  return perPart(BigInt(percent), 100n, amount)
}

/** `Perbill::from_percent(percent) * amount`. */
export function perbillOf(percent: number, amount: bigint): bigint {
  return perPart(BigInt(percent) * 10_000_000n, 1_000_000_000n, amount)
}

function perPart(parts: bigint, whole: bigint, amount: bigint): bigint {
  const product = (amount % whole) * parts
  const rest = product % whole
  return (amount / whole) * parts + product / whole + (rest * 2n > whole ? 1n : 0n)
}

/** Extra fee of a dedicated node: mUSD a month. */
export function extraFeeCost(milliUsdMonthly: bigint, seconds: bigint): bigint {
  return rounded(over(fixed(milliUsdMonthly * MILLI_USD * seconds), fixed(MONTH)))
}

/** Units of 1e-7 USD of a network report. */
export function networkCost(report: NruConsumption, policy: PricingPolicy): bigint {
  const used = over(fixed(report.nru), fixed(factor1000(policy.nu)))
  return rounded(times(times(used, perSecond(policy.nu)), fixed(report.window)))
}

/** Units of 1e-7 TFT at a price in mUSD. */
export function inTft(usdUnits: bigint, priceMilliUsd: number): bigint {
  return rounded(over(fixed(usdUnits), fixed(BigInt(priceMilliUsd) * MILLI_USD)) * UNITS_PER_TFT)
}

export function clampPrice(average: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(average, minimum), maximum)
}

const levels: readonly { from: Fixed; level: Discount; multiplier: Fixed }[] = [
  { from: fixed(18), level: 'Gold', multiplier: fixedOf(0.4) },
  { from: fixed(6), level: 'Silver', multiplier: fixedOf(0.6) },
  { from: fixed(3), level: 'Bronze', multiplier: fixedOf(0.7) },
  { from: fixedOf(1.5), level: 'Default', multiplier: fixedOf(0.8) },
  { from: 0n, level: 'None', multiplier: fixed(1) },
]

/** The due amount after the discount that the payer's balance earns: how many months it could pay. */
export function discounted(due: bigint, seconds: bigint, balance: bigint): { due: bigint; level: Discount } {
  if (due === 0n || seconds === 0n) return { due, level: 'None' }
  const hourly = over(times(fixed(due), fixed(HOUR)), fixed(seconds))
  const monthly = rounded(hourly * 24n * 30n)
  const months = monthly === 0n ? 0n : over(fixed(balance), fixed(monthly))
  const found = levels.find(({ from }) => months >= from) as (typeof levels)[number]
  return { due: rounded(times(fixed(due), found.multiplier)), level: found.level }
}

/** A service's bill in units of 1e-7 USD; fees are mUSD. */
export function serviceCost(baseFee: bigint, variable: bigint, windowSeconds: bigint): bigint {
  return rounded(
    over(times(fixed(baseFee * MILLI_USD), fixed(windowSeconds)), fixed(HOUR)) + fixed(variable * MILLI_USD),
  )
}

/** The most a service may bill as variable amount for the window. */
export function variableLimit(variableFee: bigint, windowSeconds: bigint): bigint {
  return rounded(times(over(fixed(windowSeconds), fixed(HOUR)), fixed(variableFee)))
}
