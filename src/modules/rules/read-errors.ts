/** class-validator's tree of errors → problems with whole paths, one kind of sentence, no secrets. Pure. */
import type { ValidationError } from 'class-validator'
import { nearest } from '../../core/nearest.js'
import type { Problem } from '../../errors/model.js'
import { type Field, fieldsOf, type ModelClass } from './field.js'
import { indexPath, keyPath } from './path.js'
import { shownValue } from './shown-value.js'

export function readErrors(errors: readonly ValidationError[], Model: ModelClass, parent = ''): readonly Problem[] {
  const fields = fieldsOf(Model)
  return errors.flatMap(error => {
    const field = fields.find(({ key }) => key === error.property)
    const path = keyPath(parent, error.property)
    const own = error.constraints === undefined ? [] : describe(error, path, field, fields)
    return field?.of === undefined ? own : [...own, ...readParts(error, field.of(), path)]
  })
}

/** Errors of a model within the model, or of each model of a list. */
function readParts({ value, children = [] }: ValidationError, Part: ModelClass, path: string): readonly Problem[] {
  if (!Array.isArray(value)) return readErrors(children, Part, path)
  return children.flatMap(element =>
    // An element that is a list itself is told by the rule that elements are objects.
    Array.isArray(element.value) ? [] : readErrors(element.children ?? [], Part, indexPath(path, element.property)),
  )
}

interface RuleContext {
  readonly nearest?: string
  readonly choices?: readonly string[]
  readonly each?: (element: unknown) => boolean
}

function describe(error: ValidationError, path: string, field: Field | undefined, fields: readonly Field[]): Problem[] {
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
    return [
      { path: indexPath(path, index), rule, message, ...shown, ...(meant === undefined ? {} : { nearest: meant }) },
    ]
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
