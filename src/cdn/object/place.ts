/**
 * A place: one namespace of one 0-DB, where one shard of a block can lie.
 *
 * Metadata calls it a location and has two ways of naming it; here it is what a client needs to reach it.
 */
import { Secret } from '../../core/secret.js'
import { CdnError } from '../../errors/cdn.js'
import type { Layout, Location } from '../meta/index.js'
import { formatSocketAddress, type SocketAddress } from '../meta/index.js'

export interface Place {
  readonly address: SocketAddress
  /** What is selected: a namespace, or the number of a database in decimal. */
  readonly namespace: string
  /** The namespace's password. */
  readonly secret?: Secret<string>
}

const MOST_DATABASES = 0x1_0000

/** `10.0.0.1:9900/cdn`: the same text for the same place, fit for errors and as a key. */
export function placeName({ address, namespace }: Pick<Place, 'address' | 'namespace'>): string {
  return `${formatSocketAddress(address)}/${namespace}`
}

/** The place of a location. A token in `auth` is given as the password: that is how it is used on the wire. */
export function placeOf(location: Location): Place {
  const { address, namespace = String(location.db ?? 0) } = location
  const secret = location.secret ?? location.auth
  return { address, namespace, ...(secret === undefined ? {} : { secret: new Secret(secret) }) }
}

/** The number of the database that a namespace stands for, when its name is one. */
export function databaseOf(namespace: string): number | undefined {
  return /^(0|[1-9]\d{0,4})$/.test(namespace) && Number(namespace) < MOST_DATABASES ? Number(namespace) : undefined
}

/** How a layout writes the place down.
 *
 * @param includePassword also writes the password, for everyone who can open the metadata
 * @throws {CdnError} CDN_CONFIG: the layout knows numbered databases only and the namespace is none
 */
export function locationOf(place: Place, layout: Layout, includePassword: boolean): Location {
  const { address, namespace, secret } = place
  const password = includePassword ? secret?.reveal() : undefined
  if (layout !== 'databases-16') {
    return { address, namespace, ...(password === undefined ? {} : { secret: password }) }
  }
  const db = databaseOf(namespace)
  if (db === undefined) {
    throw new CdnError(
      'CDN_CONFIG',
      `namespace "${namespace}" is no number, and layout databases-16 knows only those`,
      {
        where: placeName(place),
        hint: 'name the namespace with a number from 0 to 65535, or choose another --layout',
      },
    )
  }
  return { address, db, ...(password === undefined ? {} : { auth: password }) }
}
