/** Billing one contract. Source: threefoldtech/tfchain, pallets/pallet-smart-contract/src/billing.rs. */
import { DispatchFailure } from '../../runtime/dispatch-error.js'
import type { Context } from '../../runtime/pallet.js'
import type { StateReader } from '../../state/overlay.js'
import { EXISTENTIAL_DEPOSIT, freeBalance, removeGridLock, setGridLock, usableBalance } from '../accounts.js'
import { blockNumber } from '../system.js'
import * as grid from '../tfgrid/storage.js'
import { billingPrice } from '../tft-price.js'
import { nowSeconds } from '../timestamp.js'
import { nodeIdOf, removeContract, updateContractState } from './contract-state.js'
import { discounted, extraFeeCost, inTft, nameCost, percentOf, resourcesCost } from './cost.js'
import { distributeExtraFee, distributeRewards } from './distribution.js'
import { contractErrors as errors, contractEvents as events } from './events.js'
import type { Contract, ContractLockValue, ContractStateValue } from './layouts.js'
import * as items from './storage.js'

const DEFAULT_PRICING_POLICY = 1

/** Units of 1e-7 USD that a contract used in `seconds`. */
function costInUsd(state: StateReader, contract: Contract, seconds: bigint): bigint {
  if (seconds === 0n) return 0n
  const policy = errors.need(grid.pricingPolicies.get(state, DEFAULT_PRICING_POLICY), 'PricingPolicyNotExists')
  const { contractType } = contract

  switch (contractType.kind) {
    case 'NodeContract': {
      const { nodeId, publicIps } = contractType.value
      errors.ensure(grid.nodes.has(state, nodeId), 'NodeNotExists')
      const { used } = items.nodeContractResources.get(state, contract.contractId)
      const rented = items.activeRentContract.has(state, nodeId)
      const { amountUnbilled } = items.billingInformation.get(state, contract.contractId)
      return resourcesCost(used, publicIps, seconds, policy, !rented) + amountUnbilled
    }
    case 'RentContract': {
      const node = errors.need(grid.nodes.get(state, contractType.value.nodeId), 'NodeNotExists')
      const whole = resourcesCost(node.resources, 0, seconds, policy, true)
      return percentOf(Math.min(policy.discountForDedicationNodes, 100), whole)
    }
    case 'NameContract':
      return nameCost(seconds, policy)
  }
}

function dueNow(state: StateReader, contract: Contract, seconds: bigint, balance: bigint) {
  const usd = costInUsd(state, contract, seconds)
  const price = billingPrice(state)
  if (usd > 0n && price === 0) throw DispatchFailure.arithmetic('DivisionByZero')
  const regular = discounted(usd === 0n ? 0n : inTft(usd, price), seconds, balance)

  let extra = 0n
  if (contract.contractType.kind === 'RentContract') {
    const fee = items.dedicatedNodesExtraFee.get(state, contract.contractType.value.nodeId)
    const cost = extraFeeCost(fee, seconds)
    if (cost > 0n) extra = inTft(cost, price)
  }
  return { ...regular, extra }
}

/** Moves a contract into grace, out of it, or to its end; node contracts follow their node's rent contract. */
function handleGrace(context: Context, contract: Contract, usable: bigint, due: bigint): Contract {
  const { state } = context
  const current = BigInt(blockNumber.get(state))
  const where = { contractId: contract.contractId, nodeId: nodeIdOf(contract), twinId: contract.twinId }

  if (contract.state.kind === 'GracePeriod') {
    if (usable > due) {
      const next: ContractStateValue = { kind: 'Created' }
      const updated = updateContractState(context, contract, next)
      context.emit(events.ContractGracePeriodEnded(where))
      dragNodeContracts(context, updated, next)
      return updated
    }
    const over = current - contract.state.value >= BigInt(context.constants.gracePeriodBlocks)
    return over ? updateContractState(context, contract, { kind: 'Deleted', value: 'OutOfFunds' }) : contract
  }

  if (contract.state.kind === 'Created' && due >= usable) {
    const next: ContractStateValue = { kind: 'GracePeriod', value: current }
    const updated = updateContractState(context, contract, next)
    context.emit(events.ContractGracePeriodStarted({ ...where, blockNumber: current }))
    dragNodeContracts(context, updated, next)
    return updated
  }
  return contract
}

function dragNodeContracts(context: Context, rent: Contract, next: ContractStateValue): void {
  if (rent.contractType.kind !== 'RentContract') return
  const { nodeId } = rent.contractType.value
  for (const id of items.activeNodeContracts.get(context.state, nodeId)) {
    const contract = errors.need(items.contracts.get(context.state, id), 'ContractNotExists')
    updateContractState(context, contract, next)
    const where = { contractId: id, nodeId, twinId: contract.twinId }
    if (next.kind === 'Created') context.emit(events.ContractGracePeriodEnded(where))
    if (next.kind === 'GracePeriod') {
      context.emit(events.ContractGracePeriodStarted({ ...where, blockNumber: next.value }))
    }
  }
}

/** Locks what is due; after enough cycles, or at the end of the contract, pays out what is locked. */
function handleLock(context: Context, contract: Contract, lock: ContractLockValue, due: bigint): ContractLockValue {
  const { state } = context
  const { accountId: payer } = errors.need(grid.twins.get(state, contract.twinId), 'TwinNotExists')
  const lockedBalance = () => freeBalance(state, payer) - usableBalance(state, payer)

  if (contract.state.kind === 'Created') setGridLock(context, payer, lockedBalance() + due, { extend: true })

  const total = lock.amountLocked + lock.extraAmountLocked
  const ended = contract.state.kind === 'Deleted' && total > 0n
  if (lock.cycles < context.constants.distributionCycles && !ended) return lock

  // Other contracts' shares stay locked: the lock shrinks by this contract's part only.
  const before = lockedBalance()
  const remaining = before > total ? before - total : 0n
  removeGridLock(context, payer)
  let available: bigint
  if (remaining > EXISTENTIAL_DEPOSIT) {
    setGridLock(context, payer, remaining)
    available = usableBalance(state, payer)
  } else {
    const usable = usableBalance(state, payer)
    available = usable > EXISTENTIAL_DEPOSIT ? usable - EXISTENTIAL_DEPOSIT : 0n
  }

  const atMost = (amount: bigint) => (available < amount ? available : amount)
  if (lock.extraAmountLocked > 0n) {
    distributeExtraFee(context, contract, payer, atMost(lock.extraAmountLocked))
    available = usableBalance(state, payer)
  }
  const policy = errors.need(grid.pricingPolicies.get(state, DEFAULT_PRICING_POLICY), 'PricingPolicyNotExists')
  distributeRewards(context, contract, policy, payer, atMost(lock.amountLocked))
  return { amountLocked: 0n, extraAmountLocked: 0n, lockUpdated: nowSeconds(state), cycles: 0 }
}

/** @throws {DispatchFailure} */
export function billContract(context: Context, contractId: bigint): void {
  const { state } = context
  const stored = errors.need(items.contracts.get(state, contractId), 'ContractNotExists')

  // A rented node that stands by is not billed. (So a rent contract cancelled then stays stored as Deleted.)
  if (stored.contractType.kind === 'RentContract') {
    const { nodeId } = stored.contractType.value
    const standby = grid.nodes.has(state, nodeId) && grid.nodePower.get(state, nodeId).state.kind === 'Down'
    if (standby) return
  }

  const twin = errors.need(grid.twins.get(state, stored.twinId), 'TwinNotExists')
  const usable = usableBalance(state, twin.accountId)
  const stash = grid.twinBoundedAccountId.get(state, twin.id)
  const balance = usable + (stash === undefined ? 0n : usableBalance(state, stash))

  const now = nowSeconds(state)
  const before = items.contractLock.get(state, contractId)
  const seconds = now > before.lockUpdated ? now - before.lockUpdated : 0n
  const bill = dueNow(state, stored, seconds, balance)
  const due = bill.due + bill.extra
  if (due === 0n && stored.state.kind !== 'Deleted') return

  const amountLocked = before.amountLocked + bill.due
  const extraAmountLocked = before.extraAmountLocked + bill.extra
  const contract = handleGrace(context, stored, usable, amountLocked + extraAmountLocked)

  let lock = before
  if (contract.state.kind !== 'Deleted') {
    lock = { amountLocked, extraAmountLocked, lockUpdated: now, cycles: Math.min(before.cycles + 1, 0xffff) }
  }
  if (contract.state.kind === 'GracePeriod') {
    items.contractLock.put(state, lock, contractId)
    return
  }

  lock = handleLock(context, contract, lock, due)
  context.emit(events.ContractBilled({ contractId, timestamp: now, discountLevel: bill.level, amountBilled: due }))
  if (contract.state.kind === 'Deleted') {
    removeContract(context, contractId)
    return
  }

  if (contract.contractType.kind === 'NodeContract') {
    const information = items.billingInformation.get(state, contractId)
    items.billingInformation.put(state, { ...information, amountUnbilled: 0n }, contractId)
  }
  items.contractLock.put(state, lock, contractId)
}

/** Contracts that fall due in a block and have something to bill. */
export function contractsDueAt(state: StateReader, block: number): readonly bigint[] {
  const index = BigInt(block) % items.billingFrequency.get(state)
  return items.contractsToBillAt.get(state, index).filter(id => {
    const contract = items.contracts.get(state, id)
    if (contract?.contractType.kind !== 'NodeContract') return contract !== undefined
    const { hru, sru, cru, mru } = items.nodeContractResources.get(state, id).used
    const unbilled = items.billingInformation.get(state, id).amountUnbilled
    return contract.contractType.value.publicIps > 0 || hru + sru + cru + mru > 0n || unbilled > 0n
  })
}
