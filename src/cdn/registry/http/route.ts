/** What a request asks for, by method and target. Nothing is decoded: no path that is served needs it. */
import { RegistryError } from '../../../errors/registry.js'

export type Route =
  | { readonly name: 'save' }
  | { readonly name: 'load'; readonly hash: string; readonly withBody: boolean }
  | { readonly name: 'health' | 'metrics' | 'document'; readonly withBody: boolean }
  | { readonly name: 'options'; readonly methods: readonly string[]; readonly readable: boolean }

export type RouteName = Route['name']

const BLOBS = '/api/v1/metadata'
const PAGES: Readonly<Record<string, 'health' | 'metrics' | 'document'>> = {
  '/healthz': 'health',
  '/metrics': 'metrics',
  '/openapi.yaml': 'document',
}
const READING = ['GET', 'HEAD', 'OPTIONS']
const WRITING = ['POST', 'OPTIONS']

/** @throws {RegistryError} REGISTRY_PATH, REGISTRY_METHOD, REGISTRY_HASH */
export function routeOf(method: string, target: string): Route {
  const path = pathOf(target)
  if (path === BLOBS) {
    if (method === 'OPTIONS') return { name: 'options', methods: WRITING, readable: false }
    if (method !== 'POST') throw wrongMethod(method, WRITING)
    return { name: 'save' }
  }
  const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined
  const isBlob = path.startsWith(`${BLOBS}/`)
  if (page === undefined && !isBlob) {
    throw new RegistryError('REGISTRY_PATH', 'there is nothing at this path', {
      hint: '/openapi.yaml says what there is',
    })
  }

  if (method === 'OPTIONS') return { name: 'options', methods: READING, readable: true }
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod(method, READING)
  const withBody = method === 'GET'
  if (page !== undefined) return { name: page, withBody }
  return { name: 'load', hash: readHash(path.slice(BLOBS.length + 1)), withBody }
}

/** Without query, and without the origin that a client may send to what it takes for a proxy. */
function pathOf(target: string): string {
  const [, path = target] = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(target) ?? []
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

function readHash(text: string): string {
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i.test(text)) return text.toLowerCase()
  throw new RegistryError('REGISTRY_HASH', 'the path does not end with a hash', {
    hint: 'a hash is 32 or 64 hexadecimal digits',
  })
}

function wrongMethod(method: string, allowed: readonly string[]): RegistryError {
  return new RegistryError('REGISTRY_METHOD', `${method.slice(0, 20)} is not possible here`, {
    hint: `possible are ${allowed.join(', ')}`,
    headers: { allow: allowed.join(', ') },
  })
}
