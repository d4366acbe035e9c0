/** An HTTP service on loopback: listening, limits, and an end that waits for nobody. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { LocalGridError } from '../errors/localgrid.js'

export interface HttpService {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  /** Drops what is under way. Idempotent. */
  close(): Promise<void>
}

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const MAX_HEADER_BYTES = 32 * 1024
const MAX_CONNECTIONS = 1_000

/** @throws {LocalGridError} LOCALGRID_PORT */
export async function serveHttp(listener: RequestListener, port: number, what: string): Promise<HttpService> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    listener,
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    else socket.destroy()
  })
  // What asks for another protocol (`Connection: Upgrade`) or for a tunnel gets nothing: neither is served here.
  server.on('upgrade', (_request, socket) => socket.destroy())
  server.on('connect', (_request, socket) => socket.destroy())

  await listen(server, port, what)
  const { port: actual } = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${actual}`,
    close: () => {
      closing ??= new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closing
    },
  }
}

function listen(server: Server, port: number, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${cause.code})`
      reject(
        new LocalGridError('LOCALGRID_PORT', `port ${port} for ${what} ${why}`, {
          where: `127.0.0.1:${port}`,
          hint: 'choose another port, or none for free ones',
          cause,
        }),
      )
    })
    server.listen(port, '127.0.0.1', () => {
      // From now on an error is one connection that could not be taken (no descriptors left): the next one may be.
      server.removeAllListeners('error')
      server.on('error', () => {})
      resolve()
    })
  })
}
