/**
 * JSON for records: bigint is written as `{"$u":"123"}`, bytes as `{"$b":"0a0b"}`. Keys of the data that begin with `$`
 * get another one in front, so that nothing a user sends can turn into either.
 */
import { fromHex, toHex } from '../../core/hex.js'

/** @throws {TypeError} on cycles */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, seen: unknown) {
    // Not `seen`: Buffer has a toJSON of its own, which has run by now.
    const original = this[key]
    if (typeof original === 'bigint') return { $u: String(original) }
    if (original instanceof Uint8Array) return { $b: toHex(original) }
    return isPlain(seen) ? mapKeys(seen, name => (name.startsWith('$') ? `$${name}` : name)) : seen
  })
}

/** @throws {SyntaxError} when it is not JSON */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (!isPlain(value)) return value
    if (typeof value.$u === 'string') return BigInt(value.$u)
    if (typeof value.$b === 'string') return fromHex(value.$b)
    return mapKeys(value, name => (name.startsWith('$$') ? name.slice(1) : name))
  })
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapKeys(value: Record<string, unknown>, rename: (name: string) => string): Record<string, unknown> {
  if (!Object.keys(value).some(name => name.startsWith('$'))) return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [rename(name), entry]))
}
