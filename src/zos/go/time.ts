/**
 * RFC 3339 as Go's `time.Time` reads it from JSON: hours of one digit, a comma before the fraction, and offsets up to
 * 24:60 pass as well (golang/go issue 54580).
 */

/** Unix seconds, rounded down; undefined when Go would refuse the text.
 *
 * @example rfc3339Seconds('2021-07-16T00:00:00+02:00') // 1626386400n
 */
export function rfc3339Seconds(text: string): bigint | undefined {
  const match = RFC3339.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined

  const offset = match[7] === 'Z' ? 0 : offsetSeconds(match[7] as string)
  if (offset === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // years below 100 are years below 100
  date.setUTCHours(hour, minute, second)
  return BigInt(date.getTime() / 1000) - BigInt(offset)
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)$/

function offsetSeconds(zone: string): number | undefined {
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 24 || minutes > 60) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}
