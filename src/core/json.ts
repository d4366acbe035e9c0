/**
 * JSON that keeps integers: what does not fit a double without loss is a bigint, in and out. Runs in a browser.
 *
 * @example
 * const reply = parseJson('{"size":18446744073709551615}')
 * printJson({ size: 18446744073709551615n }) // '{"size":18446744073709551615}'
 */
import { InputError } from '../errors/input.js'
import { defaultJsonBounds, type JsonBounds, readJson, wellFormed } from './json-reader.js'

export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue }

/** The value of a JSON text. Integers beyond ±(2^53 - 1) are bigint, a key given twice has its last value.
 *
 * @throws {InputError} INPUT_JSON: not JSON, too deep or too long; `details.offset` is the place
 */
export function parseJson(text: string, bounds: JsonBounds = {}): JsonValue {
  return readJson<JsonValue>(text, plainValues, bounds)
}

/** JSON without spaces. bigint prints as an integer; `undefined` properties are left out, as JSON.stringify does.
 *
 * @throws {InputError} INPUT_JSON for what JSON cannot say: NaN, infinities, functions, cycles
 */
export function printJson(value: unknown): string {
  return print(value, 0)
}

const plainValues = {
  number: (literal: string) => numberOf(literal),
  text: (value: string) => value,
  constant: (value: true | false | null) => value,
  list: (items: JsonValue[]) => items,
  object: (entries: [string, JsonValue][]) => objectOf(entries),
}

/** An object of own, plain properties, whatever the keys are called. */
export function objectOf<T>(entries: readonly (readonly [string, T])[]): { [key: string]: T } {
  const object: { [key: string]: T } = {}
  for (const [key, value] of entries) {
    if (key !== '__proto__') object[key] = value
    else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return object
}

/** A number where that is exact, a bigint for longer integers. */
export function numberOf(literal: string): number | bigint {
  const value = Number(literal)
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(literal)) return value
  return BigInt(literal)
}

function print(value: unknown, depth: number): string {
  if (depth > defaultJsonBounds.maxDepth) throw unprintable('a value that is too deep or contains itself')
  switch (typeof value) {
    case 'string':
      return printText(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw unprintable(String(value))
      return JSON.stringify(value)
    case 'object':
      return value === null
        ? 'null'
        : Array.isArray(value)
          ? printList(value, depth)
          : printObject(value as Readonly<Record<string, unknown>>, depth)
    default:
      throw unprintable(`a value of type ${typeof value}`)
  }
}

function printList(items: readonly unknown[], depth: number): string {
  let out = '['
  for (let i = 0; i < items.length; i++) out += (i > 0 ? ',' : '') + print(items[i] ?? null, depth + 1)
  return `${out}]`
}

function printObject(object: Readonly<Record<string, unknown>>, depth: number): string {
  if (typeof object.toJSON === 'function') return print(object.toJSON(), depth + 1)
  let out = ''
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (value === undefined) continue
    out += `${out === '' ? '' : ','}${printText(key)}:${print(value, depth + 1)}`
  }
  return `{${out}}`
}

/** Most texts need no escapes, and looking is cheaper than escaping. */
function printText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(wellFormed(text))
}

const PLAIN = /^[ !#-[\]-~]*$/

function unprintable(what: string): InputError {
  return new InputError('INPUT_JSON', `JSON cannot hold ${what}`)
}
