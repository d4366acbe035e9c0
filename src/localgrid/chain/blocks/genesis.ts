/** Block 0: prices, policies, the accounts the grid pays to, and a seed that makes every local grid a chain of its own. */
import { utf8 } from '../../../core/bytes.js'
import { setBalance } from '../pallets/accounts.js'
import { authorities } from '../pallets/authorities.js'
import { setCouncil } from '../pallets/council-items.js'
import { STAKING_POOL } from '../pallets/smart-contract/distribution.js'
import * as contracts from '../pallets/smart-contract/storage.js'
import type { Policy } from '../pallets/tfgrid/layouts.js'
import * as grid from '../pallets/tfgrid/storage.js'
import { depositFee, withdrawFee } from '../pallets/tft-bridge.js'
import { averageTftPrice, maxTftPrice, minTftPrice, tftPrice } from '../pallets/tft-price.js'
import type { State } from '../state/overlay.js'

/** What a new chain starts with; ignored when the store already holds a chain. */
export interface GenesisOptions {
  /** mUSD per TFT; 50 when absent. */
  readonly tftPriceMilliUsd?: number
  /** Units of 1e-7 USD an hour; those of the real genesis when absent. */
  readonly pricing?: {
    readonly su?: number
    readonly cu?: number
    readonly nu?: number
    readonly ipu?: number
    readonly uniqueName?: number
    readonly domainName?: number
    /** Percent. */
    readonly dedicatedDiscount?: number
  }
  /** Blocks between two bills of a contract; 600 (an hour of six-second blocks) when absent. */
  readonly billingFrequency?: number
  /** Blocks until a contract in grace ends; 201,600 (14 days) when absent. */
  readonly gracePeriodBlocks?: number
  /** Bills after which what is locked is paid out; 24 when absent. */
  readonly distributionCycles?: number
  /** Accounts (64 hex digits) of the council; Alice, Bob and Eve, the development accounts, when absent. */
  readonly council?: readonly string[]
  /** Takes any relay text on a twin, where the real chain only takes host names. */
  readonly anyRelay?: boolean
}

export const DEVELOPMENT = {
  alice: 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
  bob: '8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
  eve: 'e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
  ferdie: '1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
} as const

const THOUSAND_TFT = 10_000_000_000n
const text = (value: string) => utf8(value)

export function writeGenesis(state: State, options: GenesisOptions, seed: Uint8Array): void {
  // The seed is state like any other, so the genesis hash depends on it.
  state.write('3a6879706861655f67656e657369735f73656564', { bytes: seed }) // ":hyphae_genesis_seed"

  const price = options.tftPriceMilliUsd ?? 50
  tftPrice.put(state, price)
  averageTftPrice.put(state, price)
  minTftPrice.put(state, 10)
  maxTftPrice.put(state, 1000)

  const prices = options.pricing ?? {}
  const policy = (value: number): Policy => ({ value, unit: 'Gigabytes' })
  grid.pricingPolicies.put(
    state,
    {
      version: 1,
      id: 1,
      name: text('threefold_default_pricing_policy'),
      su: policy(prices.su ?? 50_000),
      cu: policy(prices.cu ?? 100_000),
      nu: policy(prices.nu ?? 15_000),
      ipu: policy(prices.ipu ?? 40_000),
      uniqueName: policy(prices.uniqueName ?? 2_500),
      domainName: policy(prices.domainName ?? 5_000),
      foundationAccount: DEVELOPMENT.eve,
      certifiedSalesAccount: DEVELOPMENT.ferdie,
      discountForDedicationNodes: prices.dedicatedDiscount ?? 50,
    },
    1,
  )
  grid.pricingPolicyId.put(state, 1)

  const farming = { version: 1, policyCreated: 0, policyEnd: 0, immutable: false, default: true, minimalUptime: 95 }
  const notCertified = { farmCertification: 'NotCertified' } as const
  const diy = { id: 1, name: text('threefold_default_diy_farming_policy'), cu: 2400, su: 1000, nu: 30, ipv4: 5 }
  grid.farmingPolicies.put(state, { ...farming, ...diy, ...notCertified, nodeCertification: 'Diy' }, 1)
  const certified = {
    id: 2,
    name: text('threefold_default_certified_farming_policy'),
    cu: 3000,
    su: 1250,
    nu: 38,
    ipv4: 6,
  }
  grid.farmingPolicies.put(state, { ...farming, ...certified, ...notCertified, nodeCertification: 'Certified' }, 2)
  grid.farmingPolicyId.put(state, 2)
  grid.connectionPrice.put(state, 80)
  contracts.billingFrequency.put(state, BigInt(options.billingFrequency ?? contracts.DEFAULT_BILLING_FREQUENCY))
  withdrawFee.put(state, 10_000_000n)
  depositFee.put(state, 10_000_000n)

  setCouncil(state, options.council ?? [DEVELOPMENT.alice, DEVELOPMENT.bob, DEVELOPMENT.eve])
  authorities.put(state, [DEVELOPMENT.alice])

  // Shares of a bill can be smaller than an account may be: whom bills are paid to must exist.
  const money = { state, emit: () => {} }
  for (const who of [DEVELOPMENT.alice, DEVELOPMENT.eve, DEVELOPMENT.ferdie, STAKING_POOL]) {
    setBalance(money, who, THOUSAND_TFT)
  }
}
