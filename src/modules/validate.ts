/**
 * Checks what a person wrote, all of it at once, and gives back an instance of the model.
 *
 * How it is done: model classes carry their rules as notes (`rules/field.ts`), because class-validator takes
 * 130 to 280 ms to load and models are exported from the package's entry. Only this file loads class-validator and
 * class-transformer, and callers import it when they validate. The notes of a class become decorators of both
 * libraries the first time it is validated; from then on the libraries do the work:
 *
 *   input → plainCopy → plainToInstance → validateSync → rules across fields → instance, or one ModelError
 *
 * Rules across fields see a draft without the values that already broke a rule, so one mistake is told once.
 */
import 'reflect-metadata'

import * as transformer from 'class-transformer'
import * as validators from 'class-validator'

import { ModelError, type Problem } from '../errors/model.js'
import { type Check, checksOf, type Field, fieldsOf, type ModelClass } from './rules/field.js'
import { nearest } from './rules/nearest.js'
import { plainCopy } from './rules/plain-copy.js'
import { shownValue } from './rules/shown-value.js'

export interface Validated<T> {
  /** A copy: changing the input later changes nothing. */
  readonly model: T
  /** Valid, but probably not what was meant. */
  readonly warnings: readonly Problem[]
}

const OPTIONS: validators.ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false },
}

/** @throws {ModelError} with every problem: path, rule, message, value (secrets left out), nearest valid key or value
 * @example const { model } = validateModel(MachinesModel, { name: 'newMY', network, machines })
 */
export function validateModel<T extends object>(Model: ModelClass<T>, input: unknown): Validated<T> {
  prepare(Model)
  const problems: Problem[] = []
  const copied = plainCopy(input, problem => problems.push(problem))
  if (typeof copied !== 'object' || copied === null || Array.isArray(copied)) {
    if (problems.length === 0) problems.push(notAnObject(input))
    throw invalid(Model, problems)
  }

  const model = transformer.plainToInstance(Model, copied)
  const refused = new Set(problems.map(({ path }) => path))
  for (const error of validators.validateSync(model, OPTIONS)) collect(error, '', Model, problems, refused)

  const warnings: Problem[] = []
  runChecks(Model, model, problems, warnings, '')
  if (problems.length > 0) throw invalid(Model, problems)
  return { model, warnings }
}

interface Prepared {
  readonly fields: readonly Field[]
  readonly checks: readonly Check<object>[]
}

const prepared = new WeakMap<ModelClass, Prepared>()

/** Hands the notes of a class, and of the classes within it, to the libraries; once for each class. */
function prepare(Model: ModelClass): Prepared {
  const known = prepared.get(Model)
  if (known !== undefined) return known
  const notes = { fields: fieldsOf(Model), checks: checksOf(Model) }
  prepared.set(Model, notes)

  const { prototype } = Model
  for (const { key, rules, optional, lowerCase, of } of notes.fields) {
    if (optional) validators.ValidateIf((_, value) => value !== undefined)(prototype, key)
    for (const decorate of rules(validators)) decorate(prototype, key)
    if (lowerCase) transformer.Transform(({ value }) => inLowerCase(value))(prototype, key)
    if (of === undefined) continue
    transformer.Type(of)(prototype, key)
    prepare(of())
  }
  return notes
}

const inLowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value)

/** class-validator's tree of errors → problems with whole paths. */
function collect(
  error: validators.ValidationError,
  parent: string,
  Model: ModelClass | undefined,
  problems: Problem[],
  refused: Set<string>,
): void {
  const inList = /^\d+$/.test(error.property)
  const path = inList ? `${parent}[${error.property}]` : parent === '' ? error.property : `${parent}.${error.property}`
  const fields = Model === undefined ? [] : prepare(Model).fields
  const field = fields.find(({ key }) => key === error.property)
  const add = (problem: Problem) => {
    // What could not be copied was reported already, and is missing because of that.
    if (!refused.has(problem.path)) problems.push(problem)
  }
  if (error.constraints && !inList) {
    for (const problem of describe(error, path, field, fields)) add(problem)
  }
  for (const child of error.children ?? []) collect(child, path, inList ? Model : field?.of?.(), problems, refused)
}

interface RuleContext {
  readonly nearest?: string
  readonly choices?: readonly string[]
  readonly each?: (element: unknown) => boolean
}

function describe(
  error: validators.ValidationError,
  path: string,
  field: Field | undefined,
  fields: readonly Field[],
): Problem[] {
  const { value } = error
  const constraints = Object.entries(error.constraints ?? {}).filter(([rule]) => rule !== 'nestedValidation')
  const shown = field?.secret || value === undefined ? {} : { value: shownValue(value) }
  if (field === undefined) {
    const meant = nearest(
      error.property,
      fields.map(({ key }) => key),
    )
    const keys = fields.map(({ key }) => key).join(', ')
    const message = `is not a field of this model${meant === undefined ? `; it has ${keys}` : ''}`
    return [{ path, rule: 'unknownKey', message, ...(meant === undefined ? {} : { nearest: meant }) }]
  }
  const [first] = constraints
  if (value === undefined && first) return [{ path, rule: 'required', message: `is missing: it ${first[1]}` }]
  // The first rule says what kind of value it is; the others have nothing to say about a value of another kind.
  const told = first && KINDS.has(first[0]) ? [first] : constraints
  return told.flatMap(([rule, message]) => {
    const context: RuleContext = error.contexts?.[rule] ?? {}
    if (context.each && Array.isArray(value) && value.length > 0)
      return elements(value, context.each, path, rule, message, field, context)
    const meant = nearestKind(rule, value) ?? nearestValue(value, context)
    return [{ path, rule, message, ...shown, ...(meant === undefined || field.secret ? {} : { nearest: meant }) }]
  })
}

/** What class-validator calls the rules that only say which kind of value a field has. */
const KINDS = new Set(['isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isObject'])

function elements(
  list: readonly unknown[],
  holds: (element: unknown) => boolean,
  path: string,
  rule: string,
  message: string,
  field: Field,
  context: RuleContext,
): Problem[] {
  return list.flatMap((element, index) => {
    if (holds(element)) return []
    const meant = nearestValue(element, context)
    const shown = field.secret ? {} : { value: shownValue(element) }
    return [{ path: `${path}[${index}]`, rule, message, ...shown, ...(meant === undefined ? {} : { nearest: meant }) }]
  })
}

function nearestValue(value: unknown, context: RuleContext): string | undefined {
  if (context.nearest !== undefined) return context.nearest
  return context.choices && typeof value === 'string' ? nearest(value, context.choices) : undefined
}

/** `'11'` for 11, `'true'` for true: the value is right, its type is not. */
function nearestKind(rule: string, value: unknown): string | undefined {
  if (typeof value === 'bigint' && (rule === 'isInt' || rule === 'isNumber')) return String(value)
  if (typeof value === 'number' && rule === 'isInt' && Number.isFinite(value)) return String(Math.round(value))
  if (typeof value !== 'string') return undefined
  if ((rule === 'isInt' || rule === 'isNumber') && /^\d+(\.\d+)?$/.test(value)) return value
  return rule === 'isBoolean' && (value === 'true' || value === 'false') ? value : undefined
}

/** Checks of the whole, then those of its parts, each on a draft without what already broke a rule. */
function runChecks(Model: ModelClass, model: object, problems: Problem[], warnings: Problem[], path: string): void {
  const broken = problems.map(problem => problem.path)
  const draft = broken.length === 0 ? model : prune(model, path, broken)
  if (typeof draft !== 'object' || draft === null) return
  const { checks, fields } = prepare(Model)
  for (const check of checks) {
    check(draft, ({ level, ...problem }) => {
      const whole = { ...problem, path: join(path, problem.path) }
      if (level === 'warning') warnings.push(whole)
      else problems.push(whole)
    })
  }
  for (const { key, of } of fields) {
    const value = (draft as Record<string, unknown>)[key]
    if (!of || value === undefined) continue
    const parts = Array.isArray(value) ? value.map((part, i) => [part, `${key}[${i}]`]) : [[value, key]]
    for (const [part, at] of parts) if (part !== undefined) runChecks(of(), part, problems, warnings, join(path, at))
  }
}

/** A copy without the broken values. */
function prune(value: unknown, path: string, broken: readonly string[]): unknown {
  if (broken.includes(path)) return undefined
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element, i) => prune(element, `${path}[${i}]`, broken))
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, prune(part, join(path, key), broken)]))
}

function join(path: string, rest: string): string {
  if (path === '' || rest === '') return path + rest
  return rest.startsWith('[') ? path + rest : `${path}.${rest}`
}

function notAnObject(input: unknown): Problem {
  return { path: 'model', rule: 'isObject', message: 'must be an object {…}', value: shownValue(input) }
}

function invalid(Model: ModelClass, problems: readonly Problem[]): ModelError {
  return new ModelError(Model.name, problems, { hint: 'nothing was written; correct the model and run it again' })
}
