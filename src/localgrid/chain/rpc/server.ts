/** The chain's port: WebSocket and HTTP POST on loopback, and GET /health. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'

import { LocalGridError } from '../../../errors/localgrid.js'
import type { Chain } from '../blocks/chain.js'
import { handleMessage } from './handler.js'
import { Session } from './session.js'

const HOST = '127.0.0.1'
/** As substrate nodes take. */
const MAX_MESSAGE_BYTES = 15 << 20
const MAX_CONNECTIONS = 1000
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000

export class RpcServer {
  #http: Server | undefined
  #sockets: WebSocketServer | undefined
  readonly #connections = new Set<Socket>()
  #port: number
  #restart: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(
    private readonly chain: Chain,
    port: number,
  ) {
    this.#port = port
  }

  get url(): string {
    return `ws://${HOST}:${this.#port}`
  }

  /** @throws {LocalGridError} LOCALGRID_PORT */
  async listen(): Promise<void> {
    const http = createServer((request, response) => this.#serve(request, response))
    http.maxConnections = MAX_CONNECTIONS
    http.headersTimeout = HEADERS_TIMEOUT_MS
    http.requestTimeout = REQUEST_TIMEOUT_MS
    http.on('connection', socket => {
      this.#connections.add(socket)
      socket.on('close', () => this.#connections.delete(socket))
    })
    http.on('clientError', (_, socket) => socket.destroy())

    const sockets = new WebSocketServer({ server: http, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
    sockets.on('connection', socket => new Session(socket, this.chain))
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: Error) =>
        reject(
          new LocalGridError('LOCALGRID_PORT', `the chain cannot listen on ${HOST}:${this.#port}`, {
            cause,
            hint: 'choose another port, or 0 for a free one',
          }),
        )
      sockets.once('error', onError)
      http.listen(this.#port, HOST, () => {
        sockets.off('error', onError)
        resolve()
      })
    })
    // From here on an error concerns one connection, which ends by itself.
    sockets.on('error', () => {})
    this.#http = http
    this.#sockets = sockets
    this.#port = (http.address() as AddressInfo).port
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const reply = (status: number, body: unknown) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(text)
    }
    if (request.method === 'GET' && request.url === '/health') {
      reply(200, { peers: 0, isSyncing: false, shouldHavePeers: false })
      return
    }
    if (request.method !== 'POST') {
      reply(405, { error: 'use POST or a WebSocket' })
      return
    }

    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_MESSAGE_BYTES) request.destroy()
      else chunks.push(chunk)
    })
    request.on('error', () => response.destroy())
    request.on('end', () => {
      const text = handleMessage({ chain: this.chain, subscriber: undefined }, Buffer.concat(chunks).toString('utf8'))
      reply(200, text ?? '')
    })
  }

  /** Drops everybody and stays away for a while, then listens on the same port again. */
  async restart(downMs: number): Promise<void> {
    if (this.#restart || this.#closed) return
    await this.#stop()
    this.#restart = setTimeout(() => {
      this.#restart = undefined
      if (!this.#closed) this.#listenAgain(20)
    }, downMs)
  }

  /** The port may be held for a moment by what closed it. */
  #listenAgain(attempts: number): void {
    this.listen().catch(() => {
      if (attempts > 0 && !this.#closed) this.#restart = setTimeout(() => this.#listenAgain(attempts - 1), 50)
    })
  }

  async #stop(): Promise<void> {
    const http = this.#http
    this.#http = undefined
    for (const client of this.#sockets?.clients ?? []) client.terminate()
    this.#sockets?.close()
    for (const socket of this.#connections) socket.destroy()
    if (http) await new Promise<void>(resolve => http.close(() => resolve()))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restart)
    await this.#stop()
  }
}
