/** What a pallet is: calls, events, errors, storage and constants, with the indices they have on the wire. */
import type { AnyFields, AnyType, StructOf } from '../scale/composed.js'
import { struct } from '../scale/composed.js'
import type { Type, ValueOf } from '../scale/type.js'
import type { AnyItem } from '../state/item.js'
import type { State } from '../state/overlay.js'
import { type DispatchErrorValue, DispatchFailure } from './dispatch-error.js'

export type Origin =
  | { readonly kind: 'root' }
  | { readonly kind: 'signed'; readonly account: string }
  | { readonly kind: 'council'; readonly ayes: number; readonly seats: number }
  | { readonly kind: 'none' }

/** One call with its decoded arguments. */
export interface RuntimeCall {
  readonly pallet: PalletDefinition
  readonly call: CallDefinition
  readonly args: Readonly<Record<string, unknown>>
}

export interface EventValue {
  readonly pallet: string
  readonly event: EventDefinition
  readonly values: readonly unknown[]
}

export interface DispatchOutcome {
  readonly error?: DispatchErrorValue
  /** `Pays::No`: the fee is given back. */
  readonly free: boolean
}

export interface ChainConstants {
  readonly billingFrequency: number
  readonly gracePeriodBlocks: number
  readonly distributionCycles: number
  /** Any relay text is a valid relay, so that clients which write `ws:/127.0.0.1:…` can be used. */
  readonly anyRelay: boolean
}

/** What a call may do. One per dispatch; `state` is its own layer. */
export interface Context {
  readonly state: State
  readonly origin: Origin
  readonly constants: ChainConstants
  emit(event: EventValue): void
  /** Runs a call in a layer of its own: its writes and events are kept only when it succeeds. */
  dispatch(call: RuntimeCall, origin: Origin): DispatchOutcome
  /** SCALE of a call, for hashes. */
  encodeCall(call: RuntimeCall): Uint8Array
  /** Makes the call free of charge. */
  free(): void
  /** sr25519 or ed25519 by the account's key. */
  verify(account: string, message: Uint8Array, signature: Uint8Array): boolean
  /** The same context under a fresh layer that the caller merges or drops. */
  transaction<T>(work: (context: Context) => T): T
}

export interface CallDefinition {
  readonly index: number
  readonly name: string
  readonly args: Type<Readonly<Record<string, unknown>>>
  readonly fields: AnyFields
  run(context: Context, args: Readonly<Record<string, unknown>>): void
}

export interface EventDefinition {
  readonly index: number
  readonly name: string
  readonly fields: readonly { readonly name?: string; readonly type: Type<unknown> }[]
}

export interface ConstantDefinition {
  readonly name: string
  readonly type: Type<unknown>
  readonly value: unknown
}

export interface PalletDefinition {
  readonly name: string
  readonly index: number
  /** `pallet_balances`: first part of its types' paths. */
  readonly crate: string
  readonly storage: readonly AnyItem[]
  readonly calls: readonly CallDefinition[]
  readonly events: readonly EventDefinition[]
  readonly errors: readonly string[]
  readonly constants: readonly ConstantDefinition[]
}

/** A call; `run` throws a `DispatchFailure` when the chain refuses it. */
export function call<const F extends AnyFields>(
  index: number,
  name: string,
  fields: F,
  run: (context: Context, args: StructOf<F>) => void,
): CallDefinition {
  return { index, name, fields, args: struct('', fields) as never, run: run as never }
}

type EventFields = AnyFields | readonly AnyType[]
type Maker<F> = F extends readonly unknown[]
  ? (...values: { [I in keyof F]: ValueOf<F[I]> }) => EventValue
  : (values: StructOf<F>) => EventValue

/** Events by name, numbered in order; lists are unnamed fields, objects named ones. */
export function defineEvents<const E extends Readonly<Record<string, EventFields>>>(
  pallet: string,
  events: E,
): { readonly list: readonly EventDefinition[]; readonly make: { readonly [K in keyof E]: Maker<E[K]> } } {
  const list: EventDefinition[] = []
  const make: Record<string, unknown> = {}
  for (const [index, [name, fields]] of Object.entries(events).entries()) {
    const named = !Array.isArray(fields)
    const names = named ? Object.keys(fields) : []
    const types = Object.values(fields) as Type<unknown>[]
    const event: EventDefinition = {
      index,
      name,
      fields: types.map((type, i) => (named ? { name: names[i] as string, type } : { type })),
    }
    list.push(event)
    make[name] = named
      ? (values: Record<string, unknown>) => ({ pallet, event, values: names.map(key => values[key]) })
      : (...values: unknown[]) => ({ pallet, event, values })
  }
  return { list, make: make as never }
}

export interface Errors<N extends string> {
  readonly list: readonly N[]
  fail(name: N): never
  ensure(condition: boolean, name: N): void
  /** The value, or the failure. */
  need<T>(value: T | undefined, name: N): T
}

/** A pallet's errors, numbered in order. */
export function defineErrors<const N extends readonly string[]>(palletIndex: number, list: N): Errors<N[number]> {
  const fail = (name: N[number]): never => {
    throw DispatchFailure.module(palletIndex, list.indexOf(name), name)
  }
  return {
    list,
    fail,
    ensure: (condition, name) => {
      if (!condition) fail(name)
    },
    need: (value, name) => value ?? fail(name),
  }
}

/** @throws {DispatchFailure} BadOrigin unless somebody signed */
export function signed(context: Context): string {
  if (context.origin.kind !== 'signed') throw DispatchFailure.badOrigin()
  return context.origin.account
}

export function root(context: Context): void {
  if (context.origin.kind !== 'root') throw DispatchFailure.badOrigin()
}

/** Root or three fifths of the council. */
export function restricted(context: Context): void {
  const { origin } = context
  const approved = origin.kind === 'council' && origin.seats > 0 && origin.ayes * 5 >= origin.seats * 3
  if (origin.kind !== 'root' && !approved) throw DispatchFailure.badOrigin()
}
