/** The HTTP server: what a connection may cost, JSON for what is not HTTP, and an end that lets answers out first. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import { formatHostPort, type ListenAddress } from '../../../core/listen-address.js'
import { CdnError } from '../../../errors/cdn.js'
import { RegistryError } from '../../../errors/registry.js'
import { errorBody } from './reply.js'

export interface ServeLimits {
  readonly maxConnections: number
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number
  /** For what is under way when the service ends. */
  readonly drainMs: number
}

export interface Served {
  readonly host: string
  readonly port: number
  connections(): number
  /** Takes no more connections, lets requests under way end, then drops what is left. Idempotent. */
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS = 100
const HEADERS_TIMEOUT_MS = 10_000
const IDLE_MS = 65_000

/** @throws {CdnError} CDN_CONFIG when the address cannot be listened on */
export async function serve(listener: RequestListener, address: ListenAddress, limits: ServeLimits): Promise<Served> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: Math.min(2_000, limits.requestTimeoutMs),
    noDelay: true,
    // Answered by the listener, as every other fault of a request.
    requireHostHeader: false,
  })
  server.maxHeadersCount = MAX_HEADERS
  server.maxConnections = limits.maxConnections
  // A client that does not read what it asked for.
  server.setTimeout(IDLE_MS, socket => socket.destroy())

  const sockets = new Map<Duplex, Set<ServerResponse>>()
  let closing: Promise<void> | undefined
  const handle: RequestListener = (request, response) => {
    const { socket } = request
    const pending = sockets.get(socket)
    pending?.add(response)
    response.once('close', () => {
      pending?.delete(response)
      if (closing !== undefined && pending?.size === 0) socket.end()
    })
    listener(request, response)
  }
  server.on('connection', socket => {
    const pending = new Set<ServerResponse>()
    sockets.set(socket, pending)
    socket.once('close', () => {
      sockets.delete(socket)
      // Answers to pipelined requests whose turn has not come are never closed by Node: they have no socket yet.
      for (const response of [...pending]) response.emit('close')
    })
  })
  server.on('request', handle)
  // The listener says `100 Continue` itself, when it is going to read.
  server.on('checkContinue', handle)
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
        for (const [socket, pending] of sockets) if (pending.size === 0) socket.destroy()
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
  const refusal = refusalOf(error.code)
  const body = `${JSON.stringify({ error: errorBody(refusal) })}\n`
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  // Whoever does not take the answer is not waited for.
  setTimeout(() => socket.destroy(), 1_000).unref()
}

function refusalOf(code: string | undefined): RegistryError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new RegistryError('REGISTRY_HEADERS', `the head of the request is larger than ${MAX_HEADER_BYTES} bytes`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new RegistryError('REGISTRY_TIMEOUT', 'the request did not arrive in time')
  }
  return new RegistryError('REGISTRY_REQUEST', 'this is not an HTTP request', { hint: 'speak HTTP/1.1, with a Host' })
}
