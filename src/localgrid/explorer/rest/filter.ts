/**
 * Filters of the REST proxy: a table per list says what each parameter compares. Parameters without a value do not
 * filter, unknown ones neither: the peer client sends both.
 */
import { badParameter } from './page.js'

type Test<T> = (record: T) => boolean
/** Reads the parameter's text and gives the test. @throws {LocalGridError} LOCALGRID_REQUEST */
export type Filter<T> = (text: string, name: string) => Test<T>
export type Filters<T> = Readonly<Record<string, Filter<T>>>

/** All given parameters that are in the table, as one test; undefined when there is none. */
export function readFilters<T>(query: URLSearchParams, filters: Filters<T>): Test<T> | undefined {
  const tests: Test<T>[] = []
  for (const name of new Set(query.keys())) {
    const text = query.getAll(name).join(',')
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined
    if (filter && text.replaceAll(',', '') !== '') tests.push(filter(text, name))
  }
  return tests.length === 0 ? undefined : record => tests.every(test => test(record))
}

export function is<T>(get: (record: T) => number | bigint): Filter<T> {
  return (text, name) => {
    const wanted = integer(text, name)
    return record => BigInt(get(record)) === wanted
  }
}

export function atLeast<T>(get: (record: T) => number | bigint): Filter<T> {
  return (text, name) => {
    const wanted = integer(text, name)
    return record => BigInt(get(record)) >= wanted
  }
}

export function oneOf<T>(get: (record: T) => number | bigint): Filter<T> {
  return (text, name) => {
    const wanted = new Set(parts(text).map(part => integer(part, name)))
    return record => wanted.has(BigInt(get(record)))
  }
}

export function noneOf<T>(get: (record: T) => number | bigint): Filter<T> {
  return (text, name) => {
    const within = oneOf(get)(text, name)
    return record => !within(record)
  }
}

export function decimal<T>(compare: (record: T, wanted: number) => boolean): Filter<T> {
  return (text, name) => {
    const wanted = Number(text)
    if (!Number.isFinite(wanted)) throw badParameter(name, 'a number')
    return record => compare(record, wanted)
  }
}

export function flag<T>(get: (record: T) => boolean): Filter<T> {
  return (text, name) => {
    if (text !== 'true' && text !== 'false') throw badParameter(name, 'true or false')
    return record => get(record) === (text === 'true')
  }
}

/** Equal but for case. */
export function named<T>(get: (record: T) => string): Filter<T> {
  return text => record => get(record).toLowerCase() === text.toLowerCase()
}

/** Equal to the letter. */
export function exactly<T>(get: (record: T) => string | undefined): Filter<T> {
  return text => record => get(record) === text
}

export function containing<T>(get: (record: T) => readonly string[]): Filter<T> {
  return text => record => get(record).some(part => part.toLowerCase().includes(text.toLowerCase()))
}

/** One of the words. */
export function among<T>(get: (record: T) => string): Filter<T> {
  return text => {
    const wanted = new Set(parts(text).map(part => part.toLowerCase()))
    return record => wanted.has(get(record).toLowerCase())
  }
}

/** All of the words. */
export function having<T>(get: (record: T) => readonly string[]): Filter<T> {
  return text => {
    const wanted = parts(text)
    return record => wanted.every(word => get(record).includes(word))
  }
}

/** By a twin, compared in the way of the parameter. */
export function forTwin<T>(test: (record: T, twinId: number) => boolean): Filter<T> {
  return (text, name) => {
    const twinId = Number(integer(text, name))
    return record => test(record, twinId)
  }
}

function parts(text: string): string[] {
  return text.split(',').filter(part => part !== '')
}

function integer(text: string, name: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw badParameter(name, 'a whole number of 0 or more')
  return BigInt(text)
}
