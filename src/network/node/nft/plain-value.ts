/** A value of nft's JSON without what changes by itself. */
import type { NftValue } from './ruleset.js'
import { sortValues } from './sort-values.js'

const MOST_DEPTH = 32
/** Numbers of objects, and what is left of a time. */
const PASSING: ReadonlySet<string> = new Set(['handle', 'expires', 'packets', 'bytes', 'used'])

/** Undefined for what is no JSON, or too deep to be of nft. */
export function plainValue(value: unknown, depth = 0): NftValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object' || depth > MOST_DEPTH) return undefined
  if (Array.isArray(value)) {
    const items = value.map(item => plainValue(item, depth + 1))
    return items.every(item => item !== undefined) ? items : undefined
  }
  const entries: [string, NftValue][] = []
  for (const [key, field] of Object.entries(value)) {
    if (PASSING.has(key)) continue
    const plain = plainValue(field, depth + 1)
    if (plain === undefined) return undefined
    entries.push([key, canonical(key, plain)])
  }
  return Object.fromEntries(entries)
}

function canonical(key: string, value: NftValue): NftValue {
  // A counter is there; how far it has come is another matter.
  if (key === 'counter' && isEmpty(value)) return null
  if (key === 'set' && Array.isArray(value)) return sortValues(value)
  // What `reject` means in `inet` when nothing more is said; versions differ in whether they say it.
  if (key === 'reject' && value === null) return { type: 'icmpx', expr: 'port-unreachable' }
  // One flag is a text in some versions and a list in others.
  if (key === 'flags' && Array.isArray(value) && value.length === 1) return value[0] as NftValue
  return value
}

function isEmpty(value: NftValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
