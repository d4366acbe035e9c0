/** Codecs of what has parts: structs, lists, maps, and what may be absent. */
import { objectOf } from '../../core/json.js'
import { wellFormed } from '../../core/json-reader.js'
import { type Codec, type DecodeContext, nameOf } from './codec.js'
import { entriesOf, isMadeObject, type JsonNode, JsonObject } from './node.js'

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> }
type Special<T> = { readonly [K in keyof T]?: { readonly key?: string; readonly path?: string } }

interface Field<T> {
  readonly property: keyof T & string
  readonly codec: Codec<T[keyof T & string]>
  readonly path: string
}

/** A struct. Keys match in any letter case, unknown ones are passed over; a key given twice changes the value twice.
 *
 * @param name without its package, as errors about fields give it
 * @param special where the JSON key is not our property's name, or errors name the field by another path
 */
export function struct<T extends object>(
  goPackage: string,
  name: string,
  fields: Fields<T>,
  special: Special<T> = {},
): Codec<T> {
  const goType = `${goPackage}.${name}`
  const all: Field<T>[] = []
  const byKey = new Map<string, Field<T>>()
  const byFoldedKey = new Map<string, Field<T>>()
  for (const property of Object.keys(fields) as (keyof T & string)[]) {
    const key = special[property]?.key ?? property
    const field = { property, codec: fields[property], path: special[property]?.path ?? key }
    all.push(field)
    byKey.set(key, field)
    byFoldedKey.set(fold(key), field)
  }

  const fill = (field: Field<T>, item: JsonNode, target: T, context: DecodeContext) => {
    const outer = context.struct
    context.path.push(field.path)
    context.struct = name
    const before = target[field.property] ?? field.codec.zero()
    assign(target, field.property, field.codec.decode(item, before, context))
    context.path.pop()
    context.struct = outer
  }
  return {
    goType,
    zero() {
      const value = {} as T
      for (const { property, codec } of all) assign(value, property, codec.zero())
      return value
    },
    decode(node, before, context) {
      if (node instanceof JsonObject) {
        for (const [key, item] of node.entries) {
          const field = byKey.get(key) ?? byFoldedKey.get(fold(key))
          if (field) fill(field, item, before, context)
        }
      } else if (isMadeObject(node)) {
        // Made in this program, so its properties have our names.
        for (const field of all) {
          const item = node[field.property]
          if (item !== undefined) fill(field, item as JsonNode, before, context)
        }
      } else if (node !== null) {
        context.report(nameOf(node), goType)
      }
      return before
    },
  }
}

export function list<T>(item: Codec<T>): Codec<T[]> {
  const goType = `[]${item.goType}`
  return {
    goType,
    zero: () => [],
    decode(node, before, context) {
      if (node === null) return []
      if (!Array.isArray(node)) {
        context.report(nameOf(node), goType)
        return before
      }
      // A list given twice decodes over the items of the first: Go keeps the memory.
      return node.map((element, index) => item.decode(element, before[index] ?? item.zero(), context))
    },
  }
}

/** A map from text: keys as they are, a second map adds to the first. */
export function textMap(): Codec<Record<string, string>> {
  const goType = 'map[string]string'
  return {
    goType,
    zero: () => ({}),
    decode(node, before, context) {
      if (node === null) return {}
      const given = entriesOf(node)
      if (!given) {
        context.report(nameOf(node), goType)
        return before
      }
      const entries = Object.entries(before)
      for (const [key, item] of given) entries.push([wellFormed(key), mapValue(item, context)])
      return objectOf(entries)
    },
  }
}

/** What Go holds by pointer: `null` and absence leave the property out of its struct, anything else is a value. */
export function optional<T>(of: Codec<T>): Codec<T> {
  const absent = undefined as T
  return {
    goType: of.goType,
    zero: () => absent,
    decode: (node, before, context) => (node === null ? absent : of.decode(node, before ?? of.zero(), context)),
  }
}

function assign<T extends object, K extends keyof T>(target: T, property: K, value: T[K]): void {
  if (value !== undefined) target[property] = value
  else if (property in target) delete target[property]
}

/** A value of the wrong type leaves the zero value under its key. */
function mapValue(node: JsonNode, context: DecodeContext): string {
  if (typeof node === 'string') return wellFormed(node)
  if (node !== null) context.report(nameOf(node), 'string')
  return ''
}

/** Simple case folding as far as field names go: two characters outside of ASCII fold into it. */
function fold(key: string): string {
  return key.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k')
}
