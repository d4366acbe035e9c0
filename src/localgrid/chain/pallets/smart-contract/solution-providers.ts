/** Solution providers. Source: threefoldtech/tfchain, pallets/pallet-smart-contract/src/solution_provider.rs. */
import { type CallDefinition, call, restricted, signed } from '../../runtime/pallet.js'
import { vec } from '../../scale/composed.js'
import { bool, bytes, u64 } from '../../scale/primitives.js'
import type { StateReader } from '../../state/overlay.js'
import * as grid from '../tfgrid/storage.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import { provider } from './layouts.js'
import * as items from './storage.js'

/** @throws {DispatchFailure} when an id is given that is unknown or not approved */
export function validateSolutionProvider(state: StateReader, id: bigint | undefined): void {
  if (id === undefined) return
  const solution = errors.need(items.solutionProviders.get(state, id), 'NoSuchSolutionProvider')
  errors.ensure(solution.approved, 'SolutionProviderNotApproved')
}

const described = { description: bytes, link: bytes, providers: vec(provider) }

export const solutionProviderCalls: readonly CallDefinition[] = [
  call(8, 'createSolutionProvider', described, (context, args) => {
    signed(context)
    const take = args.providers.reduce((sum, { take }) => sum + take, 0)
    errors.ensure(take <= 50, 'InvalidProviderConfiguration')
    const id = items.solutionProviderId.get(context.state) + 1n
    const stored = { solutionProviderId: id, ...args, approved: false }
    items.solutionProviderId.put(context.state, id)
    items.solutionProviders.put(context.state, stored, id)
    context.emit(events.SolutionProviderCreated(stored))
  }),
  call(9, 'approveSolutionProvider', { solutionProviderId: u64, approve: bool }, (context, args) => {
    restricted(context)
    const id = args.solutionProviderId
    const stored = errors.need(items.solutionProviders.get(context.state, id), 'NoSuchSolutionProvider')
    items.solutionProviders.put(context.state, { ...stored, approved: args.approve }, id)
    context.emit(events.SolutionProviderApproved(id, args.approve))
  }),
  call(19, 'attachSolutionProviderId', { contractId: u64, solutionProviderId: u64 }, (context, args) => {
    const who = signed(context)
    const { state } = context
    errors.need(items.solutionProviders.get(state, args.solutionProviderId), 'NoSuchSolutionProvider')
    validateSolutionProvider(state, args.solutionProviderId)
    const contract = errors.need(items.contracts.get(state, args.contractId), 'ContractNotExists')
    const twinId = errors.need(grid.twinIdByAccountId.get(state, who), 'TwinNotExists')
    const mayAttach = contract.twinId === twinId && contract.solutionProviderId === undefined
    errors.ensure(mayAttach, 'UnauthorizedToChangeSolutionProviderId')
    const updated = { ...contract, solutionProviderId: args.solutionProviderId }
    items.contracts.put(state, updated, contract.contractId)
    context.emit(events.ContractUpdated(updated))
  }),
]
