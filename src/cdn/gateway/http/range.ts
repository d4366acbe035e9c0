/**
 * The Range header: one part of a file, counted from its beginning or its end. Source: RFC 9110, section 14.
 *
 * What is not understood is ignored, as the standard asks: other units, several ranges, what breaks the grammar.
 */
export interface ByteRange {
  /** Of the first byte. */
  readonly start: number
  /** Behind the last byte. */
  readonly end: number
}

/** `whole` when the header does not count, `unsatisfiable` when no byte of the file is in the range. */
export type RangeAnswer = ByteRange | 'whole' | 'unsatisfiable'

/** Long enough for any number that matters, and short enough to stay exact or be plainly too large. */
const RANGE = /^bytes[ \t]*=[ \t,]*(\d{0,20})-(\d{0,20})[ \t,]*$/i

/** @param sizeBytes of the file
 * @example readRange('bytes=-500', 10_000) // { start: 9_500, end: 10_000 }
 */
export function readRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const [, first, last] = (header === undefined || header.length > 100 ? undefined : RANGE.exec(header)) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole'

  if (first === '') {
    const count = Math.min(Number(last), sizeBytes)
    return count === 0 ? 'unsatisfiable' : { start: sizeBytes - count, end: sizeBytes }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return 'whole'
  if (start >= sizeBytes) return 'unsatisfiable'
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) }
}
