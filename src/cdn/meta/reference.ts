/**
 * What leads to an object: where its metadata is stored, and the key that opens it. Runs in a browser.
 *
 * As a URL it names the registry too, and a gateway behind the name answers with the content:
 * `https://<label>.<registry>/?key=<hex>`. As text it needs neither a name nor DNS:
 * `mcdn:<hex>?key=<hex>&registry=<url>`. Source of the URL: threefoldtech/mycelium-cdn-registry, crates/mycdnctl.
 */
import { toHex } from '../../core/hex.js'
import { CdnError } from '../../errors/cdn.js'
import { formatLabel, parseHash } from './hash-text.js'

export interface Reference {
  /** BLAKE3 of the stored blob, 16 or 32 bytes: its key in the registry. */
  readonly encryptedHash: Uint8Array
  /** Opens the blob, and is as long as the hash. Without it the blob is plain. Whoever has it can read the object. */
  readonly key?: Uint8Array
  /** Origin of the registry: `https://cdn.example.org` or `http://localhost:8080`. */
  readonly registry?: string
}

/** No reference is longer. */
const MOST_CHARACTERS = 2048
/** Of a name in DNS. */
const MOST_NAME_CHARACTERS = 253
const SCHEME = 'mcdn:'

/** The reference of a URL or of the text form; a hash alone is one too.
 *
 * A label may be base32 or, since nothing is resolved here, 64 hex digits.
 *
 * @throws {CdnError} CDN_REFERENCE. The text is not repeated: it may hold the key.
 * @example parseReference('http://256a8ee818aa3e014e1771fbc8b5be5f.localhost:8080/?key=5eab02dab39414acbb07c93e0190d936')
 */
export function parseReference(text: string): Reference {
  if (text.length > MOST_CHARACTERS) throw bad(`it has more than ${MOST_CHARACTERS} characters`)
  const trimmed = text.trim()
  return /^https?:/i.test(trimmed) ? parseUrl(trimmed) : parseText(trimmed)
}

/** `mcdn:<hex>?key=<hex>&registry=<url>`, the latter two when they are known. @throws {CdnError} CDN_REFERENCE */
export function formatReference(reference: Reference): string {
  checkLengths(reference)
  const { encryptedHash, key, registry } = reference
  const query = new URLSearchParams()
  if (key) query.set('key', toHex(key))
  if (registry !== undefined) query.set('registry', parseRegistry(registry).origin)
  const tail = query.size === 0 ? '' : `?${query}`
  return `${SCHEME}${toHex(encryptedHash)}${tail}`
}

/** The URL of a reference: the label of its hash before the name of its registry.
 *
 * @throws {CdnError} CDN_REFERENCE without a registry, or with one that no label can stand before
 * @example formatReferenceUrl({ encryptedHash, key, registry: 'https://cdn.example.org' })
 */
export function formatReferenceUrl(reference: Reference): string {
  checkLengths(reference)
  const { encryptedHash, key, registry } = reference
  if (registry === undefined) throw bad('a URL needs the registry', 'use the text form for references without one')
  const { protocol, hostname, port } = parseRegistry(registry)
  if (hostname.startsWith('[') || /^[\d.]+$/.test(hostname)) {
    throw bad('a label cannot stand before an IP address', 'name the registry, or use the text form')
  }
  const name = `${formatLabel(encryptedHash)}.${hostname}`
  if (name.length > MOST_NAME_CHARACTERS) throw bad(`its name has more than ${MOST_NAME_CHARACTERS} characters`)
  const query = key ? `?key=${toHex(key)}` : ''
  return `${protocol}//${name}${port === '' ? '' : `:${port}`}/${query}`
}

function parseUrl(text: string): Reference {
  const { protocol, hostname, host, pathname, searchParams, username, password } = toUrl(text, 'it is not a URL')
  if (username !== '' || password !== '') throw bad('a URL with a user or password is none')
  if (pathname !== '/') throw bad('nothing may follow the host but ?key=')
  const dot = hostname.indexOf('.')
  const encryptedHash = parseHash(hostname.slice(0, Math.max(dot, 0)))
  if (!encryptedHash || dot + 1 === hostname.length) {
    throw bad('its host is not <hash>.<registry>', 'a hash is 32 or 64 hex digits, or 52 characters of base32')
  }
  return complete(encryptedHash, searchParams, `${protocol}//${host.slice(dot + 1)}`)
}

function parseText(text: string): Reference {
  const body = text.toLowerCase().startsWith(SCHEME) ? text.slice(SCHEME.length) : text
  const mark = body.indexOf('?')
  const encryptedHash = parseHash(mark < 0 ? body : body.slice(0, mark))
  if (!encryptedHash) {
    throw bad('it is neither a URL nor a hash', 'write https://<hash>.<registry>/?key=… or mcdn:<hash>?key=…')
  }
  const query = new URLSearchParams(mark < 0 ? '' : body.slice(mark + 1))
  const registry = only(query, 'registry')
  return complete(encryptedHash, query, registry === undefined ? undefined : parseRegistry(registry).origin)
}

function complete(encryptedHash: Uint8Array, query: URLSearchParams, registry: string | undefined): Reference {
  const text = only(query, 'key')
  const key = text === undefined ? undefined : parseHash(text)
  if (text !== undefined && !key) throw bad('its key is not hexadecimal', 'a key has 32 or 64 hex digits')
  const reference = { encryptedHash, ...(key ? { key } : {}), ...(registry === undefined ? {} : { registry }) }
  checkLengths(reference)
  return reference
}

function checkLengths({ encryptedHash, key }: Reference): void {
  const { length } = encryptedHash
  if (length !== 16 && length !== 32) throw bad(`a hash has 16 or 32 bytes, not ${length}`)
  if (key && key.length !== length) throw bad(`its key has ${key.length} bytes, its hash ${length}`)
}

function only(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw bad(`it has more than one ${name}`)
  return values[0]
}

function parseRegistry(text: string): URL {
  const hint = 'write it like https://cdn.example.org or http://localhost:8080'
  const url = toUrl(text, 'its registry is not a URL', hint)
  const plain =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (!/^https?:$/.test(url.protocol) || !plain) throw bad('its registry is not an http(s) origin', hint)
  return url
}

function toUrl(text: string, what: string, hint?: string): URL {
  if (!URL.canParse(text)) throw bad(what, hint)
  return new URL(text)
}

function bad(why: string, hint?: string): CdnError {
  return new CdnError('CDN_REFERENCE', `not a reference: ${why}`, { hint })
}
