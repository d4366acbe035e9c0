/** The gateway's HTTP server: the bounds of its connections, and what is said to bytes that are no request. */
import type { RequestListener } from 'node:http'

import type { ListenAddress } from '../../../core/listen-address.js'
import { GatewayError } from '../../../errors/gateway.js'
import { type RequestFault, type Served, type ServeOptions, serve } from '../../http/serve.js'
import type { GatewayLimits } from '../options.js'
import { errorAnswer, PLAIN_HEADERS } from './answer.js'

const MAX_HEADER_BYTES = 24 * 1024
/** Each may hold a segment of a block in memory. */
const MAX_PIPELINED = 32
const KEEP_ALIVE_MS = 10_000

/** @throws {CdnError} CDN_CONFIG: the address cannot be listened on */
export function serveGateway(
  listener: RequestListener,
  address: ListenAddress,
  limits: Pick<GatewayLimits, 'maxConnections' | 'requestTimeoutMs' | 'idleTimeoutMs' | 'drainMs'>,
): Promise<Served> {
  const options: ServeOptions = {
    ...limits,
    maxHeaderBytes: MAX_HEADER_BYTES,
    headersTimeoutMs: limits.requestTimeoutMs,
    keepAliveMs: KEEP_ALIVE_MS,
    maxPipelined: MAX_PIPELINED,
    requireHost: true,
    refuse: fault => {
      const { status, headers, body = '' } = errorAnswer(refusalOf(fault), undefined)
      return { status, headers: { ...PLAIN_HEADERS, ...headers }, body }
    },
  }
  return serve(listener, address, options)
}

function refusalOf(fault: RequestFault): GatewayError {
  if (fault === 'headers too large') {
    return new GatewayError('GATEWAY_HEADERS', `the head of the request is larger than ${MAX_HEADER_BYTES} bytes`)
  }
  if (fault === 'too late') return new GatewayError('GATEWAY_TIMEOUT', 'the request did not arrive in time')
  return new GatewayError('GATEWAY_REQUEST', 'this is not an HTTP request', { hint: 'speak HTTP/1.1, with a Host' })
}
