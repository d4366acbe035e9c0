/** Saying who one is, and which namespace is wanted. */
import type { Secret } from '../../../core/secret.js'
import { ZdbError } from '../../../errors/zdb.js'
import { replyError } from '../reply-error.js'
import { secureHash } from '../secure-hash.js'
import type { Argument } from '../wire/encode-request.js'
import type { ZdbConnection } from './connection.js'
import { readOk, readText } from './read-reply.js'

/** @throws {ZdbError} ZDB_ACCESS */
export async function authenticate(
  connection: ZdbConnection,
  password: Secret<string>,
  secure: boolean,
): Promise<void> {
  const proof = secure ? ['SECURE', secureHash(await challenge(connection), password.reveal())] : [password.reveal()]
  readOk(await ask(connection, ['AUTH', ...proof]))
}

/** @throws {ZdbError} ZDB_ACCESS, ZDB_NAMESPACE_NOT_FOUND */
export async function selectNamespace(
  connection: ZdbConnection,
  namespace: string | number,
  password: Secret<string> | undefined,
  secure: boolean,
): Promise<void> {
  const proof =
    password === undefined
      ? []
      : secure
        ? ['SECURE', secureHash(await challenge(connection), password.reveal())]
        : [password.reveal()]
  readOk(await ask(connection, ['SELECT', namespace, ...proof]))
}

async function challenge(connection: ZdbConnection): Promise<string> {
  const reply = await ask(connection, ['AUTH', 'SECURE', 'CHALLENGE'])
  const text = readText(reply)
  if (!/^[\x21-\x7e]{1,128}$/.test(text)) {
    throw new ZdbError('ZDB_PROTOCOL', 'the challenge of the 0-DB is not a word', { where: connection.where })
  }
  return text
}

async function ask(connection: ZdbConnection, args: readonly Argument[]) {
  const reply = await connection.send(args)
  if (reply.kind === 'error') throw replyError(reply.text, connection.where)
  return reply
}
