/** Storage, events and errors of Balances 20. Source: polkadot-sdk, substrate/frame/balances. */
import { defineErrors, defineEvents } from '../runtime/pallet.js'
import { accountData, accountId } from '../runtime/primitives.js'
import { boundedVec, names, struct } from '../scale/composed.js'
import { fixedBytes, u128 } from '../scale/primitives.js'
import type { ValueOf } from '../scale/type.js'
import { storageOf } from '../state/item.js'

const storage = storageOf('Balances')
export const balancesStorage = storage.list

const reasons = names('pallet_balances::types::Reasons', ['Fee', 'Misc', 'All'])
const balanceLock = struct('pallet_balances::types::BalanceLock', { id: fixedBytes(8), amount: u128, reasons })
const reserveData = struct('pallet_balances::types::ReserveData', { id: fixedBytes(8), amount: u128 })
export type BalanceLock = ValueOf<typeof balanceLock>

export const totalIssuance = storage.value('TotalIssuance', [], u128, () => 0n)
storage.value('InactiveIssuance', [], u128, () => 0n)
storage.value('Account', [accountId], accountData, () => ({ free: 0n, reserved: 0n, frozen: 0n, flags: 1n << 127n }))
export const locks = storage.value('Locks', [accountId], boundedVec(balanceLock, 50), () => [])
storage.value('Reserves', [accountId], boundedVec(reserveData, 50), () => [])

const status = names('frame_support::traits::tokens::misc::BalanceStatus', ['Free', 'Reserved'])
const who = { who: accountId, amount: u128 }

const events = defineEvents('Balances', {
  Endowed: { account: accountId, freeBalance: u128 },
  DustLost: { account: accountId, amount: u128 },
  Transfer: { from: accountId, to: accountId, amount: u128 },
  BalanceSet: { who: accountId, free: u128 },
  Reserved: who,
  Unreserved: who,
  ReserveRepatriated: { from: accountId, to: accountId, amount: u128, destinationStatus: status },
  Deposit: who,
  Withdraw: who,
  Slashed: who,
  Minted: who,
  Burned: who,
  Suspended: who,
  Restored: who,
  Upgraded: { who: accountId },
  Issued: { amount: u128 },
  Rescinded: { amount: u128 },
  Locked: who,
  Unlocked: who,
  Frozen: who,
  Thawed: who,
})
export const balanceEvents = events.make
export const balanceEventList = events.list

export const balanceErrors = defineErrors(20, [
  'VestingBalance',
  'LiquidityRestrictions',
  'InsufficientBalance',
  'ExistentialDeposit',
  'Expendability',
  'ExistingVestingSchedule',
  'DeadAccount',
  'TooManyReserves',
  'TooManyHolds',
  'TooManyFreezes',
])
