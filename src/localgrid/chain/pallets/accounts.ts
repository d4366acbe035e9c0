/** Moving money: what other pallets and the fee do with balances. Rules of polkadot-sdk, substrate/frame/balances. */
import { utf8 } from '../../../core/bytes.js'
import { DispatchFailure } from '../runtime/dispatch-error.js'
import type { Context } from '../runtime/pallet.js'
import type { StateReader } from '../state/overlay.js'
import { type BalanceLock, balanceEvents, locks, totalIssuance } from './balances-items.js'
import { account, emptyAccount, systemEvents } from './system.js'

/** Units of 1e-7 TFT below which an account ceases to exist. */
export const EXISTENTIAL_DEPOSIT = 500n

export const GRID_LOCK = utf8('gridlock')

type Money = Pick<Context, 'state' | 'emit'>

export function freeBalance(state: StateReader, who: string): bigint {
  return account.get(state, who).data.free
}

/** Free and not locked: `pallet_balances::usable_balance`. */
export function usableBalance(state: StateReader, who: string): bigint {
  const { free, frozen } = account.get(state, who).data
  return free > frozen ? free - frozen : 0n
}

function setFree({ state, emit }: Money, who: string, free: bigint): void {
  const before = account.get(state, who)
  const isNew = before.providers === 0
  account.put(state, { ...before, providers: 1, data: { ...before.data, free } }, who)
  if (!isNew) return
  emit(systemEvents.NewAccount({ account: who }))
  emit(balanceEvents.Endowed({ account: who, freeBalance: free }))
}

function issue({ state }: Money, by: bigint): void {
  totalIssuance.put(state, totalIssuance.get(state) + by)
}

/** Removes an account that fell below the existential deposit; what was left is lost. */
function reapIfDust(money: Money, who: string): void {
  const { state, emit } = money
  const { data } = account.get(state, who)
  if (data.free + data.reserved >= EXISTENTIAL_DEPOSIT) return
  if (data.free > 0n) {
    issue(money, -data.free)
    emit(balanceEvents.DustLost({ account: who, amount: data.free }))
  }
  account.put(state, { ...emptyAccount, nonce: account.get(state, who).nonce }, who)
  if (account.get(state, who).nonce === 0) account.remove(state, who)
  emit(systemEvents.KilledAccount({ account: who }))
}

/** Throws unless `amount` can leave `who`. */
function ensureCanLeave(state: StateReader, who: string, amount: bigint, keepAlive: boolean): void {
  const { data } = account.get(state, who)
  if (amount > data.free) throw DispatchFailure.token('FundsUnavailable')
  const left = data.free - amount
  if (left < data.frozen) throw DispatchFailure.token('Frozen')
  if (keepAlive && left < EXISTENTIAL_DEPOSIT) throw DispatchFailure.token('NotExpendable')
}

/** @throws {DispatchFailure} Token errors, as the runtime names them */
export function transfer(money: Money, from: string, to: string, amount: bigint, keepAlive: boolean): void {
  const { state, emit } = money
  ensureCanLeave(state, from, amount, keepAlive)
  if (from !== to) {
    const target = account.get(state, to)
    if (target.providers === 0 && amount < EXISTENTIAL_DEPOSIT) throw DispatchFailure.token('BelowMinimum')
    if (amount > 0n) {
      const source = account.get(state, from)
      account.put(state, { ...source, data: { ...source.data, free: source.data.free - amount } }, from)
      setFree(money, to, target.data.free + amount)
      reapIfDust(money, from)
    }
  }
  emit(balanceEvents.Transfer({ from, to, amount }))
}

/** Takes units out of existence (or out of an account, until `deposit` puts them elsewhere). */
export function withdraw(money: Money, who: string, amount: bigint, keepAlive: boolean): void {
  if (amount === 0n) return
  ensureCanLeave(money.state, who, amount, keepAlive)
  const source = account.get(money.state, who)
  account.put(money.state, { ...source, data: { ...source.data, free: source.data.free - amount } }, who)
  issue(money, -amount)
  money.emit(balanceEvents.Withdraw({ who, amount }))
  if (!keepAlive) reapIfDust(money, who)
}

/** Puts new units into an account, making it when needed. Amounts too small to make one are lost, as on chain. */
export function deposit(money: Money, who: string, amount: bigint): void {
  const target = account.get(money.state, who)
  if (amount === 0n || (target.providers === 0 && amount < EXISTENTIAL_DEPOSIT)) return
  setFree(money, who, target.data.free + amount)
  issue(money, amount)
  money.emit(balanceEvents.Deposit({ who, amount }))
}

/** Sets the free balance outright (root, genesis, the grid itself). */
export function setBalance(money: Money, who: string, free: bigint): void {
  const before = account.get(money.state, who).data.free
  issue(money, free - before)
  if (free === 0n && account.get(money.state, who).providers === 0) return
  setFree(money, who, free)
  reapIfDust(money, who)
  money.emit(balanceEvents.BalanceSet({ who, free }))
}

function writeLocks({ state }: Money, who: string, list: readonly BalanceLock[]): void {
  if (list.length > 0) locks.put(state, list, who)
  else locks.remove(state, who)
  const before = account.get(state, who)
  let frozen = 0n
  for (const { amount } of list) if (amount > frozen) frozen = amount
  account.put(state, { ...before, data: { ...before.data, frozen } }, who)
}

const isGridLock = (lock: BalanceLock) => lock.id.every((byte, i) => byte === GRID_LOCK[i])

export function removeGridLock(money: Money, who: string): void {
  const list = locks.get(money.state, who)
  const left = list.filter(lock => !isGridLock(lock))
  const freed = list.reduce((sum, lock) => (isGridLock(lock) ? sum + lock.amount : sum), 0n)
  writeLocks(money, who, left)
  if (freed > 0n) money.emit(balanceEvents.Unlocked({ who, amount: freed }))
}

/** Sets the grid's lock to `amount`; with `extend` only ever upwards. */
export function setGridLock(money: Money, who: string, amount: bigint, options: { extend?: boolean } = {}): void {
  const list = locks.get(money.state, who)
  const before = list.find(isGridLock)?.amount ?? 0n
  const after = options.extend && before > amount ? before : amount
  if (after === 0n) return
  writeLocks(money, who, [...list.filter(lock => !isGridLock(lock)), { id: GRID_LOCK, amount: after, reasons: 'All' }])
  if (after > before) money.emit(balanceEvents.Locked({ who, amount: after - before }))
  if (after < before) money.emit(balanceEvents.Unlocked({ who, amount: before - after }))
}
