/**
 * What a request asks for, read from its Host and its target.
 *
 *     http://<label>.<domain>/<path>?key=<key>     by host: every object is an origin of its own
 *     http://<gateway>/<hash>?key=<key>            by path, for single objects
 *     http://<gateway>/<hash>.<key>/<path>         by path, with the key where relative links keep it
 */
import { GatewayError } from '../../../errors/gateway.js'
import { parseHash } from '../../meta/index.js'
import { readHost } from './host-name.js'
import { cookieKeys } from './key-cookie.js'

export interface ContentTarget {
  readonly kind: 'content'
  readonly form: 'host' | 'path'
  readonly encryptedHash: Uint8Array
  /** Candidates, the likeliest first; empty when there is none: the metadata may be plain. */
  readonly keys: readonly Uint8Array[]
  readonly keyFrom: 'query' | 'path' | 'cookie' | 'none'
  /** Names on the way from the object of the reference to what is wanted. */
  readonly segments: readonly string[]
  /** The path ends with a slash: it means a directory. */
  readonly slash: boolean
  /** Asked to be saved instead of shown. */
  readonly download: boolean
  /** By host: what follows the label, with the port. */
  readonly domain: string
}

export type Target = ContentTarget | { readonly kind: 'page'; readonly page: 'health' | 'metrics' | 'front' }

export interface TargetRequest {
  /** As in the request line. */
  readonly url: string
  readonly host: string | undefined
  readonly cookie: string | undefined
}

const MOST_TARGET_CHARACTERS = 8 * 1024
const MOST_SEGMENTS = 64

/** @param domain when given, only hosts under it are read as labels
 * @throws {GatewayError} GATEWAY_REQUEST, GATEWAY_HOST, GATEWAY_KEY, GATEWAY_PATH
 */
export function readTarget({ url, host, cookie }: TargetRequest, domain?: string): Target {
  if (url.length > MOST_TARGET_CHARACTERS) throw badTarget(`it has more than ${MOST_TARGET_CHARACTERS} characters`)
  // A client that takes us for a proxy sends the whole URL, and what it says counts. Source: RFC 9112, 3.2.2.
  const [, authority, rest] = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? []
  const { name, port } = readHost(authority ?? host)
  const { path, query } = split(authority === undefined ? url : rest || '/')
  const params = new URLSearchParams(query)
  const queryKey = keyOf(params)
  const download = params.has('download')

  const dot = name.indexOf('.')
  const parent = name.slice(dot + 1)
  const byHost = dot > 0 && (domain === undefined || parent === domain) ? parseHash(name.slice(0, dot)) : undefined
  const names = segmentsOf(path)
  const slash = path.endsWith('/')
  if (byHost) {
    const fromCookie = queryKey ? [] : cookieKeys(cookie).filter(key => key.length === byHost.length)
    const keyFrom = queryKey ? 'query' : fromCookie.length > 0 ? 'cookie' : 'none'
    const keys = queryKey ? [fitting(queryKey, byHost)] : fromCookie
    const where = { encryptedHash: byHost, segments: names, domain: parent + port }
    return { kind: 'content', form: 'host', ...where, keys, keyFrom, slash, download }
  }

  const page = PAGES.get(path)
  if (page) return { kind: 'page', page }
  const [, hash = '', pathKeyText] = /^([^.]+)(?:\.(.*))?$/s.exec(names[0] ?? '') ?? []
  const encryptedHash = parseHash(hash)
  if (!encryptedHash) {
    throw new GatewayError('GATEWAY_PATH', 'there is nothing at this path', {
      hint: 'content is at /<hash>?key=<key>, or at <label>.<name of this gateway>',
    })
  }
  const pathKey = pathKeyText === undefined ? undefined : parseHash(pathKeyText)
  if ((pathKeyText !== undefined && !pathKey) || (pathKey && queryKey)) throw badKey()
  const key = pathKey ?? queryKey
  const keyFrom = pathKey ? 'path' : queryKey ? 'query' : 'none'
  const keys = key ? [fitting(key, encryptedHash)] : []
  return {
    kind: 'content',
    form: 'path',
    encryptedHash,
    keys,
    keyFrom,
    segments: names.slice(1),
    slash,
    download,
    domain: '',
  }
}

const PAGES: ReadonlyMap<string, 'health' | 'metrics' | 'front'> = new Map([
  ['/', 'front'],
  ['/healthz', 'health'],
  ['/metrics', 'metrics'],
])

function split(target: string): { readonly path: string; readonly query: string } {
  if (!target.startsWith('/') && !target.startsWith('?')) throw badTarget('it does not begin with a slash')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : target.slice(mark + 1) }
}

/** Cut before they are decoded, so that a name may hold a slash. */
function segmentsOf(path: string): readonly string[] {
  const parts = path.slice(1).split('/')
  if (parts.at(-1) === '') parts.pop()
  if (parts.length > MOST_SEGMENTS) throw badTarget(`it has more than ${MOST_SEGMENTS} names`)
  return parts.map(part => {
    try {
      return decodeURIComponent(part)
    } catch (cause) {
      throw new GatewayError('GATEWAY_REQUEST', 'the path of the request is not encoded as it should', { cause })
    }
  })
}

function keyOf(params: URLSearchParams): Uint8Array | undefined {
  const values = params.getAll('key')
  if (values.length === 0) return undefined
  const key = values.length === 1 ? parseHash(values[0] as string) : undefined
  if (!key) throw badKey()
  return key
}

function fitting(key: Uint8Array, hash: Uint8Array): Uint8Array {
  if (key.length !== hash.length) throw badKey()
  return key
}

function badKey(): GatewayError {
  return new GatewayError('GATEWAY_KEY', 'what the request gives as the key is none', {
    hint: 'a key is given once, and is as long as the hash: 32 or 64 hex digits, or 52 characters of base32',
  })
}

function badTarget(why: string): GatewayError {
  return new GatewayError('GATEWAY_REQUEST', `the target of the request cannot be read: ${why}`)
}
