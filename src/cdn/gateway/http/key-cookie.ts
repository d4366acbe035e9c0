/**
 * The key of a site, for the requests that follow the first one: its pages link to each other and know no key.
 *
 * Scripts cannot read it, other sites cannot have it sent. A neighbour under the same domain could set one for us too,
 * so several are tried; a wrong one opens nothing.
 */
import { toHex } from '../../../core/hex.js'
import { parseHash } from '../../meta/index.js'

const NAME = 'mcdn-key'
const MOST_TRIED = 4
const MOST_CHARACTERS = 16 * 1024

export function cookieKeys(header: string | undefined): readonly Uint8Array[] {
  if (header === undefined || header.length > MOST_CHARACTERS) return []
  return header
    .split(';')
    .flatMap(pair => {
      const [name, value = ''] = pair.trim().split('=')
      const key = name === NAME ? parseHash(value) : undefined
      return key ? [key] : []
    })
    .slice(0, MOST_TRIED)
}

/** Ends with the session of the browser, goes to this host alone. */
export function keyCookie(key: Uint8Array): string {
  return `${NAME}=${toHex(key)}; Path=/; HttpOnly; SameSite=Lax`
}
