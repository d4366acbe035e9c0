/**
 * A quick yes: whether every rule that class-validator holds of a class is kept.
 *
 * class-validator looks its notes up anew for every object and makes an error for every field before it knows of any;
 * with a thousand machines that was a third of validating. Here its rules are looked up once for each class and run
 * bare. Whoever gets no yes asks the library itself, which says what is wrong.
 */
import type { ValidationArguments } from 'class-validator'

import type { Field, ModelClass, Validators } from './field.js'

/** True when the library would find nothing; false when it might. */
export type QuickCheck = (model: object) => boolean

type Test = (value: unknown, model: object) => boolean

/** @param checkOf the check of a class within this one */
export function quickCheck(
  validators: Validators,
  Model: ModelClass,
  fields: readonly Field[],
  checkOf: (Model: ModelClass) => QuickCheck,
): QuickCheck {
  const tests = testsOf(validators, Model)
  const keys = new Set(fields.map(field => field.key))
  const all = fields.map(({ key, optional, of }) => ({ key, optional, of, tests: tests.get(key) ?? [] }))

  return model => {
    // Keys of no field are the library's to report.
    for (const key of Object.keys(model)) if (!keys.has(key)) return false
    for (const { key, optional, of, tests } of all) {
      const value = (model as Record<string, unknown>)[key]
      if (value === undefined && optional) continue
      for (const test of tests) if (!test(value, model)) return false
      if (of !== undefined && !everyPart(value, of(), checkOf)) return false
    }
    return true
  }
}

function everyPart(value: unknown, Part: ModelClass, checkOf: (Model: ModelClass) => QuickCheck): boolean {
  const holds = (part: unknown) => part instanceof Part && checkOf(Part)(part)
  return Array.isArray(value) ? value.every(holds) : holds(value)
}

function testsOf({ getMetadataStorage }: Validators, Model: ModelClass): ReadonlyMap<string, readonly Test[]> {
  const storage = getMetadataStorage()
  const tests = new Map<string, Test[]>()
  for (const note of storage.getTargetValidationMetadatas(Model, '', false, false)) {
    const { propertyName: property, constraints, constraintCls, each } = note
    // Whether a field counts at all, and what is within it, is in our own notes.
    if (note.type !== 'customValidation') continue
    const list = tests.get(property) ?? []
    tests.set(property, list)
    for (const { instance } of storage.getTargetValidatorConstraints(constraintCls)) {
      const holds: Test = (value, object) => {
        const args: ValidationArguments = { targetName: Model.name, property, object, value, constraints }
        return instance.validate(value, args) === true
      }
      list.push(each ? (value, object) => Array.isArray(value) && value.every(one => holds(one, object)) : holds)
    }
  }
  return tests
}
