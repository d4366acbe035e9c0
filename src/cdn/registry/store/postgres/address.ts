/** Where the database is: its parts, or one URL. */
import { Secret } from '../../../../core/secret.js'
import { InputError } from '../../../../errors/input.js'

export interface PostgresParts {
  /** 'localhost' when absent; a path means a Unix socket's folder. */
  readonly host?: string
  /** 5432 when absent. */
  readonly port?: number
  readonly user: string
  readonly password?: string | Secret<string>
  /** 'mycelium_cdn_registry' when absent. */
  readonly database?: string
}

export interface PostgresUrl {
  /** `postgres://user:password@host:5432/database?sslmode=…` */
  readonly url: string | Secret<string>
}

export type PostgresAddress = PostgresParts | PostgresUrl

export interface PostgresPlace {
  readonly config:
    | { readonly connectionString: string }
    | {
        readonly host: string
        readonly port: number
        readonly user: string
        readonly database: string
        readonly password?: string
      }
  /** For people: host, port and database, nothing secret. */
  readonly shown: string
}

/** @throws {InputError} INPUT_URL, INPUT_OPTION. Nothing of the URL is repeated: it holds a password. */
export function postgresPlace(address: PostgresAddress): PostgresPlace {
  if ('url' in address) return placeOfUrl(revealed(address.url))
  const { host = 'localhost', port = 5432, user, password, database = 'mycelium_cdn_registry' } = address
  if (user === '') throw new InputError('INPUT_OPTION', 'the name of the database user is empty')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InputError('INPUT_OPTION', `the port of the database is ${port}`, { hint: 'a number from 1 to 65535' })
  }
  return {
    config: { host, port, user, database, ...(password === undefined ? {} : { password: revealed(password) }) },
    shown: `${host}:${port}/${database}`,
  }
}

function placeOfUrl(text: string): PostgresPlace {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw wrongUrl('it is not a URL')
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw wrongUrl(`it begins with ${url.protocol}`)
  if (url.pathname.length < 2) throw wrongUrl('it names no database')
  return { config: { connectionString: text }, shown: `${url.host || 'a local socket'}${url.pathname}` }
}

function wrongUrl(why: string): InputError {
  return new InputError('INPUT_URL', `the address of the database cannot be used: ${why}`, {
    hint: 'write postgres://user:password@host:5432/database',
  })
}

function revealed(value: string | Secret<string>): string {
  return value instanceof Secret ? value.reveal() : value
}
