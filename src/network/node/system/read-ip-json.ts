/** Reading what `ip -j` prints: every field is checked, what has another shape is an error with its place. */
import { NodeNetworkError } from '../../../errors/node-network.js'

export type JsonObject = { readonly [key: string]: unknown }

const SHOWN_CHARACTERS = 80

export class JsonPlace {
  constructor(
    readonly command: string,
    readonly path: string,
  ) {}

  at(key: string | number): JsonPlace {
    return new JsonPlace(this.command, `${this.path}${typeof key === 'number' ? `[${key}]` : `.${key}`}`)
  }

  error(expected: string, value: unknown): NodeNetworkError {
    const shown = String(JSON.stringify(value)).slice(0, SHOWN_CHARACTERS)
    return new NodeNetworkError('NODE_NET_OBSERVE', `${this.command} printed ${shown} where ${expected} must be`, {
      where: this.path,
      details: { command: this.command, field: this.path },
    })
  }

  /** Objects of a list; the empty ones that filters leave behind are dropped. */
  objects(value: unknown): readonly { readonly object: JsonObject; readonly place: JsonPlace }[] {
    if (!Array.isArray(value)) throw this.error('a list', value)
    return value.flatMap((object: unknown, index) => {
      const place = this.at(index)
      if (!isObject(object)) throw place.error('an object', object)
      return Object.keys(object).length === 0 ? [] : [{ object, place }]
    })
  }

  text(object: JsonObject, key: string): string {
    const value = object[key]
    if (typeof value !== 'string') throw this.at(key).error('text', value)
    return value
  }

  optionalText(object: JsonObject, key: string): string | undefined {
    return object[key] === undefined ? undefined : this.text(object, key)
  }

  whole(object: JsonObject, key: string): number {
    const value = object[key]
    if (!Number.isSafeInteger(value)) throw this.at(key).error('a whole number', value)
    return value as number
  }

  optionalWhole(object: JsonObject, key: string): number | undefined {
    return object[key] === undefined ? undefined : this.whole(object, key)
  }

  object(object: JsonObject, key: string): JsonObject {
    const value = object[key]
    if (value === undefined) return {}
    if (!isObject(value)) throw this.at(key).error('an object', value)
    return value
  }
}

/** One document a line, as a batch prints them.
 *
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readBatch(command: string, stdout: string, count: number): readonly unknown[] {
  const lines = stdout.split('\n').filter(line => line.trim() !== '')
  if (lines.length !== count) {
    throw new NodeNetworkError('NODE_NET_OBSERVE', `${command} printed ${lines.length} documents, not ${count}`, {
      details: { command },
    })
  }
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown
    } catch (cause) {
      const message = `${command} printed something that is no JSON`
      throw new NodeNetworkError('NODE_NET_OBSERVE', message, {
        where: `document ${index}`,
        details: { command },
        cause,
      })
    }
  })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
