import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { PricingPolicy } from '../chain/port.js'
import { type CapacityUse, type CostFacts, estimateCost, unitsPerHour } from './cost.js'
import type { DesiredDeployment, DesiredWorkload } from './desired.js'

const GIB = 1024 ** 3

/** Policy 1 of TFChain's genesis: 1e-7 USD per unit and hour. */
const policy: PricingPolicy = {
  id: 1,
  name: 'threefold_default_pricing_policy',
  su: 50_000,
  cu: 100_000,
  nu: 15_000,
  ipu: 40_000,
  uniqueName: 2_500,
  domainName: 5_000,
  discountForDedicatedNodes: 50,
}

function use(cru: number, mru: number, sru: number, hru = 0, publicIps = 0): CapacityUse {
  return { cru, mruBytes: mru * GIB, sruBytes: sru * GIB, hruBytes: hru * GIB, publicIps }
}

describe('units of a contract', () => {
  it.each([
    // The bill that TFChain's own runtime made for this contract is worked out in its documentation: CU 1, SU 0.25.
    ['2 cores, 4 GB, 50 GB SSD, an address', use(2, 4, 50, 0, 1), 152_500],
    ['nothing', use(0, 0, 0), 0],
    ['an address alone', use(0, 0, 0, 0, 1), 40_000],
    ['200 GB of SSD', use(0, 0, 200), 50_000],
    ['1200 GB of HDD', use(0, 0, 0, 1200), 50_000],
    // min(max(m/4, c/2), max(m/8, c), max(m/2, c/4)): each term is the least once.
    ['memory and cores in balance', use(2, 8, 0), 200_000],
    ['much memory', use(1, 32, 0), 400_000],
    ['many cores', use(16, 4, 0), 400_000],
  ])('%s', (_, capacity, units) => {
    expect(unitsPerHour(capacity, policy, false)).toBeCloseTo(units, 6)
  })

  it('are only the addresses on a node that the account rents', () => {
    expect(unitsPerHour(use(2, 4, 50, 0, 2), policy, true)).toBe(80_000)
  })

  it('never go down when more is asked for', () => {
    const amount = fc.integer({ min: 0, max: 512 })
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, (cru, mru, sru, hru, more) => {
        const before = unitsPerHour(use(cru, mru, sru, hru), policy, false)
        for (const after of [
          use(cru + more, mru, sru, hru),
          use(cru, mru + more, sru, hru),
          use(cru, mru, sru + more),
        ]) {
          if (after.hruBytes === 0 && hru > 0) continue
          expect(unitsPerHour(after, policy, false)).toBeGreaterThanOrEqual(before)
        }
      }),
    )
  })
})

function deployment(key: string, nodeId = 11): DesiredDeployment & { key: string } {
  const texts = { metadata: '', description: '' }
  const machine: DesiredWorkload = {
    type: 'zmachine',
    name: 'vm',
    data: {
      flist: 'https://hub.grid.tf/x.flist',
      network: { public_ip: '', planetary: false, interfaces: [{ network: 'net', ip: '10.20.2.2' }] },
      size: 2n * BigInt(GIB),
      compute_capacity: { cpu: 2, memory: 4n * BigInt(GIB) },
      mounts: [],
      entrypoint: '',
      env: {},
      corex: false,
    },
    ...texts,
  }
  const disk: DesiredWorkload = { type: 'zmount', name: 'disk', data: { size: 48n * BigInt(GIB) }, ...texts }
  return {
    kind: 'deployment',
    key,
    nodeId,
    name: 'web',
    contractType: 'vm',
    contractData: '',
    ...texts,
    publicIps: 1,
    workloads: [disk, machine],
    rank: 1,
  }
}

describe('an estimate', () => {
  const facts = (balanceTft: number, rented: number[] = []): CostFacts => ({
    policy,
    tftPriceMilliUsd: 50,
    balanceUnits: BigInt(Math.round(balanceTft * 1e7)),
    rentedNodes: new Set(rented),
  })
  // 152,500 units an hour is 10.98 USD or 219.6 TFT a month.
  const MONTH_TFT = 219.6

  it.each([
    ['None', 0, 1],
    ['None', 1.49, 1],
    ['Default', 1.51, 0.8],
    ['Bronze', 3.01, 0.7],
    ['Silver', 6.01, 0.6],
    ['Gold', 18.01, 0.4],
  ] as const)('has discount %s when the balance covers %d months', (level, months, factor) => {
    const cost = estimateCost([deployment('vm/web@11')], facts(MONTH_TFT * months))
    expect(cost.discount).toBe(level)
    expect(cost.perHour.usd).toBeCloseTo(0.01525 * factor, 9)
    expect(cost.perHour.tft).toBeCloseTo(0.305 * factor, 9)
    expect(cost.perMonth.usd).toBeCloseTo(10.98 * factor, 6)
    expect(cost.perMonth.tft).toBeCloseTo(MONTH_TFT * factor, 6)
  })

  it('is the sum of its items, and says what each costs', () => {
    const cost = estimateCost([deployment('a'), deployment('b', 12)], facts(0))
    expect(cost.items.map(({ key, nodeId }) => `${key} ${nodeId}`)).toEqual(['a 11', 'b 12'])
    expect(cost.items.reduce((sum, item) => sum + item.perHour.usd, 0)).toBeCloseTo(cost.perHour.usd, 9)
  })

  it('asks only for the address on a rented node, and nothing for nothing', () => {
    expect(estimateCost([deployment('a')], facts(0, [11])).perHour.usd).toBeCloseTo(0.004, 9)
    const cost = estimateCost([{ ...deployment('a'), workloads: [], publicIps: 0 }], facts(0))
    expect(cost).toMatchObject({ perHour: { usd: 0, tft: 0 }, discount: 'None', items: [] })
  })
})
