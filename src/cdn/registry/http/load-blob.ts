/** `GET` and `HEAD /api/v1/metadata/{hash}`. */
import { RegistryError } from '../../../errors/registry.js'
import { ClientGone } from '../multipart/receive-blob.js'
import { etagOf, isMatched } from './etag.js'
import { type Answer, READ_BY_ANYONE } from './reply.js'
import type { Route } from './route.js'
import type { Exchange, ServiceParts } from './service.js'

/** What has a hash for its name never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable'

export async function loadBlob(
  { hash, withBody }: Route & { name: 'load' },
  { request, response }: Exchange,
  { checked, budget, metrics }: ServiceParts,
): Promise<Answer> {
  const ifNoneMatch = request.headers['if-none-match']
  if (!withBody || ifNoneMatch !== undefined) {
    const facts = await checked.head(hash)
    if (facts === undefined) throw notFound(hash)
    const headers = headersOf(facts.hash)
    if (ifNoneMatch !== undefined && isMatched(ifNoneMatch, facts.hash)) return { status: 304, headers }
    if (!withBody) return { status: 200, headers: { ...headers, ...contentHeaders(facts.sizeBytes) } }
  }

  const found = await checked.load(hash)
  if (found === undefined) throw notFound(hash)
  // Of what is closed already nobody would give the memory back.
  if (response.destroyed || request.socket.destroyed) throw new ClientGone('the client has gone before its answer')
  const size = found.data.length
  // Until it is on its way: slow readers are as dear as slow writers.
  budget.take(size)
  response.once('close', () => budget.give(size))
  metrics.loadedBytes.add([], size)
  return { status: 200, headers: { ...headersOf(found.hash), ...contentHeaders(size) }, body: found.data }
}

function headersOf(hash: string) {
  return { ...READ_BY_ANYONE, etag: etagOf(hash), 'cache-control': FOR_EVER }
}

function contentHeaders(sizeBytes: number) {
  return { 'content-type': 'application/octet-stream', 'content-length': sizeBytes, 'accept-ranges': 'none' }
}

function notFound(hash: string): RegistryError {
  return new RegistryError('REGISTRY_NOT_FOUND', 'no blob has this hash here', {
    where: hash,
    hint: 'check the hash, and that the object was uploaded to this registry',
  })
}
