/** The requests of the gateway, from the socket to the answer. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { isHyphaeError } from '../../errors/base.js'
import { GatewayError } from '../../errors/gateway.js'
import type { Host } from '../../events/host.js'
import { answerContent } from './answer-content.js'
import type { Objects } from './content/objects.js'
import { type Answer, errorAnswer, sendAnswer, tellable } from './http/answer.js'
import { PREFLIGHT } from './http/cors.js'
import { readTarget } from './http/target.js'
import type { GatewayMetrics } from './metrics.js'

export interface ServiceParts {
  readonly objects: Objects
  readonly metrics: GatewayMetrics
  readonly host: Host
  readonly domain: string | undefined
  readonly isClosing: () => boolean
}

const METHODS = 'GET, HEAD, OPTIONS'
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function gatewayService(parts: ServiceParts): RequestListener {
  return (request, response) => void answer(request, response, parts)
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: ServiceParts): Promise<void> {
  const startedAt = performance.now()
  const gone = new AbortController()
  let form = 'none'
  response.once('close', () => {
    gone.abort()
    const method = KNOWN_METHODS.has(request.method ?? '') ? (request.method as string) : 'other'
    // Nobody heard the whole answer: the number other servers give that.
    const status = response.writableFinished ? response.statusCode : 499
    parts.metrics.requests.add([form, method, `${status}`])
    parts.metrics.seconds.observe([form], (performance.now() - startedAt) / 1_000)
  })

  try {
    checkRequest(request)
    if (request.method === 'OPTIONS') {
      form = 'options'
      sendAnswer(request, response, { status: 204, headers: { allow: METHODS, ...PREFLIGHT, 'content-length': 0 } })
      return
    }
    const { host, cookie } = request.headers
    const target = readTarget({ url: request.url ?? '', host, cookie }, parts.domain)
    if (target.kind === 'page') {
      form = 'page'
      sendAnswer(request, response, page(target.page, parts))
      return
    }
    form = target.form
    const onSent = (bytes: number) => parts.metrics.sentBytes.add([], bytes)
    await answerContent({ request, response, target, signal: gone.signal, onSent }, parts.objects)
  } catch (error) {
    refuse(request, response, error, gone.signal.aborted, parts.host)
  }
}

/** @throws {GatewayError} */
function checkRequest(request: IncomingMessage): void {
  if (!KNOWN_METHODS.has(request.method ?? '')) {
    throw new GatewayError('GATEWAY_METHOD', 'content is only read here', {
      hint: `use ${METHODS}`,
      headers: { allow: METHODS },
    })
  }
  // Which of two hosts is meant, servers before and behind us could decide differently.
  const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) throw new GatewayError('GATEWAY_HOST', 'the request names its host more than once')
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  if (length !== '0' || coding !== undefined) {
    throw new GatewayError('GATEWAY_REQUEST', 'a request for content has no body', { headers: { connection: 'close' } })
  }
}

function page(name: 'health' | 'metrics' | 'front', { metrics, isClosing }: ServiceParts): Answer {
  const headers = { 'cache-control': 'no-store' }
  if (name === 'health') {
    const [status, text] = isClosing() ? [503, 'closing'] : [200, 'ok']
    return {
      status,
      headers: { ...headers, 'content-type': 'application/json' },
      body: `${JSON.stringify({ status: text })}\n`,
    }
  }
  if (name === 'metrics') {
    const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
    return { status: 200, headers: { ...headers, ...type }, body: metrics.text() }
  }
  const body =
    'A gateway of the content network.\nContent is at /<hash>?key=<key>, or at <label>.<name of this gateway>/?key=<key>.\n'
  return { status: 200, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, gone: boolean, host: Host): void {
  const { status } = tellable(error)
  if (status >= 500 && !gone && !(error instanceof GatewayError)) {
    const text = error instanceof Error ? error.message : String(error)
    const data = isHyphaeError(error) ? error.toJSON() : { message: text }
    host.notify({ code: 'GATEWAY_FAILED', level: 'error', text, data })
  }
  if (response.headersSent || gone) {
    response.destroy()
    return
  }
  sendAnswer(request, response, errorAnswer(error, request.headers.accept))
}
