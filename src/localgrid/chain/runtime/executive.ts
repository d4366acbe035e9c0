/** Runs calls and extrinsics on state. Knows no blocks and no sockets. */
import { fromHex } from '../../../core/hex.js'
import { deposit, EXISTENTIAL_DEPOSIT, usableBalance, withdraw } from '../pallets/accounts.js'
import { authorities } from '../pallets/authorities.js'
import { account, systemEvents } from '../pallets/system.js'
import { feeOf, paymentEvents } from '../pallets/transaction-payment.js'
import { encode } from '../scale/coding.js'
import { Layer, type State, type StateReader } from '../state/overlay.js'
import type { SignedExtrinsic } from '../transactions/extrinsic.js'
import type { SignatureChecker } from '../transactions/signatures.js'
import { type DispatchErrorValue, DispatchFailure } from './dispatch-error.js'
import type { ChainConstants, Context, DispatchOutcome, EventValue, Origin, RuntimeCall } from './pallet.js'
import { theRuntime } from './runtime.js'
import { weightOf } from './weights.js'

type Emit = (event: EventValue) => void

export class Executive {
  constructor(
    readonly constants: ChainConstants,
    readonly signatures: SignatureChecker,
  ) {}

  context(state: State, origin: Origin, emit: Emit, onFree: () => void = () => {}): Context {
    return {
      state,
      origin,
      constants: this.constants,
      emit,
      free: onFree,
      dispatch: (call, as) => this.dispatch(state, call, as, emit),
      encodeCall: call => encode(theRuntime().callType, call),
      verify: (who, message, signature) => {
        const key = fromHex(who)
        return (
          this.signatures.verify(key, message, { kind: 'Ed25519', value: signature }) ||
          this.signatures.verify(key, message, { kind: 'Sr25519', value: signature })
        )
      },
      transaction: work => this.#transaction(state, emit, (layer, hold) => work(this.context(layer, origin, hold))),
    }
  }

  #transaction<T>(state: State, emit: Emit, work: (layer: Layer, hold: Emit) => T): T {
    const layer = new Layer(state)
    const held: EventValue[] = []
    const result = work(layer, event => held.push(event))
    layer.mergeInto(state)
    for (const event of held) emit(event)
    return result
  }

  /** One call in a layer of its own: a refused call leaves neither writes nor events. */
  dispatch(state: State, call: RuntimeCall, origin: Origin, emit: Emit): DispatchOutcome {
    let free = false
    try {
      this.#transaction(state, emit, (layer, hold) => {
        const onFree = () => {
          free = true
        }
        call.call.run(this.context(layer, origin, hold, onFree), call.args)
      })
      return { free }
    } catch (error) {
      return { error: dispatchErrorOf(error), free: false }
    }
  }

  /** What the sender pays at most: nobody knows before dispatch that a call is free. */
  fee(extrinsic: SignedExtrinsic): bigint {
    const { base, length } = feeOf(extrinsic.bytes.length)
    return base + length + extrinsic.tip
  }

  /** True when the sender can pay and stay alive. */
  canPay(state: StateReader, extrinsic: SignedExtrinsic): boolean {
    const fee = this.fee(extrinsic)
    const { data } = account.get(state, extrinsic.account)
    return usableBalance(state, extrinsic.account) >= fee && data.free - fee >= EXISTENTIAL_DEPOSIT
  }

  /** A valid signed extrinsic: fee, call, refund, events. The caller has checked nonce and payment. */
  apply(state: State, extrinsic: SignedExtrinsic, emit: Emit): void {
    const who = extrinsic.account
    const fee = this.fee(extrinsic)
    const before = account.get(state, who)
    account.put(state, { ...before, nonce: (before.nonce + 1) >>> 0 }, who)
    withdraw({ state, emit }, who, fee, true)

    const { error, free } = this.dispatch(state, extrinsic.call, { kind: 'signed', account: who }, emit)
    const paid = free ? extrinsic.tip : fee
    deposit({ state, emit }, who, fee - paid)
    const author = authorities.get(state)[0]
    if (author !== undefined) deposit({ state, emit }, author, paid)
    emit(paymentEvents.TransactionFeePaid({ who, actualFee: paid, tip: extrinsic.tip }))

    const dispatchInfo = {
      weight: weightOf(extrinsic.call),
      class: 'Normal' as const,
      paysFee: free ? ('No' as const) : ('Yes' as const),
    }
    emit(
      error
        ? systemEvents.ExtrinsicFailed({ dispatchError: error, dispatchInfo })
        : systemEvents.ExtrinsicSuccess({ dispatchInfo }),
    )
  }
}

/** Anything that is not a refusal (a value out of the range of its type, say) must not take the chain down. */
function dispatchErrorOf(error: unknown): DispatchErrorValue {
  if (error instanceof DispatchFailure) return error.error
  if (error instanceof RangeError) return { kind: 'Arithmetic', value: 'Overflow' }
  return { kind: 'Other' }
}
