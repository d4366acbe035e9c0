/** What may be written into a ruleset: nothing that ends a name, a line or a rule. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { checkInterfaceName } from '../decide/device-names.js'
import type { NftFamily } from './ruleset.js'

const FAMILIES: ReadonlySet<string> = new Set(['inet', 'ip', 'ip6', 'arp', 'bridge'])
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
/** Addresses, hardware addresses and words such as `nd-router-advert`. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$|^::[0-9A-Fa-f:.]{0,62}$/
const SHOWN_CHARACTERS = 60

/** The name of a table, chain or set. @throws {NodeNetworkError} NODE_NET_NAME */
export function checkIdentifier(text: string, what: string): string {
  if (typeof text !== 'string' || !IDENTIFIER.test(text)) throw badNftName(text, what)
  return text
}

export function checkFamily(family: NftFamily): NftFamily {
  if (!FAMILIES.has(family)) throw badNftName(family, 'the family')
  return family
}

/** A value that stands in a rule as it is. @throws {NodeNetworkError} NODE_NET_NAME */
export function checkWord(text: unknown, what: string): string {
  if (typeof text !== 'string' || !WORD.test(text)) throw badNftName(text, what)
  return text
}

/** The name of an interface in quotes; a `*` at its end stands for any rest. @throws {NodeNetworkError} NODE_NET_NAME */
export function quoteInterface(text: unknown): string {
  const name = typeof text === 'string' ? text : ''
  checkInterfaceName(name.endsWith('*') ? name.slice(0, -1) : name, 'the interface of a rule')
  return `"${name}"`
}

function badNftName(text: unknown, what: string): NodeNetworkError {
  const shown = JSON.stringify(text)?.slice(0, SHOWN_CHARACTERS)
  return new NodeNetworkError('NODE_NET_NAME', `${what} ${shown} cannot be written into a ruleset`, {
    hint: 'use letters, digits, hyphens and points, a letter first',
    details: { reason: 'characters' },
  })
}
