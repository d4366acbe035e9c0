/** What nodes and farmers tell of use and fees. Source: pallets/pallet-smart-contract/src/grid_contract.rs. */
import { type CallDefinition, type Context, call, restricted, signed } from '../../runtime/pallet.js'
import { vec } from '../../scale/composed.js'
import { u32, u64 } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'
import * as grid from '../tfgrid/storage.js'
import { nodeContractOf } from './contract-state.js'
import { networkCost } from './cost.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import { contractResources, nruConsumption } from './layouts.js'
import { nodeHasNoActiveContracts } from './nodes.js'
import * as items from './storage.js'

/** Stores what `nodeId` says its contracts use. Unknown contracts are passed over. */
export function reportResources(
  context: Context,
  nodeId: number,
  reports: readonly ValueOf<typeof contractResources>[],
): void {
  for (const report of reports) {
    const contract = items.contracts.get(context.state, report.contractId)
    if (!contract) continue
    errors.ensure(nodeContractOf(contract).nodeId === nodeId, 'NodeNotAuthorizedToComputeReport')
    items.nodeContractResources.put(context.state, report, report.contractId)
    context.emit(events.UpdatedUsedResources(report))
  }
}

export const reportCalls: readonly CallDefinition[] = [
  call(5, 'addNruReports', { reports: vec(nruConsumption) }, (context, { reports }) => {
    const who = signed(context)
    const { state } = context
    const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
    const node = errors.need(grid.nodes.get(state, grid.nodeIdByTwinId.get(state, twinId)), 'NodeNotExists')
    const farm = errors.need(grid.farms.get(state, node.farmId), 'FarmNotExists')
    const policy = errors.need(grid.pricingPolicies.get(state, farm.pricingPolicyId), 'PricingPolicyNotExists')

    for (const report of reports) {
      const contract = items.contracts.get(state, report.contractId)
      if (!contract || !items.billingInformation.has(state, report.contractId)) continue
      errors.ensure(nodeContractOf(contract).nodeId === node.id, 'NodeNotAuthorizedToComputeReport')
      const before = items.billingInformation.get(state, report.contractId)
      // A report older than the last one adds nothing, but is acknowledged all the same.
      if (report.timestamp >= before.lastUpdated) {
        const amountUnbilled = BigInt.asUintN(64, before.amountUnbilled + networkCost(report, policy))
        items.billingInformation.put(
          state,
          { ...before, amountUnbilled, lastUpdated: report.timestamp },
          report.contractId,
        )
      }
      context.emit(events.NruConsumptionReportReceived(report))
    }
    context.free()
  }),
  call(6, 'reportContractResources', { contractResources: vec(contractResources) }, (context, args) => {
    const who = signed(context)
    const twinId = errors.need(grid.twinIdByAccountId.get(context.state, who), 'TwinNotExists')
    errors.ensure(grid.nodeIdByTwinId.has(context.state, twinId), 'NodeNotExists')
    reportResources(context, grid.nodeIdByTwinId.get(context.state, twinId), args.contractResources)
    context.free()
  }),
  call(18, 'changeBillingFrequency', { frequency: u64 }, (context, { frequency }) => {
    restricted(context)
    errors.ensure(frequency > items.billingFrequency.get(context.state), 'CanOnlyIncreaseFrequency')
    items.billingFrequency.put(context.state, frequency)
    context.emit(events.BillingFrequencyChanged(frequency))
  }),
  call(20, 'setDedicatedNodeExtraFee', { nodeId: u32, extraFee: u64 }, (context, { nodeId, extraFee }) => {
    const who = signed(context)
    const { state } = context
    const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
    const node = errors.need(grid.nodes.get(state, nodeId), 'NodeNotExists')
    const farm = errors.need(grid.farms.get(state, node.farmId), 'FarmNotExists')
    errors.ensure(twinId === farm.twinId, 'UnauthorizedToSetExtraFee')
    errors.ensure(nodeHasNoActiveContracts(state, nodeId), 'NodeHasActiveContracts')
    items.dedicatedNodesExtraFee.put(state, extraFee, nodeId)
    context.emit(events.NodeExtraFeeSet({ nodeId, extraFee }))
  }),
]
