/** What NSINFO tells. */
import { ZdbError } from '../../../errors/zdb.js'

export interface NamespaceInfo {
  readonly name: string
  readonly entries: number
  readonly public: boolean
  readonly worm: boolean
  readonly locked: boolean
  readonly hasPassword: boolean
  /** Of the latest values. */
  readonly sizeBytes: number
  /** 0 for none. */
  readonly maxsizeBytes: number
  readonly mode: 'user' | 'seq'
  /** All lines as they came. */
  readonly fields: Readonly<Record<string, string>>
}

/** @throws {ZdbError} ZDB_PROTOCOL */
export function parseNamespaceInfo(text: string): NamespaceInfo {
  const pairs = text.split('\n').flatMap(line => {
    const at = line.indexOf(': ')
    return line.startsWith('#') || at === -1 ? [] : [[line.slice(0, at), line.slice(at + 2).trim()] as const]
  })
  const fields = Object.fromEntries(pairs)
  const field = (name: string): string => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (value === undefined) throw new ZdbError('ZDB_PROTOCOL', `the description of a namespace has no ${name}`)
    return value
  }
  const count = (name: string): number => {
    const value = field(name)
    if (!/^\d{1,19}$/.test(value)) throw new ZdbError('ZDB_PROTOCOL', `${name} of a namespace is not a number`)
    return Number(value)
  }
  return {
    name: field('name'),
    entries: count('entries'),
    public: field('public') === 'yes',
    worm: field('worm') === 'yes',
    locked: field('locked') === 'yes',
    hasPassword: field('password') === 'yes',
    sizeBytes: count('data_size_bytes'),
    maxsizeBytes: count('data_limits_bytes'),
    mode: field('mode') === 'sequential' ? 'seq' : 'user',
    fields,
  }
}
