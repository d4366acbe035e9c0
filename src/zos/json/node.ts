/**
 * JSON as it stands, before anything is made of it: literals, key order and duplicate keys.
 *
 * A workload's data travels in this form until its type is known, as Go's `json.RawMessage` does in a node.
 */

import { type JsonValue, numberOf, objectOf } from '../../core/json.js'
import { type JsonBounds, readJson } from '../../core/json-reader.js'

export class JsonNumber {
  constructor(readonly literal: string) {}
}

export class JsonObject {
  constructor(readonly entries: readonly (readonly [string, JsonNode])[]) {}
}

/** Of a text that was read: literals and objects in their classes. */
type ReadNode = null | boolean | string | JsonNumber | JsonObject | readonly JsonNode[]
/** Of a value made in this program, which need not be printed first to be looked at with a node's eyes. */
type MadeNode = number | bigint | { readonly [key: string]: unknown }

export type JsonNode = ReadNode | MadeNode

/** @throws {InputError} INPUT_JSON with the text a node answers */
export function readNode(text: string, bounds?: JsonBounds): JsonNode {
  return readJson(text, nodes, bounds)
}

/** The digits of a number; undefined for anything else. */
export function literalOf(node: JsonNode): string | undefined {
  if (node instanceof JsonNumber) return node.literal
  return typeof node === 'number' || typeof node === 'bigint' ? String(node) : undefined
}

/** Keys and values of an object; undefined for anything else. `undefined` properties are left out. */
export function entriesOf(node: JsonNode): Iterable<readonly [string, JsonNode]> | undefined {
  if (node instanceof JsonObject) return node.entries
  if (!isMadeObject(node)) return undefined
  const entries: [string, JsonNode][] = []
  for (const key of Object.keys(node)) if (node[key] !== undefined) entries.push([key, node[key] as JsonNode])
  return entries
}

export function isMadeObject(node: JsonNode): node is { readonly [key: string]: unknown } {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof JsonNumber)
}

/** The plain value of a node: what has no type of its own, such as a result's data. */
export function plainOf(node: JsonNode): JsonValue {
  if (node instanceof JsonNumber) return numberOf(node.literal)
  if (Array.isArray(node)) return node.map(plainOf)
  const entries = entriesOf(node)
  return entries ? objectOf(Array.from(entries, ([key, item]) => [key, plainOf(item)])) : (node as JsonValue)
}

const nodes = {
  number: (literal: string): JsonNode => new JsonNumber(literal),
  text: (value: string): JsonNode => value,
  constant: (value: true | false | null): JsonNode => value,
  list: (items: JsonNode[]): JsonNode => items,
  object: (entries: [string, JsonNode][]): JsonNode => new JsonObject(entries),
}
