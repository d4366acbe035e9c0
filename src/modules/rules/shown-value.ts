/** A value as a problem shows it: plain, short, printable as JSON. */
const LONGEST = 80

export function shownValue(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}… (${value.length} characters)`
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return `${value}n`.slice(0, LONGEST)
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return value
  }
}
