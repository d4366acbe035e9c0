/** TransactionPayment 21: about 10,000 units an extrinsic and one unit a byte. */
import { defineEvents, type PalletDefinition } from '../runtime/pallet.js'
import { accountId } from '../runtime/primitives.js'
import { u8, u128 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { storageOf } from '../state/item.js'

export const BASE_FEE = 10_000n

const storage = storageOf('TransactionPayment')
storage.value('NextFeeMultiplier', [], u128, () => 1_000_000_000_000_000_000n)

const events = defineEvents('TransactionPayment', {
  TransactionFeePaid: { who: accountId, actualFee: u128, tip: u128 },
})
export const paymentEvents = events.make

/** Units of 1e-7 TFT for an extrinsic of this length, without its tip. */
export function feeOf(lengthBytes: number): { base: bigint; length: bigint } {
  return { base: BASE_FEE, length: BigInt(lengthBytes) }
}

export const transactionPayment: PalletDefinition = {
  name: 'TransactionPayment',
  index: 21,
  crate: 'pallet_transaction_payment',
  storage: storage.list,
  calls: [],
  events: events.list,
  errors: [],
  constants: [{ name: 'OperationalFeeMultiplier', type: u8 as Type<unknown>, value: 5 }],
}
