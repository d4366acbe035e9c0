/** What the GraphQL service knows of a kind of record; schema, filters and ordering all follow from it. */
import type { World } from '../world.js'

export type ScalarName = 'ID' | 'Int' | 'BigInt' | 'String' | 'Boolean'
export type Value = string | number | bigint | boolean

export interface Enumeration {
  readonly enum: string
  readonly values: readonly string[]
}

export interface Field<R> {
  readonly kind: ScalarName | Enumeration
  /** null only where `nullable`. */
  get(record: R, world: World): Value | null
  readonly nullable?: boolean
}

export interface Relation<R> {
  /** Name of the other entity. */
  readonly to: string
  readonly many: boolean
  /** A record, null (only when not `many`), or a list of records. */
  get(record: R, world: World): unknown
  readonly nullable?: boolean
}

export interface Entity<R = unknown> {
  readonly name: string
  /** Root fields; entities without are only reached through others. */
  readonly root?: { readonly list: string; readonly one: string; all(world: World): readonly R[] }
  readonly fields: Readonly<Record<string, Field<R>>>
  readonly relations?: Readonly<Record<string, Relation<R>>>
}

/** Checks the getters against the record's type, then forgets it: the engine handles all entities alike. */
export function entity<R>(definition: Entity<R>): Entity {
  return definition as unknown as Entity
}

export function field<R>(kind: Field<R>['kind'], get: Field<R>['get']): Field<R> {
  return { kind, get }
}

export function nullable<R>(kind: Field<R>['kind'], get: Field<R>['get']): Field<R> {
  return { kind, get, nullable: true }
}
