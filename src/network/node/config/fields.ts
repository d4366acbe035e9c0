/** Reading plain data field by field. What is wrong is told to `Problems`, and read as absent. */
import { nearest } from '../../../core/nearest.js'
import type { Problems } from './problems.js'

export type Fields = Readonly<Record<string, unknown>>

export class FieldReader {
  constructor(
    readonly fields: Fields,
    readonly path: string,
    readonly problems: Problems,
  ) {}

  /** An object with no other keys than these. */
  static of(value: unknown, path: string, keys: readonly string[], problems: Problems): FieldReader | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.add(path || 'configuration', 'object', 'must be an object {…}', value)
      return undefined
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) {
        problems.add(join(path, key), 'unknownKey', 'is no key of this', undefined, nearest(key, keys))
      }
    }
    return new FieldReader(value as Fields, path, problems)
  }

  at(key: string): string {
    return join(this.path, key)
  }

  has(key: string): boolean {
    return this.fields[key] !== undefined
  }

  object(key: string, keys: readonly string[]): FieldReader | undefined {
    return this.has(key) ? FieldReader.of(this.fields[key], this.at(key), keys, this.problems) : undefined
  }

  text(key: string, options: { most?: number; secret?: boolean; optional?: boolean } = {}): string | undefined {
    const { most = 128, secret = false, optional = false } = options
    const value = this.fields[key]
    if (value === undefined && optional) return undefined
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    if (typeof value === 'string' && value.length <= most && !/[\u0000-\u001f\u007f]/.test(value)) return value
    const message = `must be a text of at most ${most} characters, without line breaks`
    this.problems.add(this.at(key), 'text', message, secret ? undefined : value)
    return undefined
  }

  integer(key: string, least: number, most: number, optional = false): number | undefined {
    const value = this.fields[key]
    if (value === undefined && optional) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    this.problems.add(this.at(key), 'integer', `must be a whole number from ${least} to ${most}`, value)
    return undefined
  }

  flag(key: string): boolean | undefined {
    const value = this.fields[key]
    if (value === undefined || typeof value === 'boolean') return value
    this.problems.add(this.at(key), 'boolean', 'must be true or false', value)
    return undefined
  }

  oneOf<T extends string>(key: string, values: readonly T[], optional = false): T | undefined {
    const value = this.fields[key]
    if (value === undefined && optional) return undefined
    if ((values as readonly unknown[]).includes(value)) return value as T
    const meant = typeof value === 'string' ? nearest(value, values) : undefined
    this.problems.add(this.at(key), 'oneOf', `must be one of ${values.join(', ')}`, value, meant)
    return undefined
  }

  /** Absent is empty. */
  list<T>(key: string, most: number, read: (value: unknown, path: string) => T | undefined): readonly T[] {
    const value = this.fields[key]
    if (value === undefined) return []
    if (!Array.isArray(value) || value.length > most) {
      this.problems.add(this.at(key), 'list', `must be a list […] of at most ${most}`, value)
      return []
    }
    return value.flatMap((element, index) => {
      const one = read(element, `${this.at(key)}[${index}]`)
      return one === undefined ? [] : [one]
    })
  }

  /** A text, made canonical by `parse`; when that throws it is a problem. */
  parsed<T>(key: string, parse: (text: string) => T, options: { secret?: boolean } = {}): T | undefined {
    const value = this.text(key, options)
    return value === undefined ? undefined : this.problems.attempt(this.at(key), key, () => parse(value))
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
