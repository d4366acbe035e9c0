/** What the node's links and namespaces are called, and what any may be called. */
import { InputError } from '../../../errors/input.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { macFrom, macText } from '../../address/index.js'

/** IFNAMSIZ without its final zero. */
const INTERFACE_CHARACTERS = 15
const SHOWN_CHARACTERS = 60

/** The kernel takes more. But a blank, quote, slash, `:` or `;` ends the name somewhere; `*` is any name, `%` a number that
 * the kernel picks, `@` a peer, `#` a comment, `=` ends a sysctl, and a hyphen in front an option. */
const PLAIN = /^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$/
/** A directory, the names of all links at once, and what this code calls the namespace without a name. */
const TAKEN: ReadonlySet<string> = new Set(['.', '..', 'all', 'default', 'root'])

/** A derived name: prefix and id.
 *
 * @throws {NodeNetworkError} NODE_NET_NAME; `details.reason` is `name-too-long` or `characters`
 * @example interfaceName('b-', '2gD4nhwZyigBh') // 'b-2gD4nhwZyigBh'
 */
export function interfaceName(prefix: string, id: string): string {
  const name = prefix + id
  if (name.length > INTERFACE_CHARACTERS) throw tooLong(name, 'the name', INTERFACE_CHARACTERS)
  if (id === '' || !/^[A-Za-z0-9-]+$/.test(name)) {
    throw badName(name, 'the name', 'characters', 'may have letters, digits and hyphens only')
  }
  return checkInterfaceName(name, 'the name')
}

/** What an interface may be called, whoever names it.
 *
 * @param what names the value in the error
 * @returns the same text
 * @throws {NodeNetworkError} NODE_NET_NAME; `details.reason` is `name-too-long`, `characters` or `taken`
 */
export function checkInterfaceName(text: string, what = 'the interface'): string {
  return checkName(text, what)
}

/** The namespace of a 0-db. @example zdbNamespaceName('zdb1') // 'zdb-ns-aec63f4eaae7' */
export function zdbNamespaceName(id: string): string {
  return `zdb-ns-${macDigits(`pub:${id}`)}`
}

/** The namespace of a quantum safe file system. */
export function qsfsNamespaceName(id: string): string {
  return `qfs-ns-${macDigits(`qsfs:${id}`)}`
}

/** The node's own links that are seen from outside keep their address for ever, and with it their leases.
 *
 * Source: threefoldtech/zosbase pkg/network/{ndmz,public}.
 */
export function nodeMac(node: string, suffix: '-ndmz4' | '-ndmz6' | '-public'): string {
  if (node === '') throw new InputError('INPUT_OPTION', 'the node has no identity to derive addresses from')
  return macText(macFrom(node + suffix))
}

function checkName(text: string, what: string): string {
  if (typeof text !== 'string') throw badName(typeof text, what, 'characters', 'must be text')
  if (text.length > INTERFACE_CHARACTERS) throw tooLong(text, what, INTERFACE_CHARACTERS)
  if (!PLAIN.test(text)) throw badName(text, what, 'characters', 'must be letters, digits and _ . + - only')
  if (TAKEN.has(text)) throw badName(text, what, 'taken', 'has a meaning of its own')
  return text
}

function macDigits(input: string): string {
  return macText(macFrom(input)).replaceAll(':', '')
}

function tooLong(name: string, what: string, most: number): NodeNetworkError {
  return badName(name, what, 'name-too-long', `has ${name.length} characters, and ${most} fit`)
}

function badName(name: string, what: string, reason: string, why: string): NodeNetworkError {
  const shown = name.slice(0, SHOWN_CHARACTERS)
  return new NodeNetworkError('NODE_NET_NAME', `${what} ${JSON.stringify(shown)} ${why}`, {
    hint: 'choose a short name of letters, digits and hyphens',
    details: { reason, name: shown },
  })
}
