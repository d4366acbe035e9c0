/** Who gets what a contract paid. Source: threefoldtech/tfchain, pallets/pallet-smart-contract/src/billing.rs. */
import type { Context } from '../../runtime/pallet.js'
import { transfer, withdraw } from '../accounts.js'
import type { PricingPolicy } from '../tfgrid/layouts.js'
import * as grid from '../tfgrid/storage.js'
import { perbillOf } from './cost.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import type { Contract } from './layouts.js'
import * as items from './storage.js'

/** 5CNposRewardAccount11111111111111111111111111FSU */
export const STAKING_POOL = '0dd1d1a6e5a35aa8c7f5e57e1edd0c3fbd6abf2eaa8ef42548986e54a2562000'

/** The extra fee of a dedicated node goes to its farmer. */
export function distributeExtraFee(context: Context, contract: Contract, payer: string, amount: bigint): void {
  if (amount === 0n) return
  if (contract.contractType.kind !== 'RentContract') errors.fail('InvalidContractType')
  const { nodeId } = contract.contractType.value as { nodeId: number }
  const node = errors.need(grid.nodes.get(context.state, nodeId), 'NodeNotExists')
  const farm = errors.need(grid.farms.get(context.state, node.farmId), 'FarmNotExists')
  const farmer = errors.need(grid.twins.get(context.state, farm.twinId), 'TwinNotExists')
  transfer(context, payer, farmer.accountId, amount, true)
}

/** 10 % foundation, 5 % staking pool, 50 % solution providers and sales, the rest burned. */
export function distributeRewards(
  context: Context,
  contract: Contract,
  policy: PricingPolicy,
  payer: string,
  amount: bigint,
): void {
  if (amount === 0n) return
  const foundation = perbillOf(10, amount)
  transfer(context, payer, policy.foundationAccount, foundation, true)
  const staking = perbillOf(5, amount)
  transfer(context, payer, STAKING_POOL, staking, true)

  let salesPercent = 50
  const id = contract.solutionProviderId
  const solution = id === undefined ? undefined : items.solutionProviders.get(context.state, id)
  for (const { who, take } of solution?.providers ?? []) {
    transfer(context, payer, who, perbillOf(take, amount), true)
    salesPercent -= take
  }
  if (salesPercent > 0) {
    transfer(context, payer, policy.certifiedSalesAccount, perbillOf(salesPercent, amount), true)
  }

  const burned = perbillOf(50, amount) - foundation - staking
  withdraw(context, payer, burned, true)
  context.emit(events.TokensBurned({ contractId: contract.contractId, amount: burned }))
}
