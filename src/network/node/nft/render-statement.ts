/** One statement of a rule as text: those that our rulesets are made of, and no other. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { checkIdentifier, checkWord, quoteInterface } from './nft-names.js'
import type { NftValue } from './ruleset.js'

type Fields = { readonly [key: string]: NftValue }

const OPERATORS: ReadonlySet<NftValue> = new Set(['==', '!=', '<', '>', '<=', '>='])
const SHOWN_CHARACTERS = 200

/** @throws {NodeNetworkError} NODE_NET_NAME */
export function renderStatement(statement: NftValue): string {
  const [kind, body] = onlyField(statement)
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'counter':
      if (body !== null) throw unknown(statement)
      return kind
    case 'jump':
    case 'goto':
      return `${kind} ${checkIdentifier(fieldOf(body, 'target') as string, 'the chain to go to')}`
    case 'masquerade':
      return body === null ? kind : `${kind} ${checkWord(fieldOf(body, 'flags'), 'the flag of masquerade')}`
    case 'reject':
      return renderReject(statement, body)
    case 'match':
      return renderMatch(statement, body)
    default:
      throw unknown(statement)
  }
}

/** A constant: a number, a word, a prefix, a range, a set of them, or several side by side. */
export function renderValue(value: NftValue): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  if (typeof value === 'string') return checkWord(value, 'the value')
  const [kind, body] = onlyField(value)
  if (kind === 'prefix') {
    return `${checkWord(fieldOf(body, 'addr'), 'the address')}/${renderValue(fieldOf(body, 'len'))}`
  }
  if (!isList(body) || body.length === 0) throw unknown(value)
  if (kind === 'concat') return body.map(renderValue).join(' . ')
  if (kind === 'set') return `{ ${body.map(renderValue).join(', ')} }`
  if (kind === 'range' && body.length === 2) return body.map(renderValue).join('-')
  throw unknown(value)
}

function renderReject(statement: NftValue, body: NftValue): string {
  if (body === null) return 'reject'
  if (fieldOf(body, 'type') === 'tcp reset') return 'reject with tcp reset'
  // What it means in `inet` when nothing more is said.
  if (fieldOf(body, 'type') === 'icmpx' && fieldOf(body, 'expr') === 'port-unreachable') return 'reject'
  throw unknown(statement)
}

function renderMatch(statement: NftValue, body: NftValue): string {
  const left = fieldOf(body, 'left')
  const right = fieldOf(body, 'right')
  const op = fieldOf(body, 'op')
  // `in` is how nft calls a mask of flags: one of them is enough.
  if (op === 'in') return `${renderKey(left)} ${(isList(right) ? right : [right]).map(renderValue).join(',')}`
  if (!OPERATORS.has(op)) throw unknown(statement)
  // After a mask it is needed: `ip6 saddr & ::ffff ::1` says nothing.
  const operator = op === '==' && onlyField(left)[0] !== '&' ? '' : `${op} `
  return `${renderKey(left)} ${operator}${renderOperand(left, right)}`
}

function renderOperand(left: NftValue, right: NftValue): string {
  if (typeof right === 'string' && right.startsWith('@')) return `@${checkIdentifier(right.slice(1), 'the set')}`
  return isInterfaceName(left) ? quoteInterface(right) : renderValue(right)
}

function isInterfaceName(left: NftValue): boolean {
  const [kind, body] = onlyField(left)
  if (kind !== 'meta') return false
  const key = fieldOf(body, 'key')
  return key === 'iifname' || key === 'oifname'
}

/** What is compared: a field of the packet, of its way, or of its connection. */
function renderKey(left: NftValue): string {
  const [kind, body] = onlyField(left)
  switch (kind) {
    case 'meta':
    case 'ct': {
      const key = checkIdentifier(fieldOf(body, 'key') as string, 'the key')
      return key.startsWith('iif') || key.startsWith('oif') ? key : `${kind} ${key}`
    }
    case 'payload': {
      if (typeof body === 'object' && body !== null && 'base' in body) return renderRaw(body)
      const protocol = checkIdentifier(fieldOf(body, 'protocol') as string, 'the protocol')
      // Some fields have two words: `saddr ip` of ARP.
      const name = fieldOf(body, 'field')
      if (typeof name !== 'string') throw unknown(left)
      return [protocol, ...name.split(' ').map(word => checkIdentifier(word, 'the field'))].join(' ')
    }
    case 'concat':
      if (!isList(body) || body.length === 0) throw unknown(left)
      return body.map(renderKey).join(' . ')
    case '&':
      if (!isList(body) || body.length !== 2) throw unknown(left)
      return `${renderKey(body[0] as NftValue)} & ${renderValue(body[1] as NftValue)}`
    default:
      throw unknown(left)
  }
}

/** Bits of a header that have no name: `@th,128,32`. */
function renderRaw(body: NftValue): string {
  const base = checkIdentifier(fieldOf(body, 'base') as string, 'the header')
  return `@${base},${renderValue(fieldOf(body, 'offset'))},${renderValue(fieldOf(body, 'len'))}`
}

function onlyField(value: NftValue): readonly [string, NftValue] {
  const entries = typeof value === 'object' && value !== null && !isList(value) ? Object.entries(value) : []
  const [only, ...rest] = entries
  if (only === undefined || rest.length > 0) throw unknown(value)
  return only
}

function fieldOf(value: NftValue, name: string): NftValue {
  if (typeof value !== 'object' || value === null || isList(value) || !Object.hasOwn(value, name)) throw unknown(value)
  return (value as Fields)[name] as NftValue
}

function isList(value: NftValue): value is readonly NftValue[] {
  return Array.isArray(value)
}

function unknown(value: NftValue): NodeNetworkError {
  const shown = JSON.stringify(value)?.slice(0, SHOWN_CHARACTERS)
  return new NodeNetworkError('NODE_NET_NAME', `a rule has a part that is not rendered: ${shown}`, {
    details: { reason: 'statement' },
  })
}
