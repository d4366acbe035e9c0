/** The requests of the registry, from the socket to the answer. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isHyphaeError } from '../../../errors/base.js'
import { RegistryError } from '../../../errors/registry.js'
import type { Host } from '../../../events/host.js'
import type { CheckToken } from '../guard/bearer-token.js'
import type { MemoryBudget } from '../guard/memory-budget.js'
import type { RateLimit } from '../guard/rate-limit.js'
import { ClientGone } from '../multipart/receive-blob.js'
import type { RegistryMetrics } from '../registry-metrics.js'
import type { BlobStore } from '../store/blob-store.js'
import type { CheckedStore } from '../store/checked-store.js'
import { loadBlob } from './load-blob.js'
import { documentPage, healthPage, metricsPage } from './pages.js'
import { type Answer, errorAnswer, READ_BY_ANYONE, sendAnswer } from './reply.js'
import { type Route, routeOf } from './route.js'
import { saveBlob } from './save-blob.js'

export interface ServiceParts {
  readonly store: BlobStore
  readonly checked: CheckedStore
  readonly budget: MemoryBudget
  readonly metrics: RegistryMetrics
  readonly host: Host
  readonly maxBlobBytes: number
  readonly checkToken: CheckToken | undefined
  readonly writeRate: RateLimit | undefined
  readonly readRate: RateLimit | undefined
  /** The client's address is what the proxy before this service says. */
  readonly behindProxy: boolean
  readonly isClosing: () => boolean
}

/** One request with what is made of it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** How much of a body that nobody wants is thrown away before the connection is. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

export function registryService(parts: ServiceParts): RequestListener {
  return (request, response) => void answer({ request, response }, parts)
}

async function answer(exchange: Exchange, parts: ServiceParts): Promise<void> {
  const { request, response } = exchange
  const startedAt = performance.now()
  let name = 'none'
  response.once('close', () => {
    const method = KNOWN_METHODS.has(request.method ?? '') ? (request.method as string) : 'other'
    // Nobody heard the answer: the number other servers give that.
    const status = response.writableFinished ? response.statusCode : 499
    parts.metrics.requests.add([name, method, `${status}`])
    parts.metrics.seconds.observe([name], (performance.now() - startedAt) / 1_000)
  })

  try {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      throw new RegistryError('REGISTRY_REQUEST', 'the request names no Host', { hint: 'HTTP/1.1 needs that header' })
    }
    const route = routeOf(request.method ?? '', request.url ?? '')
    name = route.name
    const made = await answerTo(route, exchange, parts)
    if (parts.isClosing()) response.setHeader('connection', 'close')
    sendAnswer(response, made)
  } catch (error) {
    if (error instanceof ClientGone) response.destroy()
    else refuse(exchange, refusalOf(error, parts.host), parts.isClosing())
  }
}

async function answerTo(route: Route, exchange: Exchange, parts: ServiceParts): Promise<Answer> {
  switch (route.name) {
    case 'save':
      return await saveBlob(exchange, parts, clientOf(exchange.request, parts.behindProxy))
    case 'load':
      parts.readRate?.take(clientOf(exchange.request, parts.behindProxy))
      return await loadBlob(route, exchange, parts)
    case 'health':
      return await healthPage(route.withBody, parts)
    case 'metrics':
      return metricsPage(route.withBody, parts)
    case 'document':
      return documentPage(route.withBody)
    case 'options':
      return optionsAnswer(route)
  }
}

/** Pages of other origins may read; writing is for programs, which do not ask. */
function optionsAnswer({ methods, readable }: Route & { name: 'options' }): Answer {
  const allow = methods.join(', ')
  const cors = {
    ...READ_BY_ANYONE,
    'access-control-allow-methods': allow,
    'access-control-allow-headers': 'If-None-Match',
    'access-control-max-age': '86400',
  }
  return { status: 204, headers: { allow, ...(readable ? cors : {}) } }
}

function refusalOf(error: unknown, host: Host): RegistryError {
  if (error instanceof RegistryError) {
    if (error.status >= 500 && error.code !== 'REGISTRY_BUSY' && error.code !== 'REGISTRY_CLOSING') report(error, host)
    return error
  }
  report(error, host)
  return new RegistryError('REGISTRY_INTERNAL', 'something went wrong inside the registry', {
    hint: 'ask again; whoever runs the registry can see what it was',
    cause: error,
  })
}

function report(error: unknown, host: Host): void {
  const text = error instanceof Error ? error.message : String(error)
  const data = isHyphaeError(error) ? error.toJSON() : { message: text }
  host.notify({ code: 'REGISTRY_FAILED', level: 'error', text, data })
}

function refuse({ request, response }: Exchange, error: RegistryError, isClosing: boolean): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (isClosing) response.setHeader('connection', 'close')
  // Errors of reading are for pages of other origins too.
  const { body, ...rest } = errorAnswer(error, request.method === 'POST' ? {} : READ_BY_ANYONE)
  sendAnswer(response, request.method === 'HEAD' || body === undefined ? rest : { ...rest, body })
  throwAwayRest(request)
}

/**
 * A client that is still sending hears nothing when the connection is cut at once, so its body is read and forgotten for a
 * while: as long as a request may take, and so many bytes.
 */
function throwAwayRest(request: IncomingMessage): void {
  if (request.complete) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_UNREAD_BYTES) request.destroy()
  })
  request.on('error', () => {})
  request.resume()
}

function clientOf(request: IncomingMessage, behindProxy: boolean): string {
  if (behindProxy) {
    // The last one was written by the proxy in front of us, those before it by anybody.
    const forwarded = request.headers['x-forwarded-for']
    const last = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)?.trim()
    if (last) return last.slice(0, 64)
  }
  return request.socket.remoteAddress ?? ''
}
