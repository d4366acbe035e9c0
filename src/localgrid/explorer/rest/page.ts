/** One page of a list, sorted, as the REST proxy gives it. Source: threefoldtech/tfgrid-sdk-go, grid-proxy/pkg/types/limit.go. */
import { LocalGridError } from '../../../errors/localgrid.js'

export type SortValue = string | number | bigint | boolean
export type Sorters<T> = Readonly<Record<string, (record: T) => SortValue>>

export interface Page<T> {
  readonly records: readonly T[]
  readonly headers: Readonly<Record<string, string>>
}

const DEFAULT_SIZE = 50

/** @throws {LocalGridError} LOCALGRID_REQUEST for numbers and names that cannot be understood */
export function pageOf<T>(records: readonly T[], query: URLSearchParams, sorters: Sorters<T>): Page<T> {
  const size = whole(query, 'size') || DEFAULT_SIZE
  const page = whole(query, 'page') || 1
  const start = (page - 1) * size
  const sorted = query.get('randomize') === 'true' ? shuffled(records) : sort(records, query, sorters)
  return {
    records: sorted.slice(start, start + size),
    headers:
      query.get('ret_count') === 'true'
        ? {
            count: String(records.length),
            size: String(size),
            pages: String(Math.ceil(records.length / size)),
          }
        : {},
  }
}

function whole(query: URLSearchParams, name: string): number {
  const text = query.get(name) || '0'
  if (!/^\d{1,15}$/.test(text)) throw badParameter(name, 'a whole number')
  return Number(text)
}

function sort<T>(records: readonly T[], query: URLSearchParams, sorters: Sorters<T>): readonly T[] {
  const by = query.get('sort_by')
  if (!by) return records
  const order = (query.get('sort_order') || 'asc').toLowerCase()
  if (order !== 'asc' && order !== 'desc') throw badParameter('sort_order', 'asc or desc')
  const value = Object.hasOwn(sorters, by) ? sorters[by] : undefined
  if (!value) throw badParameter('sort_by', `one of ${Object.keys(sorters).join(', ')}`)
  const sign = order === 'asc' ? 1 : -1
  // Array.prototype.sort is stable: equal ones keep the order of their ids.
  return [...records].sort((a, b) => sign * compare(value(a), value(b)))
}

function compare(a: SortValue, b: SortValue): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function shuffled<T>(records: readonly T[]): readonly T[] {
  return records
    .map(record => ({ record, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ record }) => record)
}

export function badParameter(name: string, expected: string): LocalGridError {
  return new LocalGridError('LOCALGRID_REQUEST', `the parameter ${name} must be ${expected}`, { where: name })
}
