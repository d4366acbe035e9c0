/** Who may write: whoever names the token. Compared in a time that says nothing about it. */
import { createHash, timingSafeEqual } from 'node:crypto'

import type { Secret } from '../../../core/secret.js'
import { RegistryError } from '../../../errors/registry.js'

export type CheckToken = (authorization: string | undefined) => void

/** @returns what throws REGISTRY_TOKEN unless the header is `Bearer <token>` */
export function bearerToken(token: Secret<string>): CheckToken {
  // Hashes have one length, so the length of the token is not told either.
  const expected = digest(token.reveal())
  return authorization => {
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
    if (timingSafeEqual(digest(given), expected)) return
    throw new RegistryError(
      'REGISTRY_TOKEN',
      authorization === undefined ? 'writing to this registry needs a token' : 'this token may not write here',
      {
        hint: 'send the header Authorization: Bearer <token>; whoever runs the registry gives it out',
        headers: { 'www-authenticate': 'Bearer realm="registry"' },
      },
    )
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
