/**
 * What `nft -j list ruleset` prints, as tables that can be compared: without handles, counts and the order of things
 * whose order means nothing. Rules that we would never write are kept as they are, so that they are seen.
 *
 * Source of the shapes: libnftables-json(5).
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { plainValue } from './plain-value.js'
import type { NftChain, NftFamily, NftHook, NftRule, NftSet, NftTable, NftValue } from './ruleset.js'
import { sortByName, sortTables, sortValues } from './sort-values.js'

const MOST_CHARACTERS = 64 * 1024 * 1024
const MOST_OBJECTS = 500_000
const FAMILIES: ReadonlySet<string> = new Set<NftFamily>(['inet', 'ip', 'ip6', 'arp', 'bridge'])
const HOOKS: ReadonlySet<unknown> = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting'])
const CHAIN_TYPES: ReadonlySet<unknown> = new Set(['filter', 'nat', 'route'])
const SIMPLE_TABLE: ReadonlySet<string> = new Set(['family', 'name'])
const SIMPLE_SET: ReadonlySet<string> = new Set(['family', 'name', 'table', 'type', 'elem'])

type Fields = Readonly<Record<string, NftValue>>

interface OpenTable {
  readonly family: NftFamily
  readonly name: string
  readonly sets: NftSet[]
  readonly chains: Map<string, { hook: NftHook | undefined; rules: NftRule[] }>
  readonly others: NftValue[]
}

/** @param json the text, or what JSON.parse made of it
 * @returns sorted by family and name; tables of network devices (`netdev`) are left out
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readNft(json: unknown): readonly NftTable[] {
  const objects = objectsOf(typeof json === 'string' ? parse(json) : json)
  const tables = new Map<string, OpenTable>()
  for (const [index, object] of objects.entries()) {
    const [kind, value] = onlyEntry(object, index)
    if (kind === 'metainfo') continue
    const fields = fieldsOf(value, index)
    if (fields.family === 'netdev') continue
    if (kind === 'table') openTable(tables, fields, index)
    else addTo(tableOf(tables, fields, index), kind, fields, index)
  }
  return sortTables([...tables.values()].map(closeTable))
}

function parse(text: string): unknown {
  if (text.length > MOST_CHARACTERS) throw unreadable(`has ${text.length} characters, and ${MOST_CHARACTERS} are read`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable('is not JSON', cause)
  }
}

function objectsOf(json: unknown): readonly unknown[] {
  const list = typeof json === 'object' && json !== null ? (json as { nftables?: unknown }).nftables : undefined
  if (!Array.isArray(list)) throw unreadable('has no list of objects')
  if (list.length > MOST_OBJECTS) throw unreadable(`has ${list.length} objects, and ${MOST_OBJECTS} are read`)
  return list
}

function openTable(tables: Map<string, OpenTable>, fields: Fields, index: number): void {
  const family = textOf(fields, 'family', index)
  if (!FAMILIES.has(family)) throw unreadable(`has a table of the family ${JSON.stringify(family)}`)
  const name = textOf(fields, 'name', index)
  const key = keyOf(family, name)
  if (tables.has(key)) throw unreadable(`has the table ${key} twice`)
  // Flags such as `dormant`: none of our tables has any.
  const others = Object.keys(fields).every(field => SIMPLE_TABLE.has(field)) ? [] : [{ table: fields }]
  tables.set(key, { family: family as NftFamily, name, sets: [], chains: new Map(), others })
}

function addTo(table: OpenTable, kind: string, fields: Fields, index: number): void {
  if (kind === 'rule') addRule(table, fields, index)
  else if (kind === 'chain') addChain(table, fields, index)
  else if (kind === 'set' && isSimpleSet(fields)) addSet(table, fields, index)
  else table.others.push({ [kind]: fields })
}

function addSet(table: OpenTable, fields: Fields, index: number): void {
  const { type, elem } = fields
  const elements = elem === undefined ? [] : sortValues(listOf(elem, index))
  table.sets.push({ name: textOf(fields, 'name', index), type: [type].flat() as string[], elements })
}

function addChain(table: OpenTable, fields: Fields, index: number): void {
  const name = textOf(fields, 'name', index)
  if (table.chains.has(name)) throw unreadable(`has the chain ${name} of ${table.name} twice`)
  const hook = hookOf(fields)
  table.chains.set(name, { hook: hook === 'other' ? undefined : hook, rules: [] })
  if (hook === 'other') table.others.push({ chain: fields })
}

function addRule(table: OpenTable, fields: Fields, index: number): void {
  const name = textOf(fields, 'chain', index)
  const chain = table.chains.get(name)
  if (chain === undefined) throw unreadable(`has a rule of the chain ${JSON.stringify(name)}, which is not there`)
  chain.rules.push({ statements: listOf(fields.expr ?? [], index) })
}

/** `other` for what our chains never are, such as those of a network device. */
function hookOf({ type, hook, prio, policy = 'accept', dev }: Fields): NftHook | undefined | 'other' {
  if (hook === undefined && type === undefined) return undefined
  const known = CHAIN_TYPES.has(type) && HOOKS.has(hook) && (policy === 'accept' || policy === 'drop')
  if (!known || dev !== undefined || typeof prio !== 'number') return 'other'
  return { type: type as NftHook['type'], hook: hook as NftHook['hook'], priority: prio, policy }
}

function isSimpleSet(fields: Fields): boolean {
  const types = [fields.type].flat()
  return types.every(type => typeof type === 'string') && Object.keys(fields).every(key => SIMPLE_SET.has(key))
}

function closeTable({ family, name, sets, chains, others }: OpenTable): NftTable {
  const closed = [...chains].map(([name, { hook, rules }]): NftChain => ({ name, ...(hook && { hook }), rules }))
  return {
    family,
    name,
    sets: sortByName(sets),
    chains: sortByName(closed),
    ...(others.length === 0 ? {} : { others: sortValues(others) }),
  }
}

function tableOf(tables: Map<string, OpenTable>, fields: Fields, index: number): OpenTable {
  const key = keyOf(textOf(fields, 'family', index), textOf(fields, 'table', index))
  const table = tables.get(key)
  if (table === undefined) throw unreadable(`has something of the table ${JSON.stringify(key)}, which is not there`)
  return table
}

function keyOf(family: string, name: string): string {
  return `${family} ${name}`
}

function onlyEntry(object: unknown, index: number): readonly [string, unknown] {
  const entries = typeof object === 'object' && object !== null ? Object.entries(object) : []
  const [only, ...rest] = entries
  if (only === undefined || rest.length > 0) throw unreadable(`has at ${index} something that is no object of nft`)
  return only
}

function fieldsOf(value: unknown, index: number): Fields {
  const plain = plainValue(value)
  if (plain === undefined || typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw unreadable(`has at ${index} something that is no object of nft`)
  }
  return plain as Fields
}

function listOf(value: NftValue, index: number): readonly NftValue[] {
  if (!Array.isArray(value)) throw unreadable(`has at ${index} something else where a list must be`)
  return value
}

function textOf(fields: Fields, name: string, index: number): string {
  const text = fields[name]
  if (typeof text !== 'string') throw unreadable(`has at ${index} no text ${name}`)
  return text
}

function unreadable(why: string, cause?: unknown): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_OBSERVE', `the ruleset that nft printed ${why.slice(0, 300)}`, {
    hint: 'look at `nft -j list ruleset`; nft 1.0.6 and later are known to work',
    ...(cause === undefined ? {} : { cause }),
  })
}
