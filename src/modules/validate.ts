/**
 * Checks what a person wrote, all of it at once, and gives back an instance of the model.
 *
 * How it is done: model classes carry their rules as notes (`rules/field.ts`), because class-validator takes
 * 130 to 280 ms to load and models are exported from the package's entry. Only this file loads class-validator and
 * class-transformer, and callers import it when they validate. The notes of a class become decorators of both
 * libraries the first time it is validated; from then on the libraries do the work:
 *
 *   input → plainCopy → plainToInstance → their rules → rules across fields → instance, or one ModelError
 *
 * Rules across fields see a draft without the values that already broke a rule, so one mistake is told once.
 */
import 'reflect-metadata'

import * as transformer from 'class-transformer'
import * as validators from 'class-validator'

import { ModelError, type Problem } from '../errors/model.js'
import { type Check, checksOf, type Field, fieldsOf, type ModelClass, type Report } from './rules/field.js'
import { indexPath, joinPath, keyPath } from './rules/path.js'
import { plainCopy } from './rules/plain-copy.js'
import { type QuickCheck, quickCheck } from './rules/quick-check.js'
import { readErrors } from './rules/read-errors.js'
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

/** Only @Expose and @Exclude are ignored, which models do not have; looking for them was half of the work. */
const TRANSFORM: transformer.ClassTransformOptions = { ignoreDecorators: true }

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

  const model = transformer.plainToInstance(Model, copied, TRANSFORM)
  // What could not be copied was reported already, and is missing because of that.
  const refused = new Set(problems.map(({ path }) => path))
  const errors = prepare(Model).holds(model) ? [] : validators.validateSync(model, OPTIONS)
  problems.push(...readErrors(errors, Model).filter(({ path }) => !refused.has(path)))

  const warnings: Problem[] = []
  runChecks(Model, model, { problems, warnings, broken: new Set(problems.map(({ path }) => path)) }, '')
  if (problems.length > 0) throw invalid(Model, problems)
  return { model, warnings }
}

interface Prepared {
  readonly fields: readonly Field[]
  readonly checks: readonly Check<object>[]
  readonly holds: QuickCheck
}

const prepared = new WeakMap<ModelClass, Prepared>()

/** Hands the notes of a class, and of the classes within it, to the libraries; once for each class. */
function prepare(Model: ModelClass): Prepared {
  const known = prepared.get(Model)
  if (known !== undefined) return known
  const notes: Prepared = { fields: fieldsOf(Model), checks: checksOf(Model), holds: model => holds(model) }
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
  const holds = quickCheck(validators, Model, notes.fields, Part => prepare(Part).holds)
  return notes
}

const inLowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value)

interface Findings {
  readonly problems: Problem[]
  readonly warnings: Problem[]
  /** Places of the problems; kept along, so that a thousand machines with a problem each are no square of that. */
  readonly broken: Set<string>
}

/** Checks of the parts, then of the whole, each on a draft without what already broke a rule. */
function runChecks(Model: ModelClass, model: object, found: Findings, path: string): void {
  const { checks, fields } = prepare(Model)
  for (const { key, of } of fields) {
    const value = (model as Record<string, unknown>)[key]
    if (of === undefined || typeof value !== 'object' || value === null) continue
    const at = keyPath(path, key)
    const parts: [unknown, string][] = Array.isArray(value)
      ? value.map((part, i) => [part, indexPath(at, i)])
      : [[value, at]]
    for (const [part, place] of parts) {
      if (typeof part === 'object' && part !== null) runChecks(of(), part, found, place)
    }
  }
  if (checks.length === 0) return

  const draft = found.broken.size === 0 ? model : prune(model, path, found.broken)
  if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) return
  const report: Report = ({ level, ...problem }) => {
    const whole = { ...problem, path: joinPath(path, problem.path) }
    if (level === 'warning') found.warnings.push(whole)
    else found.problems.push(whole)
  }
  const before = found.problems.length
  for (const check of checks) check(draft, report, place => joinPath(path, place))
  for (const problem of found.problems.slice(before)) found.broken.add(problem.path)
}

/** A copy without the broken values. */
function prune(value: unknown, path: string, broken: ReadonlySet<string>): unknown {
  if (broken.has(path)) return undefined
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element, i) => prune(element, indexPath(path, i), broken))
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, prune(part, keyPath(path, key), broken)]))
}

function notAnObject(input: unknown): Problem {
  return { path: 'model', rule: 'isObject', message: 'must be an object {…}', value: shownValue(input) }
}

function invalid(Model: ModelClass, problems: readonly Problem[]): ModelError {
  return new ModelError(Model.name, problems, { hint: 'nothing was written; correct the model and run it again' })
}
