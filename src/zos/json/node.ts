/**
 * JSON as it stands, before anything is made of it: literals, key order and duplicate keys.
 *
 * A workload's data travels in this form until its type is known, as Go's `json.RawMessage` does in a node.
 */

import { type JsonValue, objectOf } from '../../core/json.js'
import { type JsonBounds, readJson, wellFormed } from '../../core/json-reader.js'

export class JsonNumber {
  constructor(readonly literal: string) {}
}

export class JsonObject {
  constructor(readonly entries: readonly (readonly [string, JsonNode])[]) {}
}

export type JsonNode = null | boolean | string | JsonNumber | JsonObject | readonly JsonNode[]

/** @throws {InputError} INPUT_JSON with the text a node answers */
export function readNode(text: string, bounds?: JsonBounds): JsonNode {
  return readJson(text, nodes, bounds)
}

/** The node of a value made in this program, as if it had been printed and read. `undefined` properties are left out,
 * nodes inside of the value stay.
 */
export function nodeOf(value: unknown): JsonNode {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'boolean':
      return value
    case 'number':
    case 'bigint':
      return new JsonNumber(String(value))
    case 'object': {
      if (value === null || value instanceof JsonNumber || value instanceof JsonObject) return value
      if (Array.isArray(value)) return value.map(nodeOf)
      const entries: [string, JsonNode][] = []
      for (const key of Object.keys(value)) {
        const item = (value as Record<string, unknown>)[key]
        if (item !== undefined) entries.push([wellFormed(key), nodeOf(item)])
      }
      return new JsonObject(entries)
    }
    default:
      return null
  }
}

/** The plain value of a node: what has no type of its own, such as a result's data. */
export function plainOf(node: JsonNode): JsonValue {
  if (node instanceof JsonNumber) {
    const value = Number(node.literal)
    return Number.isSafeInteger(value) || !/^-?\d+$/.test(node.literal) ? value : BigInt(node.literal)
  }
  if (node instanceof JsonObject) return objectOf(node.entries.map(([key, item]) => [key, plainOf(item)] as const))
  return Array.isArray(node) ? node.map(plainOf) : (node as null | boolean | string)
}

const nodes = {
  number: (literal: string): JsonNode => new JsonNumber(literal),
  text: (value: string): JsonNode => value,
  constant: (value: true | false | null): JsonNode => value,
  list: (items: JsonNode[]): JsonNode => items,
  object: (entries: [string, JsonNode][]): JsonNode => new JsonObject(entries),
}
