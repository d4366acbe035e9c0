/** The one order of things whose order means nothing: elements of sets, tables, chains. */
import { compareNaturally } from '../../address/index.js'
import type { NftTable, NftValue } from './ruleset.js'

/** Numbers by size, texts naturally. */
export function sortValues(values: readonly NftValue[]): readonly NftValue[] {
  return values
    .map(value => ({ value, text: JSON.stringify(value) }))
    .sort((a, b) => compareNaturally(a.text, b.text))
    .map(({ value }) => value)
}

export function sortByName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => compareNaturally(a.name, b.name))
}

export function sortTables(tables: readonly NftTable[]): readonly NftTable[] {
  return [...tables].sort((a, b) => compareNaturally(a.family, b.family) || compareNaturally(a.name, b.name))
}
