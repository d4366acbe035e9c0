/** Utility 3: batches. Source: polkadot-sdk, substrate/frame/utility. */
import { concatBytes, utf8 } from '../../../core/bytes.js'
import { fromHex, toHex } from '../../../core/hex.js'
import { DispatchFailure, dispatchError } from '../runtime/dispatch-error.js'
import {
  type Context,
  call,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  type RuntimeCall,
  root,
  signed,
} from '../runtime/pallet.js'
import { accountId, weight } from '../runtime/primitives.js'
import { dispatchResult } from '../runtime/result.js'
import { tagged, vec } from '../scale/composed.js'
import { u16, u32 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { blake256 } from '../state/hash.js'

/** `1 MiB / (size of a call rounded up to 1 KiB) / 3` in the real runtime. */
const BATCHED_CALLS_LIMIT = 10_922

const events = defineEvents('Utility', {
  BatchInterrupted: { index: u32, error: dispatchError },
  BatchCompleted: [],
  BatchCompletedWithErrors: [],
  ItemCompleted: [],
  ItemFailed: { error: dispatchError },
  DispatchedAs: { result: dispatchResult },
})
const emit = events.make
const errors = defineErrors(3, ['TooManyCalls'])

const rawOrigin = tagged('frame_support::dispatch::RawOrigin', { Root: null, Signed: accountId, None: null })
const originCaller = tagged('tfchain_runtime::OriginCaller', { system: rawOrigin })

function batchOrigin(context: Context, calls: readonly RuntimeCall[]): void {
  if (context.origin.kind === 'none') throw DispatchFailure.badOrigin()
  errors.ensure(calls.length <= BATCHED_CALLS_LIMIT, 'TooManyCalls')
}

/** The pallet, once the type of a call is known. */
export function utility(callType: Type<RuntimeCall>): PalletDefinition {
  const calls = vec(callType)
  return {
    name: 'Utility',
    index: 3,
    crate: 'pallet_utility',
    storage: [],
    calls: [
      call(0, 'batch', { calls }, (context, args) => {
        batchOrigin(context, args.calls)
        let allFree = args.calls.length > 0
        for (const [index, inner] of args.calls.entries()) {
          const { error, free } = context.dispatch(inner, context.origin)
          allFree &&= free
          if (error) return context.emit(emit.BatchInterrupted({ index, error }))
          context.emit(emit.ItemCompleted())
        }
        context.emit(emit.BatchCompleted())
        if (allFree) context.free()
      }),
      call(1, 'asDerivative', { index: u16, call: callType }, (context, args) => {
        const who = signed(context)
        const index = Uint8Array.of(args.index & 0xff, args.index >> 8)
        const derived = toHex(blake256(concatBytes(utf8('modlpy/utilisuba'), fromHex(who), index)))
        const { error, free } = context.dispatch(args.call, { kind: 'signed', account: derived })
        if (error) throw new DispatchFailure(error, 'asDerivative')
        if (free) context.free()
      }),
      call(2, 'batchAll', { calls }, (context, args) => {
        batchOrigin(context, args.calls)
        let allFree = args.calls.length > 0
        for (const inner of args.calls) {
          const { error, free } = context.dispatch(inner, context.origin)
          allFree &&= free
          if (error) throw new DispatchFailure(error, 'batchAll')
          context.emit(emit.ItemCompleted())
        }
        context.emit(emit.BatchCompleted())
        if (allFree) context.free()
      }),
      call(3, 'dispatchAs', { asOrigin: originCaller, call: callType }, (context, args) => {
        root(context)
        const { value } = args.asOrigin
        const origin =
          value.kind === 'Signed'
            ? ({ kind: 'signed', account: value.value } as const)
            : ({ kind: value.kind === 'Root' ? 'root' : 'none' } as const)
        const { error } = context.dispatch(args.call, origin)
        const result = error ? ({ kind: 'Err', value: error } as const) : ({ kind: 'Ok', value: undefined } as const)
        context.emit(emit.DispatchedAs({ result }))
      }),
      call(4, 'forceBatch', { calls }, (context, args) => {
        batchOrigin(context, args.calls)
        let failures = 0
        for (const inner of args.calls) {
          const { error } = context.dispatch(inner, context.origin)
          if (error) failures++
          context.emit(error ? emit.ItemFailed({ error }) : emit.ItemCompleted())
        }
        context.emit(failures > 0 ? emit.BatchCompletedWithErrors() : emit.BatchCompleted())
      }),
      call(5, 'withWeight', { call: callType, weight }, (context, args) => {
        root(context)
        const { error } = context.dispatch(args.call, context.origin)
        if (error) throw new DispatchFailure(error, 'withWeight')
      }),
    ],
    events: events.list,
    errors: errors.list,
    constants: [{ name: 'batched_calls_limit', type: u32 as Type<unknown>, value: BATCHED_CALLS_LIMIT }],
  }
}
