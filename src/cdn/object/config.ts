/**
 * The uploader's configuration: how many shards give a block back, and where shards go. One shard of every block goes
 * to each place, in the order of the file.
 *
 *     required_shards = 3
 *     [[zdbs]]
 *     host = "10.0.0.1:9900"
 *     namespace = "cdn"
 *     secret = "…"        # optional
 *
 * Source of the keys: threefoldtech/mycelium-cdn-registry v0.1.0, crates/mycdnctl. Beyond them: `host` may be a name,
 * `db` is a numbered namespace, `registry` is what `--registry` overrides.
 */
import { readFile, stat } from 'node:fs/promises'

import { Secret } from '../../core/secret.js'
import { CdnError } from '../../errors/cdn.js'
import { InputError } from '../../errors/input.js'
import { databaseOf, type Place, placeName } from './place.js'
import { type HostAndPort, type Lookup, parseHostAndPort, resolveHost } from './resolve-host.js'

export interface PlaceConfig {
  readonly host: HostAndPort
  readonly namespace: string
  readonly secret?: Secret<string>
}

export interface CdnConfig {
  readonly requiredShards: number
  readonly places: readonly PlaceConfig[]
  readonly registry?: string
}

export interface ConfigProblem {
  /** `zdbs[1].host` */
  readonly path: string
  readonly message: string
}

const MOST_CONFIG_BYTES = 1024 * 1024
/** More shards than a byte can count are not in the code. */
const MOST_SHARDS = 256
const MOST_REQUIRED = 255
/** Source: threefoldtech/0-db, zdbd/commands_namespace.c. */
const MOST_NAMESPACE_BYTES = 128

/** @throws {InputError} INPUT_FILE; {CdnError} CDN_CONFIG with every problem in `details.problems` */
export async function readConfig(path: string): Promise<CdnConfig> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > MOST_CONFIG_BYTES)
      throw new CdnError('CDN_LIMIT', 'the configuration is larger than 1 MiB', { where: path })
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof CdnError) throw cause
    throw new InputError('INPUT_FILE', `the configuration ${path} cannot be read`, {
      where: path,
      hint: 'name the file with --config',
      cause,
    })
  }
  return parseConfig(text, path)
}

/** @param where names the file in errors */
export async function parseConfig(text: string, where = 'config.toml'): Promise<CdnConfig> {
  const { parse } = await import('smol-toml')
  let table: Readonly<Record<string, unknown>>
  try {
    table = parse(text)
  } catch (cause) {
    // The parser repeats the lines around the mistake, passwords among them: only its first line and the place are told.
    const { message, line, column } = cause as { message: string; line?: number; column?: number }
    throw new CdnError('CDN_CONFIG', `the configuration is not TOML: ${String(message).split('\n')[0]}`, {
      where: line === undefined ? where : `${where}:${line}:${column ?? 1}`,
    })
  }
  const problems: ConfigProblem[] = []
  const config = readTable(table, problems)
  if (config === undefined || problems.length > 0) throw configError(where, problems)
  return config
}

/** Every place with its address. Two places that are the same one are refused: their shards would overwrite each other.
 *
 * @throws {CdnError} CDN_CONFIG
 */
export async function resolvePlaces(config: CdnConfig, look?: Lookup, signal?: AbortSignal): Promise<readonly Place[]> {
  const places = await Promise.all(
    config.places.map(async ({ host, namespace, secret }) => {
      const address = await resolveHost(host, look, signal)
      return { address, namespace, ...(secret === undefined ? {} : { secret }) }
    }),
  )
  const problems: ConfigProblem[] = []
  const first = new Map<string, number>()
  places.forEach((place, i) => {
    const name = placeName(place)
    const other = first.get(name)
    if (other === undefined) first.set(name, i)
    else problems.push({ path: `zdbs[${i}]`, message: `is the same place as zdbs[${other}]: ${name}` })
  })
  if (problems.length > 0) {
    throw configError(
      'zdbs',
      problems,
      'shards of one block would overwrite each other: give each a namespace of its own',
    )
  }
  return places
}

function readTable(table: Readonly<Record<string, unknown>>, problems: ConfigProblem[]): CdnConfig | undefined {
  const at = (path: string, message: string) => void problems.push({ path, message })
  if ('backends' in table) {
    const kinds = Array.isArray(table.backends)
      ? table.backends.map(one => (one as { kind?: unknown } | null)?.kind)
      : []
    at(
      'backends',
      `${kinds.includes('hero_redis') ? 'Hero Redis backends are' : 'is'} not supported: list 0-DBs in [[zdbs]]`,
    )
  }
  if ('metadata' in table)
    at('metadata', 'metadata goes to a registry over HTTP: use registry = "https://…" or --registry')
  for (const key of Object.keys(table)) {
    if (!['required_shards', 'zdbs', 'registry', 'backends', 'metadata'].includes(key)) {
      at(key, 'is not known; known are required_shards, zdbs and registry')
    }
  }

  const required = table.required_shards
  if (required === undefined) at('required_shards', 'is missing: how many shards give a block back')
  else if (!isCount(required) || required < 1 || required > MOST_REQUIRED) {
    at('required_shards', `must be a whole number from 1 to ${MOST_REQUIRED}`)
  }
  const { registry } = table
  if (
    registry !== undefined &&
    (typeof registry !== 'string' || !/^https?:\/\//.test(registry) || !URL.canParse(registry))
  ) {
    at('registry', 'must be a URL that begins with http:// or https://')
  }

  const { zdbs } = table
  if (!Array.isArray(zdbs) || zdbs.length === 0) {
    if (!('backends' in table)) at('zdbs', 'is missing: one [[zdbs]] with host and namespace for every place')
    return undefined
  }
  const places = zdbs.map((one, i) => readPlace(one, `zdbs[${i}]`, at))
  if (zdbs.length > MOST_SHARDS) at('zdbs', `has ${zdbs.length} places, a block has at most ${MOST_SHARDS} shards`)
  if (isCount(required) && required >= zdbs.length) {
    at(
      'required_shards',
      `is ${required} with ${zdbs.length} places: it must be smaller, or losing one place loses everything`,
    )
  }
  if (!isCount(required) || places.some(place => place === undefined)) return undefined
  return {
    requiredShards: required,
    places: places as PlaceConfig[],
    ...(typeof registry === 'string' ? { registry } : {}),
  }
}

function readPlace(value: unknown, path: string, at: (path: string, message: string) => void): PlaceConfig | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    at(path, 'must be a table with host and namespace')
    return undefined
  }
  const place = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(place)) {
    if (!['host', 'namespace', 'db', 'secret'].includes(key)) {
      at(`${path}.${key}`, 'is not known; known are host, namespace, db and secret')
    }
  }
  const host = typeof place.host === 'string' ? parseHostAndPort(place.host) : undefined
  if (!host) at(`${path}.host`, 'must be an address and a port: "10.0.0.1:9900", "[2001:db8::1]:9900" or "name:9900"')

  const namespace = readNamespace(place, path, at)
  const { secret } = place
  if (secret !== undefined && (typeof secret !== 'string' || secret === '')) at(`${path}.secret`, 'must be a text')
  if (!host || namespace === undefined) return undefined
  return { host, namespace, ...(typeof secret === 'string' ? { secret: new Secret(secret) } : {}) }
}

function readNamespace(
  { namespace, db }: Readonly<Record<string, unknown>>,
  path: string,
  at: (path: string, message: string) => void,
): string | undefined {
  if (db !== undefined) {
    if (namespace !== undefined) at(`${path}.db`, 'cannot stand beside namespace: a place has one of them')
    else if (isCount(db) && databaseOf(String(db)) !== undefined) return String(db)
    else at(`${path}.db`, 'must be a whole number from 0 to 65535')
    return undefined
  }
  if (typeof namespace !== 'string' || namespace === '') {
    at(`${path}.namespace`, namespace === undefined ? 'is missing' : 'must be a text')
    return undefined
  }
  if (Buffer.byteLength(namespace) > MOST_NAMESPACE_BYTES || namespace.includes('\0')) {
    at(`${path}.namespace`, `must have at most ${MOST_NAMESPACE_BYTES} bytes and no zero byte`)
    return undefined
  }
  return namespace
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function configError(where: string, problems: readonly ConfigProblem[], hint?: string): CdnError {
  const lines = problems.map(({ path, message }) => `${path} ${message}`)
  const head =
    lines.length === 1
      ? `the configuration is wrong: ${lines[0]}`
      : ['the configuration is wrong:', ...lines].join('\n  ')
  return new CdnError('CDN_CONFIG', head, { where, details: { problems }, ...(hint === undefined ? {} : { hint }) })
}
