/** An HTTP server with bounds on what a connection may cost, and an end that lets requests under way finish. */
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

import { formatHostPort, type ListenAddress } from '../../core/listen-address.js'
import { CdnError } from '../../errors/cdn.js'

export interface ServeOptions {
  readonly maxConnections: number
  /** Of the head of a request. */
  readonly maxHeaderBytes: number
  /** For the head of a request to arrive. */
  readonly headersTimeoutMs: number
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number
  /** For the next request of a connection. */
  readonly keepAliveMs: number
  /** Until a connection on which nothing moves is closed, a client that does not read included. */
  readonly idleTimeoutMs: number
  /** For what is under way when the server ends. */
  readonly drainMs: number
  /** Requests of one connection that are not answered yet; who sends more without reading is dropped. */
  readonly maxPipelined: number
  /** When false, a request without Host comes to the listener as every other. */
  readonly requireHost: boolean
  /** What is said to bytes that never became a request. */
  readonly refuse: (fault: RequestFault) => RawAnswer
}

export type RequestFault = 'headers too large' | 'too late' | 'not HTTP'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface Served {
  /** The IP address it listens on. */
  readonly host: string
  readonly port: number
  connections(): number
  /** Takes no more connections, lets requests under way end, then drops what is left. Idempotent. */
  close(): Promise<void>
}

const MAX_HEADERS = 100

/** Every response emits `close`, also those whose turn on their connection never came.
 *
 * @throws {CdnError} CDN_CONFIG when the address cannot be listened on
 */
export async function serve(listener: RequestListener, address: ListenAddress, options: ServeOptions): Promise<Served> {
  const server = createServer({
    maxHeaderSize: options.maxHeaderBytes,
    headersTimeout: Math.min(options.headersTimeoutMs, options.requestTimeoutMs),
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.keepAliveMs,
    connectionsCheckingInterval: Math.min(2_000, options.requestTimeoutMs),
    noDelay: true,
    requireHostHeader: options.requireHost,
  })
  server.maxHeadersCount = MAX_HEADERS
  server.maxConnections = options.maxConnections
  server.setTimeout(options.idleTimeoutMs, socket => socket.destroy())

  const sockets = new Map<Duplex, Set<ServerResponse>>()
  let closing: Promise<void> | undefined
  const handle: RequestListener = (request, response) => {
    const { socket } = request
    const pending = sockets.get(socket)
    // One piece from the network can hold a thousand requests, all of which come before Node stops reading.
    if (pending === undefined || pending.size >= options.maxPipelined) {
      socket.destroy()
      return
    }
    pending.add(response)
    // A client that goes away while an answer is written to it is no failure of ours.
    response.on('error', () => {})
    if (closing !== undefined) response.setHeader('connection', 'close')
    response.once('close', () => {
      pending.delete(response)
      if (closing !== undefined && pending.size === 0) socket.end()
    })
    listener(request, response)
  }
  server.on('connection', socket => {
    const pending = new Set<ServerResponse>()
    sockets.set(socket, pending)
    socket.once('close', () => {
      sockets.delete(socket)
      for (const response of [...pending]) closeUnsent(response)
    })
  })
  server.on('request', handle)
  // The listener says `100 Continue` itself, when it is going to read.
  server.on('checkContinue', handle)
  server.on('clientError', (error, socket) => answerBadRequest(error, socket, options.refuse))
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
        const timer = setTimeout(() => server.closeAllConnections(), options.drainMs)
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

/** Answers to pipelined requests whose turn has not come are never closed by Node: they have no socket yet. */
function closeUnsent(response: ServerResponse): void {
  response.destroy()
  response.emit('close')
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

/** There is no response to write it with. */
function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex, refuse: ServeOptions['refuse']): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, headers, body } = refuse(faultOf(error.code))
  const all = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
  // Whoever does not take the answer is not waited for.
  setTimeout(() => socket.destroy(), 1_000).unref()
}

function faultOf(code: string | undefined): RequestFault {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers too large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too late' : 'not HTTP'
}
