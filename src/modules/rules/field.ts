/**
 * How a model says its rules without paying for them.
 *
 * Models are exported from the package's entry, and class-validator takes longer to load than everything else there.
 * So these decorators only write down, on the class, what is to be done; `modules/validate.ts` hands it to
 * class-validator and class-transformer when a class is validated for the first time.
 */
import type * as Validator from 'class-validator'

import type { Problem } from '../../errors/model.js'

/** class-validator itself, once it is loaded. */
export type Validators = typeof Validator

/** The decorators of one field. The first says what kind of value it is; where it fails, the others are not heard. */
export type Rules = (validators: Validators) => readonly PropertyDecorator[]

export interface Field {
  readonly key: string
  readonly rules: Rules
  /** Values that a model may leave out. */
  readonly optional: boolean
  /** Values that no problem may show. */
  readonly secret: boolean
  /** Hex digits are accepted in either case and kept in lower case: nodes print them so. */
  readonly lowerCase: boolean
  /** The class of the value, or of its elements. */
  readonly of?: () => ModelClass
}

export type FieldOptions = Partial<Pick<Field, 'optional' | 'secret' | 'lowerCase'>>

// biome-ignore lint/suspicious/noExplicitAny: a class of any model
export type ModelClass<T extends object = any> = new () => T

/** A model in which whatever broke a rule is missing, so that rules across fields need not look twice. */
export type Draft<T> = {
  readonly [K in keyof T]?: NonNullable<T[K]> extends readonly (infer E)[]
    ? readonly (Draft<E> | undefined)[]
    : NonNullable<T[K]> extends object
      ? Draft<NonNullable<T[K]>>
      : T[K]
}

/** Told of what is wrong. Paths are relative to the model that is being checked. */
export type Report = (problem: Problem & { readonly level?: 'warning' }) => void

/** A place in this model → the place in the whole that a person wrote, for sentences that name a second place. */
export type At = (path: string) => string

/** A rule across the fields of a model. */
export type Check<T> = (model: Draft<T>, report: Report, at: At) => void

const FIELDS = Symbol('fields')
const CHECKS = Symbol('checks')

/** @example @field(name(35)) name!: string */
export function field(rules: Rules, options: FieldOptions = {}): PropertyDecorator {
  return remember({ rules, ...plain, ...options })
}

/** A model within a model. */
export function nested(of: () => ModelClass, options: FieldOptions = {}): PropertyDecorator {
  const rules: Rules = v => [v.IsObject({ message: 'must be an object {…}' }), v.ValidateNested()]
  return remember({ rules, ...plain, ...options, of })
}

/** A list of models. */
export function list(
  of: () => ModelClass,
  options: FieldOptions & { least?: number; most?: number } = {},
): PropertyDecorator {
  const { least = 0, most = 1000, ...rest } = options
  const rules: Rules = v => [
    v.IsArray({ message: 'must be a list […]' }),
    v.ArrayMinSize(least, { message: `must have at least ${least}` }),
    v.ArrayMaxSize(most, { message: `must have at most ${most}` }),
    v.IsObject({ each: true, message: 'must be an object {…}', context: { each: isPlainObject } }),
    v.ValidateNested(),
  ]
  return remember({ rules, ...plain, ...rest, of })
}

/** Rules that need more than one field; they run after the rules of the fields. */
export function checks<T extends object>(...added: readonly Check<T>[]): (target: ModelClass<T>) => void {
  return target => write(target, CHECKS, added)
}

/** The fields of a class and of those it extends. */
export function fieldsOf(model: ModelClass): readonly Field[] {
  return read<Field>(model, FIELDS)
}

export function checksOf(model: ModelClass): readonly Check<object>[] {
  return read<Check<object>>(model, CHECKS)
}

const isPlainObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const plain = { optional: false, secret: false, lowerCase: false }

function remember(field: Omit<Field, 'key'>): PropertyDecorator {
  return (target, key) => write(target.constructor as ModelClass, FIELDS, [{ ...field, key: String(key) }])
}

function write(model: ModelClass, name: symbol, values: readonly unknown[]): void {
  const own = Object.hasOwn(model, name) ? (model as unknown as Record<symbol, readonly unknown[]>)[name] : undefined
  Object.defineProperty(model, name, { value: [...(own ?? []), ...values], configurable: true })
}

function read<T>(model: ModelClass, name: symbol): readonly T[] {
  const values: T[] = []
  for (let at: unknown = model; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) values.unshift(...((at as unknown as Record<symbol, readonly T[]>)[name] ?? []))
  }
  return values
}
