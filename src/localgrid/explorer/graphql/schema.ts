/**
 * The GraphQL schema, built from the entities in the style of subsquid: `nodes(where, orderBy, limit, offset)`,
 * `nodeById`, `nodesConnection { totalCount edges pageInfo }`.
 */
import type {
  GraphQLEnumType,
  GraphQLFieldConfigMap,
  GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLInputType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
} from 'graphql'

import type { World } from '../world.js'
import { ENTITIES } from './entities.js'
import type { Entity, Enumeration, Field, Value } from './entity.js'
import { operatorsOf, type Search, type Where, WhereEngine } from './where.js'

export type Graphql = typeof import('graphql')

export interface QueryContext extends Search {
  /** Counts objects of the answer; throws when there are too many. */
  spend(objects: number): void
}

interface ListArguments {
  where?: Where | null
  orderBy?: readonly Order[] | null
  limit?: number | null
  offset?: number | null
  first?: number | null
  after?: string | null
}

interface Order {
  readonly field: Field<unknown>
  readonly sign: 1 | -1
}

export function buildSchema(graphql: Graphql): GraphQLSchema {
  return new SchemaBuilder(graphql).build()
}

class SchemaBuilder {
  readonly #g: Graphql
  readonly #engine = new WhereEngine(ENTITIES)
  readonly #bigInt: GraphQLScalarType
  readonly #enums = new Map<string, GraphQLEnumType>()
  readonly #objects = new Map<string, GraphQLObjectType>()
  readonly #wheres = new Map<string, GraphQLInputObjectType>()
  readonly #orders = new Map<string, GraphQLEnumType>()
  readonly #pageInfo: GraphQLObjectType

  constructor(graphql: Graphql) {
    this.#g = graphql
    this.#bigInt = bigIntScalar(graphql)
    const { GraphQLNonNull, GraphQLBoolean, GraphQLString } = graphql
    this.#pageInfo = new graphql.GraphQLObjectType({
      name: 'PageInfo',
      fields: {
        hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) },
        hasPreviousPage: { type: new GraphQLNonNull(GraphQLBoolean) },
        startCursor: { type: new GraphQLNonNull(GraphQLString) },
        endCursor: { type: new GraphQLNonNull(GraphQLString) },
      },
    })
  }

  build(): GraphQLSchema {
    const fields: GraphQLFieldConfigMap<unknown, QueryContext> = {}
    for (const entity of ENTITIES) Object.assign(fields, this.#rootFields(entity))
    return new this.#g.GraphQLSchema({ query: new this.#g.GraphQLObjectType({ name: 'Query', fields }) })
  }

  #rootFields(entity: Entity): GraphQLFieldConfigMap<unknown, QueryContext> {
    const { GraphQLNonNull: NonNull, GraphQLList: List, GraphQLInt, GraphQLString } = this.#g
    const { root } = entity
    if (!root) return {}
    const object = this.#object(entity)
    const where = { type: this.#where(entity) }
    const orders = new List(new NonNull(this.#order(entity)))
    const list = (args: ListArguments, context: QueryContext) =>
      sort(this.#engine.filter(entity, root.all(context.world), args.where, context), args.orderBy, context.world)
    return {
      [`${root.one}ById`]: {
        type: object,
        args: { id: { type: new NonNull(GraphQLString) } },
        resolve: (_, { id }, { world }) =>
          root.all(world).find(one => entity.fields.id?.get(one, world) === id) ?? null,
      },
      [root.list]: {
        type: new NonNull(new List(new NonNull(object))),
        args: { where, orderBy: { type: orders }, offset: { type: GraphQLInt }, limit: { type: GraphQLInt } },
        resolve: (_, args: ListArguments, context) => {
          const offset = natural('offset', args.offset) ?? 0
          const limit = natural('limit', args.limit) ?? Number.POSITIVE_INFINITY
          const page = list(args, context).slice(offset, offset + limit)
          context.spend(page.length)
          return page
        },
      },
      [`${root.list}Connection`]: {
        type: new NonNull(this.#connection(entity, object)),
        args: {
          orderBy: { type: new NonNull(orders) },
          after: { type: GraphQLString },
          first: { type: GraphQLInt },
          where,
        },
        resolve: (_, args: ListArguments, context) => {
          const records = list(args, context)
          const page = connectionPage(records, args)
          return {
            totalCount: records.length,
            // Only when asked: most callers want the count alone.
            edges: () => {
              context.spend(page.records.length)
              return page.records.map((node, index) => ({ node, cursor: String(page.start + index + 1) }))
            },
            pageInfo: {
              hasNextPage: page.start + page.records.length < records.length,
              hasPreviousPage: page.start > 0,
              startCursor: page.records.length > 0 ? String(page.start + 1) : '',
              endCursor: page.records.length > 0 ? String(page.start + page.records.length) : '',
            },
          }
        },
      },
    }
  }

  #object(entity: Entity): GraphQLObjectType {
    const known = this.#objects.get(entity.name)
    if (known) return known
    const { GraphQLNonNull: NonNull, GraphQLObjectType } = this.#g
    const object = new GraphQLObjectType<unknown, QueryContext>({
      name: entity.name,
      // A function: entities refer to each other in circles.
      fields: () => {
        const fields: GraphQLFieldConfigMap<unknown, QueryContext> = {}
        for (const [name, field] of Object.entries(entity.fields)) {
          const type = this.#scalar(field.kind)
          fields[name] = {
            type: field.nullable ? type : new NonNull(type),
            resolve: (record, _, { world }) => field.get(record, world),
          }
        }
        return Object.assign(fields, this.#relationFields(entity))
      },
    })
    this.#objects.set(entity.name, object)
    return object
  }

  #relationFields(entity: Entity): GraphQLFieldConfigMap<unknown, QueryContext> {
    const { GraphQLNonNull: NonNull, GraphQLList: List, GraphQLInt } = this.#g
    const fields: GraphQLFieldConfigMap<unknown, QueryContext> = {}
    for (const [name, relation] of Object.entries(entity.relations ?? {})) {
      const other = this.#engine.entity(relation.to) as Entity
      const type = this.#object(other)
      if (!relation.many) {
        fields[name] = {
          type: relation.nullable ? type : new NonNull(type),
          resolve: (record, _, { world, spend }) => {
            spend(1)
            return relation.get(record, world)
          },
        }
        continue
      }
      fields[name] = {
        type: new NonNull(new List(new NonNull(type))),
        args: {
          where: { type: this.#where(other) },
          orderBy: { type: new List(new NonNull(this.#order(other))) },
          offset: { type: GraphQLInt },
          limit: { type: GraphQLInt },
        },
        resolve: (record, args: ListArguments, context) => {
          const all = relation.get(record, context.world) as readonly unknown[]
          const sorted = sort(this.#engine.filter(other, all, args.where, context), args.orderBy, context.world)
          const offset = natural('offset', args.offset) ?? 0
          const page = sorted.slice(offset, offset + (natural('limit', args.limit) ?? Number.POSITIVE_INFINITY))
          context.spend(page.length)
          return page
        },
      }
    }
    return fields
  }

  #connection(entity: Entity, object: GraphQLObjectType): GraphQLObjectType {
    const { GraphQLNonNull: NonNull, GraphQLList: List, GraphQLObjectType, GraphQLString, GraphQLInt } = this.#g
    const edge = new GraphQLObjectType({
      name: `${entity.name}Edge`,
      fields: { node: { type: new NonNull(object) }, cursor: { type: new NonNull(GraphQLString) } },
    })
    const { list } = entity.root as { list: string }
    return new GraphQLObjectType({
      name: `${list.charAt(0).toUpperCase()}${list.slice(1)}Connection`,
      fields: {
        edges: { type: new NonNull(new List(new NonNull(edge))) },
        pageInfo: { type: new NonNull(this.#pageInfo) },
        totalCount: { type: new NonNull(GraphQLInt) },
      },
    })
  }

  #where(entity: Entity): GraphQLInputObjectType {
    const known = this.#wheres.get(entity.name)
    if (known) return known
    const { GraphQLNonNull: NonNull, GraphQLList: List, GraphQLInputObjectType, GraphQLBoolean } = this.#g
    const input = new GraphQLInputObjectType({
      name: `${entity.name}WhereInput`,
      fields: () => {
        const fields: GraphQLInputFieldConfigMap = {}
        for (const [name, field] of Object.entries(entity.fields)) {
          const type = this.#scalar(field.kind) as GraphQLInputType
          fields[`${name}_isNull`] = { type: GraphQLBoolean }
          for (const operator of Object.keys(operatorsOf(field))) {
            const isList = operator === 'in' || operator === 'not_in'
            fields[`${name}_${operator}`] = { type: isList ? new List(new NonNull(type)) : type }
          }
        }
        for (const [name, relation] of Object.entries(entity.relations ?? {})) {
          const other = this.#where(this.#engine.entity(relation.to) as Entity)
          if (relation.many) for (const word of ['every', 'some', 'none']) fields[`${name}_${word}`] = { type: other }
          else Object.assign(fields, { [name]: { type: other }, [`${name}_isNull`]: { type: GraphQLBoolean } })
        }
        const list = { type: new List(new NonNull(this.#where(entity))) }
        return { ...fields, AND: list, OR: list }
      },
    })
    this.#wheres.set(entity.name, input)
    return input
  }

  #order(entity: Entity): GraphQLEnumType {
    const known = this.#orders.get(entity.name)
    if (known) return known
    const values = Object.entries(entity.fields).flatMap(([name, field]) => [
      [`${name}_ASC`, { value: { field, sign: 1 } satisfies Order }],
      [`${name}_DESC`, { value: { field, sign: -1 } satisfies Order }],
    ])
    const order = new this.#g.GraphQLEnumType({
      name: `${entity.name}OrderByInput`,
      values: Object.fromEntries(values),
    })
    this.#orders.set(entity.name, order)
    return order
  }

  #scalar(kind: Field<unknown>['kind']): GraphQLOutputType {
    if (typeof kind !== 'string') return this.#enumeration(kind)
    const { GraphQLID, GraphQLInt, GraphQLString, GraphQLBoolean } = this.#g
    return { ID: GraphQLID, Int: GraphQLInt, String: GraphQLString, Boolean: GraphQLBoolean, BigInt: this.#bigInt }[
      kind
    ]
  }

  #enumeration({ enum: name, values }: Enumeration): GraphQLEnumType {
    const known = this.#enums.get(name)
    if (known) return known
    const type = new this.#g.GraphQLEnumType({ name, values: Object.fromEntries(values.map(value => [value, {}])) })
    this.#enums.set(name, type)
    return type
  }
}

function connectionPage<R>(
  records: readonly R[],
  { first, after }: ListArguments,
): { records: readonly R[]; start: number } {
  const start = after ? (natural('after', /^\d{1,10}$/.test(after) ? Number(after) : -1) as number) : 0
  return { records: records.slice(start, start + (natural('first', first) ?? Number.POSITIVE_INFINITY)), start }
}

function sort<R>(records: readonly R[], orders: readonly Order[] | null | undefined, world: World): readonly R[] {
  if (!orders || orders.length === 0) return records
  return [...records].sort((a, b) => {
    for (const { field, sign } of orders) {
      const order = sign * compare(field.get(a, world), field.get(b, world))
      if (order !== 0) return order
    }
    return 0
  })
}

/** Without a value comes last, as PostgreSQL has it. */
function compare(a: Value | null, b: Value | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a < b ? -1 : a > b ? 1 : 0
}

function natural(name: string, value: number | null | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (value < 0) throw new RangeError(`${name} must be 0 or more`)
  return value
}

/** Decimal digits in a string; numbers are taken too. */
function bigIntScalar(graphql: Graphql): GraphQLScalarType {
  const read = (value: unknown): bigint => {
    if (typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value === 'string' && /^-?\d{1,78}$/.test(value)) return BigInt(value)
    throw new graphql.GraphQLError('BigInt must be a whole number, in a string when it is large')
  }
  return new graphql.GraphQLScalarType<bigint, string>({
    name: 'BigInt',
    description: 'A whole number of any size, as decimal digits',
    serialize: value => String(value),
    parseValue: read,
    parseLiteral: node => {
      if (node.kind === graphql.Kind.INT || node.kind === graphql.Kind.STRING) return read(node.value)
      throw new graphql.GraphQLError('BigInt must be a whole number, in a string when it is large')
    },
  })
}
