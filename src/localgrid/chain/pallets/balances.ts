/** Balances 20: the calls. */
import { DispatchFailure } from '../runtime/dispatch-error.js'
import { call, type PalletDefinition, root, signed } from '../runtime/pallet.js'
import { accountId, multiAddress } from '../runtime/primitives.js'
import { compact, vec } from '../scale/composed.js'
import { bool, u32, u128 } from '../scale/primitives.js'
import type { Type, ValueOf } from '../scale/type.js'
import { EXISTENTIAL_DEPOSIT, setBalance, transfer, usableBalance } from './accounts.js'
import { balanceErrors, balanceEventList, balancesStorage } from './balances-items.js'

/** The account behind an address; indices do not exist on this chain. */
export function lookup(address: ValueOf<typeof multiAddress>): string {
  if (address.kind !== 'Id') throw DispatchFailure.other('CannotLookup', 'only account ids can be looked up')
  return address.value
}

const amount = compact(u128)
const destination = { dest: multiAddress, value: amount }

export const balances: PalletDefinition = {
  name: 'Balances',
  index: 20,
  crate: 'pallet_balances',
  storage: balancesStorage,
  calls: [
    call(0, 'transferAllowDeath', destination, (context, { dest, value }) =>
      transfer(context, signed(context), lookup(dest), value, false),
    ),
    call(1, 'setBalanceDeprecated', { who: multiAddress, newFree: amount, oldReserved: amount }, (context, args) => {
      root(context)
      setBalance(context, lookup(args.who), args.newFree)
    }),
    call(2, 'forceTransfer', { source: multiAddress, ...destination }, (context, { source, dest, value }) => {
      root(context)
      transfer(context, lookup(source), lookup(dest), value, false)
    }),
    call(3, 'transferKeepAlive', destination, (context, { dest, value }) =>
      transfer(context, signed(context), lookup(dest), value, true),
    ),
    call(4, 'transferAll', { dest: multiAddress, keepAlive: bool }, (context, { dest, keepAlive }) => {
      const from = signed(context)
      const usable = usableBalance(context.state, from)
      const kept = keepAlive ? EXISTENTIAL_DEPOSIT : 0n
      transfer(context, from, lookup(dest), usable > kept ? usable - kept : 0n, keepAlive)
    }),
    // Nothing on this chain reserves, so there is never anything to give back.
    call(5, 'forceUnreserve', { who: multiAddress, amount: u128 }, root),
    call(6, 'upgradeAccounts', { who: vec(accountId) }, context => void signed(context)),
    call(7, 'transfer', destination, (context, { dest, value }) =>
      transfer(context, signed(context), lookup(dest), value, false),
    ),
    call(8, 'forceSetBalance', { who: multiAddress, newFree: amount }, (context, args) => {
      root(context)
      setBalance(context, lookup(args.who), args.newFree)
    }),
  ],
  events: balanceEventList,
  errors: balanceErrors.list,
  constants: [
    { name: 'ExistentialDeposit', type: u128 as Type<unknown>, value: EXISTENTIAL_DEPOSIT },
    { name: 'MaxLocks', type: u32 as Type<unknown>, value: 50 },
    { name: 'MaxReserves', type: u32 as Type<unknown>, value: 50 },
  ],
}
