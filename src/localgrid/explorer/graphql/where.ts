/**
 * The `where` argument: `twinID_eq`, `state_in`, `deploymentData_contains` …, AND, OR, and conditions on related
 * records. Names and meaning as subsquid/squid-sdk serves them (graphql/openreader).
 */
import type { World } from '../world.js'
import type { Entity, Field, Value } from './entity.js'

export type Where = Readonly<Record<string, unknown>>
type Test = (value: Value | null, wanted: unknown) => boolean

const compare = (test: (a: Value, b: Value) => boolean): Test => {
  return (value, wanted) => value !== null && wanted !== null && test(value, wanted as Value)
}
const text = (test: (value: string, wanted: string) => boolean): Test => {
  return (value, wanted) => typeof value === 'string' && typeof wanted === 'string' && test(value, wanted)
}
const not = (test: Test): Test => {
  return (value, wanted) => value !== null && wanted !== null && !test(value, wanted)
}

const eq: Test = (value, wanted) => value === wanted
const within: Test = (value, wanted) => Array.isArray(wanted) && wanted.includes(value)
const contains = text((value, wanted) => value.includes(wanted))
const containsInsensitive = text((value, wanted) => value.toLowerCase().includes(wanted.toLowerCase()))
const startsWith = text((value, wanted) => value.startsWith(wanted))
const endsWith = text((value, wanted) => value.endsWith(wanted))

export const EQUALITY: Readonly<Record<string, Test>> = { eq, not_eq: (v, w) => !eq(v, w) }
export const MEMBERSHIP: Readonly<Record<string, Test>> = { in: within, not_in: not(within) }
export const ORDER: Readonly<Record<string, Test>> = {
  gt: compare((a, b) => a > b),
  gte: compare((a, b) => a >= b),
  lt: compare((a, b) => a < b),
  lte: compare((a, b) => a <= b),
}
export const TEXT: Readonly<Record<string, Test>> = {
  contains,
  not_contains: not(contains),
  containsInsensitive,
  not_containsInsensitive: not(containsInsensitive),
  startsWith,
  not_startsWith: not(startsWith),
  endsWith,
  not_endsWith: not(endsWith),
}

/** The operators of a field, `isNull` apart. */
export function operatorsOf(field: Field<unknown>): Readonly<Record<string, Test>> {
  if (typeof field.kind !== 'string') return { ...EQUALITY, ...MEMBERSHIP }
  if (field.kind === 'Boolean') return EQUALITY
  const common = { ...EQUALITY, ...MEMBERSHIP, ...ORDER }
  return field.kind === 'String' || field.kind === 'ID' ? { ...common, ...TEXT } : common
}

/** Whose world it is, and how much looking is left in it. */
export interface Search {
  readonly world: World
  /** Counts conditions that are tested; throws when there are too many: they multiply along relations. */
  step(): void
}

type Condition = (record: unknown, wanted: unknown, search: Search) => boolean

/** Filters of all entities, compiled once: the keys of the schema's input types lead to what they do. */
export class WhereEngine {
  readonly #entities: ReadonlyMap<string, Entity>
  readonly #conditions = new Map<string, ReadonlyMap<string, Condition>>()

  constructor(entities: readonly Entity[]) {
    this.#entities = new Map(entities.map(entity => [entity.name, entity]))
    for (const entity of entities) this.#conditions.set(entity.name, this.#conditionsOf(entity))
  }

  filter<R>(entity: Entity, records: readonly R[], where: Where | null | undefined, search: Search): readonly R[] {
    return where ? records.filter(record => this.matches(entity.name, record, where, search)) : records
  }

  matches(name: string, record: unknown, where: Where, search: Search): boolean {
    search.step()
    const conditions = this.#conditions.get(name)
    const { AND, OR, ...own } = where
    const entries = Object.entries(own).filter(([, wanted]) => wanted !== undefined)
    const all = (list: unknown) => asList(list).every(part => this.matches(name, record, part, search))
    const any = (list: unknown) => asList(list).some(part => this.matches(name, record, part, search))

    // OR stands beside the rest: `{ a, OR: { b } }` is a or b. Without a rest it stands alone.
    const rest = entries.length > 0 || asList(AND).length > 0
    const here = entries.every(([key, wanted]) => conditions?.get(key)?.(record, wanted, search)) && all(AND)
    return asList(OR).length === 0 ? here : (rest && here) || any(OR)
  }

  #conditionsOf(entity: Entity): ReadonlyMap<string, Condition> {
    const conditions = new Map<string, Condition>()
    for (const [name, field] of Object.entries(entity.fields)) {
      conditions.set(
        `${name}_isNull`,
        (record, wanted, search) => (field.get(record, search.world) === null) === wanted,
      )
      for (const [operator, test] of Object.entries(operatorsOf(field))) {
        conditions.set(`${name}_${operator}`, (record, wanted, search) => test(field.get(record, search.world), wanted))
      }
    }
    for (const [name, relation] of Object.entries(entity.relations ?? {})) {
      const matches = (record: unknown, wanted: unknown, search: Search) =>
        wanted === null || this.matches(relation.to, record, wanted as Where, search)
      if (relation.many) {
        const list = (record: unknown, search: Search) => relation.get(record, search.world) as readonly unknown[]
        conditions.set(`${name}_every`, (r, wanted, search) =>
          list(r, search).every(one => matches(one, wanted, search)),
        )
        conditions.set(`${name}_some`, (r, wanted, search) => list(r, search).some(one => matches(one, wanted, search)))
        conditions.set(
          `${name}_none`,
          (r, wanted, search) => !list(r, search).some(one => matches(one, wanted, search)),
        )
      } else {
        const one = (record: unknown, search: Search) => relation.get(record, search.world) ?? null
        conditions.set(`${name}_isNull`, (r, wanted, search) => (one(r, search) === null) === wanted)
        conditions.set(name, (r, wanted, search) => one(r, search) !== null && matches(one(r, search), wanted, search))
      }
    }
    return conditions
  }

  entity(name: string): Entity | undefined {
    return this.#entities.get(name)
  }
}

function asList(value: unknown): readonly Where[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).filter(part => part !== null)
}
