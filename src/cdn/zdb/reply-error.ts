/** Error answers as errors. */
import { type ZdbCode, ZdbError } from '../../errors/zdb.js'

/** Every error text of 0-DB, and what it means. Source: threefoldtech/0-db v2.0.7, zdbd/*.c. */
export const zdbTexts = {
  'Malformed request, array expected': 'ZDB_REQUEST',
  'Malformed query string': 'ZDB_REQUEST',
  'Internal memory error': 'ZDB_REQUEST',
  'Payload too big': 'ZDB_TOO_LARGE',
  'Too many arguments': 'ZDB_ARGUMENTS',
  'Missing arguments': 'ZDB_ARGUMENTS',
  'Unexpected arguments': 'ZDB_ARGUMENTS',
  'Invalid argument': 'ZDB_ARGUMENTS',
  'Invalid arguments': 'ZDB_ARGUMENTS',
  'Argument too long': 'ZDB_TOO_LARGE',
  'Command not supported': 'ZDB_COMMAND',
  'Command disabled in release code, not yet available': 'ZDB_COMMAND',
  'Permission denied': 'ZDB_PERMISSION',
  Unauthorized: 'ZDB_PERMISSION',
  'Access denied': 'ZDB_ACCESS',
  'Authentication disabled': 'ZDB_ACCESS',
  'Password too long': 'ZDB_TOO_LARGE',
  'No CHALLENGE requested, secure authentication not available': 'ZDB_CHALLENGE',
  'Invalid hash length': 'ZDB_CHALLENGE',
  'Only SECURE extra method supported': 'ZDB_CHALLENGE',
  'Namespace not found': 'ZDB_NAMESPACE_NOT_FOUND',
  "This namespace doesn't exists": 'ZDB_NAMESPACE_NOT_FOUND',
  'Namespace too long': 'ZDB_TOO_LARGE',
  'Namespace protected and private': 'ZDB_ACCESS',
  'Your active namespace is not available anymore (probably removed).': 'ZDB_NAMESPACE_GONE',
  'This name is not allowed': 'ZDB_NAMESPACE_NAME',
  'This namespace is not available': 'ZDB_NAMESPACE_NAME',
  'Could not create namespace': 'ZDB_FAILED',
  'Cannot remove default namespace': 'ZDB_NAMESPACE',
  "Cannot remove namespace you're currently using.": 'ZDB_NAMESPACE',
  'Could not delete this namespace': 'ZDB_FAILED',
  'Invalid property': 'ZDB_ARGUMENTS',
  'Cannot update default namespace': 'ZDB_NAMESPACE',
  'Cannot change mode of used namespace': 'ZDB_NAMESPACE',
  'Invalid property value (expected: user, seq)': 'ZDB_ARGUMENTS',
  'This server instance is configured to use a single runtime mode': 'ZDB_NAMESPACE',
  'Flushing public namespace denied': 'ZDB_NAMESPACE',
  'Key too large': 'ZDB_TOO_LARGE',
  'Invalid key': 'ZDB_KEY',
  'Invalid argument, key needed': 'ZDB_KEY',
  'Invalid key, only update authorized': 'ZDB_KEY',
  'Invalid key format': 'ZDB_KEY',
  'Key not found': 'ZDB_NOT_FOUND',
  'Namespace is in read-only mode': 'ZDB_READ_ONLY',
  'Namespace is temporarily locked (read-only)': 'ZDB_LOCKED',
  'Namespace is temporarily frozen (read-write disabled)': 'ZDB_FROZEN',
  'Namespace is protected by worm mode': 'ZDB_WORM',
  'Cannot delete a key when namespace is in worm mode': 'ZDB_WORM',
  'No space left on this namespace': 'ZDB_FULL',
  'Cannot write data right now': 'ZDB_FAILED',
  'Cannot write index right now': 'ZDB_FAILED',
  'Cannot delete key (data)': 'ZDB_FAILED',
  'Cannot delete key (index)': 'ZDB_FAILED',
  'Internal Error': 'ZDB_FAILED',
  'Unexpected Internal Error': 'ZDB_FAILED',
  'No more data': 'ZDB_END',
  'No more history': 'ZDB_END',
  'Invalid arguments (invalid key)': 'ZDB_KEY',
  'Invalid arguments (index query)': 'ZDB_KEY',
  EOF: 'ZDB_END',
  'Invalid Request': 'ZDB_ARGUMENTS',
  'Invalid timeout': 'ZDB_ARGUMENTS',
  'Unknown command to watch': 'ZDB_ARGUMENTS',
  Timeout: 'ZDB_TIMEOUT',
} as const satisfies Readonly<Record<string, ZdbCode>>

export type ZdbText = keyof typeof zdbTexts

const HINTS: Partial<Record<ZdbCode, string>> = {
  ZDB_PERMISSION: 'authenticate with the password of the administrator first',
  ZDB_ACCESS: 'give the password of the namespace, or of the server',
  ZDB_CHALLENGE: 'ask for a challenge on the same connection first, and answer with 40 lower-case hexadecimal digits',
  ZDB_NAMESPACE_NOT_FOUND: 'create it with NSNEW first',
  ZDB_READ_ONLY: 'select the namespace with its password to write',
  ZDB_LOCKED: 'set its properties lock and freeze to 0',
  ZDB_FROZEN: 'set its properties lock and freeze to 0',
  ZDB_FULL: 'delete keys, or raise its property maxsize',
  ZDB_WORM: 'write under another key: what is in this namespace is never changed',
  ZDB_TOO_LARGE: 'keys have at most 255 bytes, values 8 MiB, names and passwords 128 bytes',
}

/** An error answer of a server as an error: `-Key not found` is ZDB_NOT_FOUND.
 *
 * @param where the server, when it is not this process
 */
export function replyError(reply: string, where?: string): ZdbError {
  const known = Object.hasOwn(zdbTexts, reply) ? zdbTexts[reply as ZdbText] : undefined
  const code: ZdbCode = known ?? 'ZDB_REFUSED'
  return new ZdbError(code, `0-DB answered: ${reply}`, { reply, where, hint: HINTS[code] })
}
