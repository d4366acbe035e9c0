import { createHash } from 'node:crypto'

/** What proves a password without sending it: 40 hexadecimal digits, of a challenge of the same connection.
 *
 * Source: threefoldtech/0-db v2.0.7, zdbd/auth.c. It protects against listeners only: whoever changes what is sent can
 * still do so.
 */
export function secureHash(challenge: string, password: Uint8Array | string): string {
  return createHash('sha1').update(`${challenge}:`).update(password).digest('hex')
}
