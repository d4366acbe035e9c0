/** The registry's HTTP server: the bounds of its connections, and JSON for what is not HTTP. */
import type { RequestListener } from 'node:http'

import type { ListenAddress } from '../../../core/listen-address.js'
import { RegistryError } from '../../../errors/registry.js'
import { type RequestFault, type Served, type ServeOptions, serve } from '../../http/serve.js'
import { errorBody } from './reply.js'

export interface RegistryServeLimits {
  readonly maxConnections: number
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number
  /** For what is under way when the service ends. */
  readonly drainMs: number
}

const MAX_HEADER_BYTES = 16 * 1024
const MAX_PIPELINED = 256
const HEADERS_TIMEOUT_MS = 10_000
const IDLE_MS = 65_000

/** @throws {CdnError} CDN_CONFIG when the address cannot be listened on */
export function serveRegistry(
  listener: RequestListener,
  address: ListenAddress,
  { maxConnections, requestTimeoutMs, drainMs }: RegistryServeLimits,
): Promise<Served> {
  const options: ServeOptions = {
    maxConnections,
    requestTimeoutMs,
    drainMs,
    maxHeaderBytes: MAX_HEADER_BYTES,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
    keepAliveMs: IDLE_MS,
    idleTimeoutMs: IDLE_MS,
    maxPipelined: MAX_PIPELINED,
    // Answered by the listener, as every other fault of a request.
    requireHost: false,
    refuse: fault => {
      const refusal = refusalOf(fault)
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
      return { status: refusal.status, headers, body: `${JSON.stringify({ error: errorBody(refusal) })}\n` }
    },
  }
  return serve(listener, address, options)
}

function refusalOf(fault: RequestFault): RegistryError {
  if (fault === 'headers too large') {
    return new RegistryError('REGISTRY_HEADERS', `the head of the request is larger than ${MAX_HEADER_BYTES} bytes`)
  }
  if (fault === 'too late') return new RegistryError('REGISTRY_TIMEOUT', 'the request did not arrive in time')
  return new RegistryError('REGISTRY_REQUEST', 'this is not an HTTP request', { hint: 'speak HTTP/1.1, with a Host' })
}
