/** TFTPriceModule 28: the price in mUSD and its average. Source: threefoldtech/tfchain, pallets/pallet-tft-price. */
import {
  type Context,
  call,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  restricted,
  signed,
} from '../runtime/pallet.js'
import { accountId } from '../runtime/primitives.js'
import { tuple } from '../scale/composed.js'
import { u16, u32 } from '../scale/primitives.js'
import { storageOf } from '../state/item.js'
import type { StateReader } from '../state/overlay.js'
import { authorities } from './authorities.js'
import { clampPrice } from './smart-contract/cost.js'

const storage = storageOf('TFTPriceModule')
const zero = () => 0

export const tftPrice = storage.value('TftPrice', [], u32, zero)
export const lastBlockSet = storage.value('LastBlockSet', [], u32, zero)
export const averageTftPrice = storage.value('AverageTftPrice', [], u32, zero)
const priceHistory = storage.value('TftPriceHistory', [u16], u32, zero)
const bufferRange = storage.value('BufferRange', [], tuple(u16, u16), () => [0, 0] as const)
export const minTftPrice = storage.value('MinTftPrice', [], u32, zero)
export const maxTftPrice = storage.value('MaxTftPrice', [], u32, zero)

/** mUSD per TFT that contracts are billed at. */
export function billingPrice(state: StateReader): number {
  return clampPrice(averageTftPrice.get(state), minTftPrice.get(state), maxTftPrice.get(state))
}

const events = defineEvents('TFTPriceModule', {
  PriceStored: [u32],
  OffchainWorkerExecuted: [accountId],
  AveragePriceStored: [u32],
  AveragePriceIsAboveMaxPrice: [u32, u32],
  AveragePriceIsBelowMinPrice: [u32, u32],
})
const errors = defineErrors(28, [
  'ErrFetchingPrice',
  'OffchainSignedTxError',
  'NoLocalAcctForSigning',
  'AccountUnauthorizedToSetPrice',
  'MaxPriceBelowMinPriceError',
  'MinPriceAboveMaxPriceError',
  'IsNotAnAuthority',
  'WrongAuthority',
])

const HISTORY = 1440

/** Adds a price to the ring of the last ones and stores the mean of those that are not zero. */
function recordPrice(context: Context, price: number, block: number): void {
  const { state } = context
  lastBlockSet.put(state, block)
  tftPrice.put(state, price)
  context.emit(events.make.PriceStored(price))

  const [start, end] = bufferRange.get(state)
  priceHistory.put(state, price, end)
  const next = (end + 1) % HISTORY
  bufferRange.put(state, [next === start ? (start + 1) % HISTORY : start, next])

  const prices = [...priceHistory.entries(state)].map(([, value]) => value).filter(value => value > 0)
  const average = prices.length === 0 ? 0 : Math.floor(prices.reduce((sum, value) => sum + value, 0) / prices.length)
  averageTftPrice.put(state, average)
  context.emit(events.make.AveragePriceStored(average))
  const [minimum, maximum] = [minTftPrice.get(state), maxTftPrice.get(state)]
  if (average < minimum) context.emit(events.make.AveragePriceIsBelowMinPrice(average, minimum))
  if (average > maximum) context.emit(events.make.AveragePriceIsAboveMaxPrice(average, maximum))
}

export const tftPriceModule: PalletDefinition = {
  name: 'TFTPriceModule',
  index: 28,
  crate: 'pallet_tft_price',
  storage: storage.list,
  calls: [
    call(0, 'setPrices', { price: u32, blockNumber: u32 }, (context, args) => {
      const who = signed(context)
      errors.ensure(authorities.get(context.state).includes(who), 'AccountUnauthorizedToSetPrice')
      recordPrice(context, args.price, args.blockNumber)
      context.free()
    }),
    call(2, 'setMinTftPrice', { price: u32 }, (context, { price }) => {
      restricted(context)
      errors.ensure(price < maxTftPrice.get(context.state), 'MinPriceAboveMaxPriceError')
      minTftPrice.put(context.state, price)
    }),
    call(3, 'setMaxTftPrice', { price: u32 }, (context, { price }) => {
      restricted(context)
      errors.ensure(price > minTftPrice.get(context.state), 'MaxPriceBelowMinPriceError')
      maxTftPrice.put(context.state, price)
    }),
  ],
  events: events.list,
  errors: errors.list,
  constants: [],
}
