/** Codecs of what has parts: structs, lists, maps, and what may be absent. */
import { objectOf } from '../../core/json.js'
import { type Codec, type DecodeContext, nameOf } from './codec.js'
import { JsonObject } from './node.js'

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> }

/** A struct. Keys match in any letter case, unknown ones are passed over; a key given twice changes the value twice.
 *
 * @param name without its package, as errors about fields give it
 * @param special where the JSON key is not our property's name, or errors name the field by another path
 */
export function struct<T extends object>(
  goPackage: string,
  name: string,
  fields: Fields<T>,
  special: { readonly [K in keyof T]?: { readonly key?: string; readonly path?: string } } = {},
): Codec<T> {
  const goType = `${goPackage}.${name}`
  const properties = Object.keys(fields) as (keyof T & string)[]
  const keyOf = (property: keyof T & string) => special[property]?.key ?? property
  const exact = new Map(properties.map(property => [keyOf(property), property]))
  const folded = new Map(properties.map(property => [fold(keyOf(property)), property]))

  const zero = () => {
    const value = {} as T
    for (const property of properties) assign(value, property, fields[property].zero())
    return value
  }
  return {
    goType,
    zero,
    decode(node, before, context) {
      if (!(node instanceof JsonObject)) {
        if (node !== null) context.report(nameOf(node), goType)
        return before
      }
      const outer = context.struct
      for (const [key, item] of node.entries) {
        const property = exact.get(key) ?? folded.get(fold(key))
        if (property === undefined) continue
        context.path.push(special[property]?.path ?? keyOf(property))
        context.struct = name
        const current = before[property] ?? fields[property].zero()
        assign(before, property, fields[property].decode(item, current, context))
        context.path.pop()
        context.struct = outer
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
      if (!(node instanceof JsonObject)) {
        context.report(nameOf(node), goType)
        return before
      }
      const entries = Object.entries(before)
      for (const [key, item] of node.entries) entries.push([key, mapValue(item, context)])
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
  if (value === undefined) delete target[property]
  else target[property] = value
}

/** A value of the wrong type leaves the zero value under its key. */
function mapValue(node: Parameters<Codec<string>['decode']>[0], context: DecodeContext): string {
  if (typeof node === 'string') return node
  if (node !== null) context.report(nameOf(node), 'string')
  return ''
}

/** Simple case folding as far as field names go: two characters outside of ASCII fold into it. */
function fold(key: string): string {
  return key.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k')
}
