/**
 * Where two pieces of wire data differ, field by field, as a person reads it.
 *
 * Go prints zero values that a client left out and nodes return lists in their own order, so absent, null, empty and
 * zero are equal here, and lists whose order means nothing are compared as sets.
 */
const SHOWN_SECRET = '‹secret›'

/** Last path segments whose values are never shown. */
const SECRET_FIELDS = new Set(['wireguard_private_key', 'hex_key', 'password', 'key'])
const UNORDERED = new Set(['peers', 'allowed_ips', 'gpu'])

export interface FieldChange {
  /** `compute_capacity.memory`, `env.SSH_KEY`, `peers[3]` */
  readonly path: string
  readonly from: unknown
  readonly to: unknown
}

export function fieldChanges(from: unknown, to: unknown, path = ''): readonly FieldChange[] {
  if (isZero(from) && isZero(to)) return []
  if (Array.isArray(from) || Array.isArray(to)) return listChanges(toList(from), toList(to), path)
  if (isPlain(from) || isPlain(to)) {
    const left = isPlain(from) ? from : {}
    const right = isPlain(to) ? to : {}
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
    return keys.flatMap(key => fieldChanges(left[key], right[key], path === '' ? key : `${path}.${key}`))
  }
  if (sameScalar(from, to)) return []
  return [isSecret(path) ? { path, from: SHOWN_SECRET, to: SHOWN_SECRET } : { path, from, to }]
}

function listChanges(from: readonly unknown[], to: readonly unknown[], path: string): readonly FieldChange[] {
  const field = path.slice(path.lastIndexOf('.') + 1)
  const unordered = UNORDERED.has(field)
  const left = unordered ? sorted(from) : from
  const right = unordered ? sorted(to) : to
  return Array.from({ length: Math.max(left.length, right.length) }).flatMap((_, i) =>
    fieldChanges(left[i], right[i], `${path}[${i}]`),
  )
}

function isSecret(path: string): boolean {
  if (/(^|\.)env\./.test(path)) return true
  return SECRET_FIELDS.has(path.slice(path.lastIndexOf('.') + 1).replace(/(\[\d+\])+$/, ''))
}

/** What Go leaves behind where nothing was given. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0 || value === 0n)
    return true
  return Array.isArray(value) && value.length === 0
}

function sameScalar(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return String(a) === String(b)
  return a === b
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** By WireGuard key where there is one, so that one changed peer shows as one change. */
function sorted(values: readonly unknown[]): readonly unknown[] {
  const rank = (value: unknown) => (isPlain(value) ? String(value.wireguard_public_key ?? '') : String(value))
  return [...values].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))
}
