import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type ZdbCode =
  | 'ZDB_UNREACHABLE' // no connection could be made
  | 'ZDB_CONNECTION' // the connection ended before the answer came
  | 'ZDB_PROTOCOL' // what came is not the protocol
  | 'ZDB_BUSY' // more is under way than the client allows
  | 'ZDB_CLOSED' // the client or the server was closed
  | 'ZDB_STORE' // the server's folder: in use, unreadable, not a 0-DB's
  | 'ZDB_REFUSED' // an answer with a text nobody knows
  | 'ZDB_REQUEST' // the server cannot read the request
  | 'ZDB_ARGUMENTS' // wrong number or kind of arguments
  | 'ZDB_TOO_LARGE' // key, value, name or password beyond its limit
  | 'ZDB_COMMAND' // no such command on this server
  | 'ZDB_PERMISSION' // only for the administrator, or never
  | 'ZDB_ACCESS' // wrong password, or one is needed
  | 'ZDB_CHALLENGE' // secure authentication without a challenge
  | 'ZDB_NAMESPACE_NOT_FOUND'
  | 'ZDB_NAMESPACE_NAME' // taken, or not allowed
  | 'ZDB_NAMESPACE_GONE' // removed while it was in use
  | 'ZDB_NAMESPACE' // cannot be changed or removed like that
  | 'ZDB_READ_ONLY'
  | 'ZDB_LOCKED'
  | 'ZDB_FROZEN'
  | 'ZDB_WORM'
  | 'ZDB_FULL' // the namespace has reached its maximum size
  | 'ZDB_KEY' // not a key this namespace takes
  | 'ZDB_NOT_FOUND'
  | 'ZDB_END' // nothing more to scan, no older version
  | 'ZDB_TIMEOUT' // WAIT saw nothing
  | 'ZDB_FAILED' // the server could not do it: disk, memory

/** What a 0-DB refused, or why it was not reached. The same text goes to whoever asked the server. */
export class ZdbError extends HyphaeError {
  constructor(
    override readonly code: ZdbCode,
    message: string,
    options: HyphaeErrorOptions & {
      /** The words of the server. */
      readonly reply?: string | undefined
    } = {},
  ) {
    const { reply, ...rest } = options
    super(code, message, reply === undefined ? rest : { ...rest, details: { reply, ...rest.details } })
    this.reply = reply
  }

  /** What the server said, undefined when it said nothing. */
  readonly reply: string | undefined
}
