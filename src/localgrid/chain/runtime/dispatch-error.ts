/** Why a call was refused, as the runtime says it (sp_runtime::DispatchError). */
import { names, struct, tagged } from '../scale/composed.js'
import { fixedBytes, u8 } from '../scale/primitives.js'
import type { ValueOf } from '../scale/type.js'

export const moduleError = struct('sp_runtime::ModuleError', { index: u8, error: fixedBytes(4) })

export const tokenError = names('sp_runtime::TokenError', [
  'FundsUnavailable',
  'OnlyProvider',
  'BelowMinimum',
  'CannotCreate',
  'UnknownAsset',
  'Frozen',
  'Unsupported',
  'CannotCreateHold',
  'NotExpendable',
  'Blocked',
])

export const arithmeticError = names('sp_arithmetic::ArithmeticError', ['Underflow', 'Overflow', 'DivisionByZero'])
export const transactionalError = names('sp_runtime::TransactionalError', ['LimitReached', 'NoLayer'])

export const dispatchError = tagged('sp_runtime::DispatchError', {
  Other: null,
  CannotLookup: null,
  BadOrigin: null,
  Module: moduleError,
  ConsumerRemaining: null,
  NoProviders: null,
  TooManyConsumers: null,
  Token: tokenError,
  Arithmetic: arithmeticError,
  Transactional: transactionalError,
  Exhausted: null,
  Corruption: null,
  Unavailable: null,
  RootNotAllowed: null,
})

export type DispatchErrorValue = ValueOf<typeof dispatchError>

/** Thrown inside calls; never leaves the executive. */
export class DispatchFailure extends Error {
  override readonly name = 'DispatchFailure'

  constructor(
    readonly error: DispatchErrorValue,
    message: string,
  ) {
    super(message)
  }

  static module(index: number, variant: number, name: string): DispatchFailure {
    return new DispatchFailure({ kind: 'Module', value: { index, error: Uint8Array.of(variant, 0, 0, 0) } }, name)
  }

  static badOrigin(): DispatchFailure {
    return new DispatchFailure({ kind: 'BadOrigin' }, 'BadOrigin')
  }

  static token(value: ValueOf<typeof tokenError>): DispatchFailure {
    return new DispatchFailure({ kind: 'Token', value }, value)
  }

  static arithmetic(value: ValueOf<typeof arithmeticError>): DispatchFailure {
    return new DispatchFailure({ kind: 'Arithmetic', value }, value)
  }

  static other(kind: 'Other' | 'CannotLookup' | 'Unavailable' | 'RootNotAllowed', message: string): DispatchFailure {
    return new DispatchFailure({ kind }, message)
  }
}
