/**
 * TFTBridgeModule 27: fees and swaps to Stellar. Nobody runs a bridge on a local grid: swaps burn and are recorded,
 * and there are no bridge validators, so what only they may do is refused as on chain.
 * Source: threefoldtech/tfchain, pallets/pallet-tft-bridge.
 */
import { base32nopad } from '@scure/base'

import { call, defineErrors, defineEvents, type PalletDefinition, restricted, signed } from '../runtime/pallet.js'
import { accountId } from '../runtime/primitives.js'
import { option, struct, vec } from '../scale/composed.js'
import { bytes, u32, u64, u128 } from '../scale/primitives.js'
import { storageOf } from '../state/item.js'
import { deposit, usableBalance, withdraw } from './accounts.js'
import { blockNumber } from './system.js'

const types = 'pallet_tft_bridge::types::'
const stellarSignature = struct(`${types}StellarSignature`, { signature: bytes, stellarPubKey: bytes })
const mintTransaction = struct(`${types}MintTransaction`, { amount: u64, target: accountId, block: u32, votes: u32 })
const burnTransaction = struct(`${types}BurnTransaction`, {
  block: u32,
  amount: u64,
  source: option(accountId),
  target: bytes,
  signatures: vec(stellarSignature),
  sequenceNumber: u64,
})
const refundTransaction = struct(`${types}RefundTransaction`, {
  block: u32,
  amount: u64,
  target: bytes,
  txHash: bytes,
  signatures: vec(stellarSignature),
  sequenceNumber: u64,
})

const storage = storageOf('TFTBridgeModule')
const zero = () => 0n
const noRefund = () => ({
  block: 0,
  amount: 0n,
  target: new Uint8Array(),
  txHash: new Uint8Array(),
  signatures: [],
  sequenceNumber: 0n,
})
const validators = storage.value('Validators', [], vec(accountId), () => [])
const feeAccount = storage.optional('FeeAccount', [], accountId)
storage.optional('MintTransactions', [bytes], mintTransaction)
storage.optional('ExecutedMintTransactions', [bytes], mintTransaction)
const burnTransactions = storage.optional('BurnTransactions', [u64], burnTransaction)
storage.optional('ExecutedBurnTransactions', [u64], burnTransaction)
storage.value('RefundTransactions', [bytes], refundTransaction, noRefund)
storage.value('ExecutedRefundTransactions', [bytes], refundTransaction, noRefund)
const burnTransactionId = storage.value('BurnTransactionID', [], u64, zero)
export const withdrawFee = storage.value('WithdrawFee', [], u64, zero)
export const depositFee = storage.value('DepositFee', [], u64, zero)

const events = defineEvents('TFTBridgeModule', {
  MintTransactionProposed: [bytes, accountId, u64],
  MintTransactionVoted: [bytes],
  MintCompleted: [mintTransaction, bytes],
  MintTransactionExpired: [bytes, u64, accountId],
  BurnTransactionCreated: [u64, accountId, bytes, u64],
  BurnTransactionProposed: [u64, bytes, u64],
  BurnTransactionSignatureAdded: [u64, stellarSignature],
  BurnTransactionReady: [u64],
  BurnTransactionProcessed: [burnTransaction],
  BurnTransactionExpired: [u64, option(accountId), bytes, u64],
  RefundTransactionCreated: [bytes, bytes, u64],
  RefundTransactionsignatureAdded: [bytes, stellarSignature],
  RefundTransactionReady: [bytes],
  RefundTransactionProcessed: [refundTransaction],
  RefundTransactionExpired: [bytes, bytes, u64],
})

const errors = defineErrors(27, [
  'ValidatorExists',
  'ValidatorNotExists',
  'TransactionValidatorExists',
  'TransactionValidatorNotExists',
  'MintTransactionExists',
  'MintTransactionAlreadyExecuted',
  'MintTransactionNotExists',
  'BurnTransactionExists',
  'BurnTransactionNotExists',
  'BurnSignatureExists',
  'EnoughBurnSignaturesPresent',
  'RefundSignatureExists',
  'BurnTransactionAlreadyExecuted',
  'RefundTransactionNotExists',
  'RefundTransactionAlreadyExecuted',
  'EnoughRefundSignaturesPresent',
  'NotEnoughBalanceToSwap',
  'AmountIsLessThanWithdrawFee',
  'AmountIsLessThanDepositFee',
  'WrongParametersProvided',
  'InvalidStellarPublicKey',
])

/** `G…`: version byte, 32 bytes, CRC-16/XMODEM, in base32. */
function isStellarPublicKey(text: string): boolean {
  if (!/^G[A-Z2-7]{55}$/.test(text)) return false
  const raw = base32nopad.decode(text)
  let crc = 0
  for (const byte of raw.subarray(0, 33)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return raw[33] === (crc & 0xff) && raw[34] === crc >> 8
}

const signatureArgs = { amount: u64, signature: bytes, stellarPubKey: bytes, sequenceNumber: u64 }
type ValidatorCall = (context: Parameters<Parameters<typeof call>[3]>[0]) => void
/** There are no pending bridge transactions here, so a validator can only be told so. */
const validatorOnly =
  (missing: (typeof errors.list)[number]): ValidatorCall =>
  context => {
    const who = signed(context)
    errors.ensure(validators.get(context.state).includes(who), 'ValidatorNotExists')
    errors.fail(missing)
  }

export const tftBridge: PalletDefinition = {
  name: 'TFTBridgeModule',
  index: 27,
  crate: 'pallet_tft_bridge',
  storage: storage.list,
  calls: [
    call(0, 'addBridgeValidator', { target: accountId }, (context, { target }) => {
      restricted(context)
      const before = validators.get(context.state)
      errors.ensure(!before.includes(target), 'ValidatorExists')
      validators.put(context.state, [...before, target])
    }),
    call(1, 'removeBridgeValidator', { target: accountId }, (context, { target }) => {
      restricted(context)
      const before = validators.get(context.state)
      errors.ensure(before.includes(target), 'ValidatorNotExists')
      validators.put(
        context.state,
        before.filter(other => other !== target),
      )
    }),
    call(2, 'setFeeAccount', { target: accountId }, (context, { target }) => {
      restricted(context)
      feeAccount.put(context.state, target)
    }),
    call(3, 'setWithdrawFee', { amount: u64 }, (context, { amount }) => {
      restricted(context)
      withdrawFee.put(context.state, amount)
    }),
    call(4, 'setDepositFee', { amount: u64 }, (context, { amount }) => {
      restricted(context)
      depositFee.put(context.state, amount)
    }),
    call(5, 'swapToStellar', { targetStellarAddress: bytes, amount: u128 }, (context, args) => {
      const source = signed(context)
      const { state } = context
      const target = args.targetStellarAddress
      errors.ensure(isStellarPublicKey(String.fromCharCode(...target.subarray(0, 64))), 'InvalidStellarPublicKey')
      const fee = withdrawFee.get(state)
      errors.ensure(args.amount > fee, 'AmountIsLessThanWithdrawFee')
      errors.ensure(args.amount <= usableBalance(state, source), 'NotEnoughBalanceToSwap')
      withdraw(context, source, args.amount, true)
      const collector = feeAccount.get(state)
      if (collector) deposit(context, collector, fee)
      const id = burnTransactionId.get(state) + 1n
      burnTransactionId.put(state, id)
      const amount = BigInt.asUintN(64, args.amount) - fee
      context.emit(events.make.BurnTransactionCreated(id, source, target, amount))
      const block = blockNumber.get(state)
      burnTransactions.put(state, { block, amount, source, target, signatures: [], sequenceNumber: 0n }, id)
    }),
    call(
      6,
      'proposeOrVoteMintTransaction',
      { transaction: bytes, target: accountId, amount: u64 },
      validatorOnly('MintTransactionNotExists'),
    ),
    call(
      7,
      'proposeBurnTransactionOrAddSig',
      { transactionId: u64, target: bytes, ...signatureArgs },
      validatorOnly('BurnTransactionNotExists'),
    ),
    call(8, 'setBurnTransactionExecuted', { transactionId: u64 }, validatorOnly('BurnTransactionNotExists')),
    call(
      9,
      'createRefundTransactionOrAddSig',
      { txHash: bytes, target: bytes, ...signatureArgs },
      validatorOnly('RefundTransactionNotExists'),
    ),
    call(10, 'setRefundTransactionExecuted', { txHash: bytes }, validatorOnly('RefundTransactionNotExists')),
  ],
  events: events.list,
  errors: errors.list,
  constants: [],
}
