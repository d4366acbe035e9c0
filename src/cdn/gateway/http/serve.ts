/** An HTTP server with bounds, and an end that lets requests under way finish. */
import { createServer, type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import { formatHostPort, type ListenAddress } from '../../../core/listen-address.js'
import { CdnError } from '../../../errors/cdn.js'
import { GatewayError } from '../../../errors/gateway.js'
import { errorAnswer, PLAIN_HEADERS } from './answer.js'

export interface ServeLimits {
  readonly maxConnections: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly drainMs: number
}

export interface Served {
  /** The IP address it listens on. */
  readonly host: string
  readonly port: number
  readonly connections: () => number
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 24 * 1024
const MAX_HEADERS = 100
const KEEP_ALIVE_MS = 10_000

/** @throws {CdnError} CDN_CONFIG: the address cannot be listened on */
export async function serve(listener: RequestListener, address: ListenAddress, limits: ServeLimits): Promise<Served> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: limits.requestTimeoutMs,
    headersTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(2_000, limits.requestTimeoutMs),
    noDelay: true,
  })
  server.maxHeadersCount = MAX_HEADERS
  server.maxConnections = limits.maxConnections
  // A client that does not read what it asked for.
  server.setTimeout(limits.idleTimeoutMs, socket => socket.destroy())

  const sockets = new Set<Duplex>()
  const busy = new Set<Duplex>()
  let closing: Promise<void> | undefined
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('request', (request, response) => {
    const { socket } = request
    busy.add(socket)
    if (closing !== undefined) response.setHeader('connection', 'close')
    response.once('close', () => {
      busy.delete(socket)
      if (closing !== undefined) socket.end()
    })
    listener(request, response)
  })
  server.on('clientError', answerBadRequest)
  // Other protocols and tunnels: neither is served here.
  server.on('upgrade', (_: IncomingMessage, socket: Duplex) => socket.destroy())
  server.on('connect', (_: IncomingMessage, socket: Duplex) => socket.destroy())

  const { host, port } = await listen(server, address)
  return {
    host,
    port,
    connections: () => sockets.size,
    close: () => {
      closing ??= new Promise(resolve => {
        const timer = setTimeout(() => server.closeAllConnections(), limits.drainMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        // Those that wait for a request, or have sent a part of a head only.
        for (const socket of sockets) if (!busy.has(socket)) socket.destroy()
      })
      return closing
    },
  }
}

function listen(server: Server, { host, port }: ListenAddress): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${cause.code})`
      const where = formatHostPort(host ?? '', port)
      reject(new CdnError('CDN_CONFIG', `${where} ${why}`, { where, hint: 'choose another address or port', cause }))
    })
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      // From now on an error is one connection that could not be taken (no descriptors left): the next one may be.
      server.removeAllListeners('error')
      server.on('error', () => {})
      const { address, port: actual } = server.address() as AddressInfo
      resolve({ host: address, port: actual })
    })
  })
}

/** What never became a request. There is no response to write it with. */
function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, headers, body = '' } = errorAnswer(refusalOf(error.code), undefined)
  const all = { ...PLAIN_HEADERS, ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
  // Whoever does not take the answer is not waited for.
  setTimeout(() => socket.destroy(), 1_000).unref()
}

function refusalOf(code: string | undefined): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError('GATEWAY_HEADERS', `the head of the request is larger than ${MAX_HEADER_BYTES} bytes`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new GatewayError('GATEWAY_TIMEOUT', 'the request did not arrive in time')
  return new GatewayError('GATEWAY_REQUEST', 'this is not an HTTP request', { hint: 'speak HTTP/1.1, with a Host' })
}
