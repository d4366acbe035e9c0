/**
 * The relay of a local grid: sessions over WebSocket on loopback, twins in this process beside them.
 *
 * It speaks what threefoldtech/rmb-rs speaks (src/relay/api.rs), without Redis and federation. Whatever bytes arrive,
 * it answers, closes the connection they came over, or ignores them; everything it keeps has a bound.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { type WebSocket, WebSocketServer } from 'ws'

import { loadVerifier, type Verify } from '../../chain/keys.js'
import { LocalGridError } from '../../errors/localgrid.js'
import { RmbError } from '../../errors/rmb.js'
import { type Address, MAX_ENVELOPE_BYTES } from '../../rmb/envelope.js'
import type { Fault, FaultBoard } from '../faults.js'
import type { ChainView, RelayPort } from '../ports.js'
import { admit } from './gatekeeper.js'
import type { RateLimit } from './limiter.js'
import type { Outlet } from './mailbox.js'
import { Switchboard } from './switchboard.js'

export interface RelayOptions {
  /** A free one when absent or 0. */
  readonly port?: number
  readonly chain: Pick<ChainView, 'twin'>
  readonly faults: FaultBoard
  /** That of chain/keys when absent. */
  readonly verifier?: Verify
  /** The relay's clock: tokens and queues; the system's when absent. */
  readonly nowMs?: () => number
  /** 16 MiB when absent. */
  readonly maxFrameBytes?: number
  /** 4,096 when absent. */
  readonly maxConnections?: number
  /** Of a twin, in 60 s; a million frames and 4 GiB when absent. */
  readonly rateLimit?: RateLimit
  /** For one session that is offline or slow; 10,000 when absent. */
  readonly maxQueuedFrames?: number
  /** For all of them together; 64 MiB when absent. */
  readonly maxQueuedBytes?: number
}

export interface RunningRelay {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string
  readonly relay: RelayPort
  /** What is connected and kept right now. */
  stats(): { connections: number; queuedBytes: number }
  /** Ends all sessions and frees the port. Idempotent. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const SWEEP_MS = 30_000
/** More than this unsent, and a session's frames wait in its mailbox. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024
const CLOSE = { replaced: 4001, unsupported: 1003, garbage: 1007, bug: 1011, goingAway: 1001 } as const

/** Starts the relay.
 *
 * @throws {LocalGridError} LOCALGRID_PORT
 * @example
 * const { url, relay, close } = await startRelay({ chain, faults })
 * createPeer({ twinId: 12, …, attach: deliver => relay.attach(12, deliver) })
 */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const relay = new Relay(options, options.verifier ?? (await loadVerifier()))
  await relay.listen(options.port ?? 0)
  return relay
}

class Relay implements RunningRelay {
  readonly #options: RelayOptions
  readonly #verifier: Verify
  readonly #nowMs: () => number
  readonly #server: Server
  readonly #sockets: WebSocketServer
  readonly #open = new Set<WebSocket>()
  readonly #switchboard: Switchboard
  readonly #sweeper: ReturnType<typeof setInterval>
  readonly #stopListening: () => void
  #closing: Promise<void> | undefined
  url = ''

  readonly relay: RelayPort = {
    attach: (twinId, deliver) => {
      const detach = this.#switchboard.attach(twinId, deliver)
      return { detach, send: frame => this.#route({ twin: twinId }, frame) }
    },
  }

  constructor(options: RelayOptions, verifier: Verify) {
    this.#options = options
    this.#verifier = verifier
    this.#nowMs = options.nowMs ?? Date.now
    const maxConnections = options.maxConnections ?? 4_096
    this.#switchboard = new Switchboard({
      chain: options.chain,
      faults: options.faults,
      nowMs: this.#nowMs,
      rateLimit: options.rateLimit ?? { frames: 1_000_000, bytes: 4 * 1024 ** 3 },
      maxQueuedFrames: options.maxQueuedFrames ?? 10_000,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 ** 2,
      maxMailboxes: 4 * maxConnections,
    })

    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) =>
      answerHttp(request, response),
    )
    this.#server.maxConnections = maxConnections
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.on('clientError', (_error, socket) => refuse(socket, 400, 'this is not HTTP'))
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.min(options.maxFrameBytes ?? MAX_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES),
    })
    this.#sweeper = setInterval(() => this.#switchboard.sweep(), SWEEP_MS)
    this.#sweeper.unref()
    this.#stopListening = options.faults.onSet(fault => this.#onFault(fault))
  }

  stats(): { connections: number; queuedBytes: number } {
    return { connections: this.#open.size, queuedBytes: this.#switchboard.queuedBytes }
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        this.#stop()
        reject(
          new LocalGridError('LOCALGRID_PORT', `the relay cannot listen on ${HOST}:${port}: ${cause.message}`, {
            hint: 'choose another port, or 0 for a free one',
            cause,
          }),
        )
      }
      this.#server.once('error', fail)
      this.#server.listen({ port, host: HOST }, () => {
        this.#server.off('error', fail)
        this.url = `ws://${HOST}:${(this.#server.address() as AddressInfo).port}`
        resolve()
      })
    })
  }

  close(): Promise<void> {
    this.#closing ??= new Promise(resolve => {
      this.#stop()
      for (const socket of this.#open) socket.close(CLOSE.goingAway, 'the relay is closing')
      this.#server.close(() => resolve())
      this.#server.closeIdleConnections()
      // Who does not answer the farewell is not waited for.
      setTimeout(() => {
        for (const socket of this.#open) socket.terminate()
        this.#server.closeAllConnections()
      }, 200).unref()
    })
    return this.#closing
  }

  #stop(): void {
    clearInterval(this.#sweeper)
    this.#stopListening()
    this.#switchboard.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const options = { chain: this.#options.chain, verifier: this.#verifier, nowMs: this.#nowMs }
    const admission = admit(request.url ?? '', options)
    if (this.#closing) refuse(socket, 503, 'the relay is closing')
    else if (admission.kind === 'refused') refuse(socket, admission.status, admission.reason)
    else this.#sockets.handleUpgrade(request, socket, head, opened => this.#serve(opened, admission.session))
  }

  #serve(socket: WebSocket, session: Address): void {
    this.#open.add(socket)
    const disconnect = this.#switchboard.connect(session, outletOf(socket))
    socket.on('message', (data, isBinary) => {
      if (!isBinary) return socket.close(CLOSE.unsupported, 'only binary frames are known')
      const wasRequest = this.#route(session, data as Buffer, socket)
      if (wasRequest && this.#options.faults.strike('dropped-relay')) this.#dropAll()
    })
    // ws closes the connection after an error by itself: a frame too large, a broken mask, a reset.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#open.delete(socket)
      disconnect()
    })
  }

  /** True when a request was passed on. */
  #route(sender: Address, frame: Uint8Array, socket?: WebSocket): boolean {
    try {
      return this.#switchboard.route(sender, frame)
    } catch (error) {
      if (!socket) throw error
      if (error instanceof RmbError) socket.close(CLOSE.garbage, 'undecodable envelope')
      else socket.close(CLOSE.bug, 'the frame could not be handled')
      return false
    }
  }

  /**
   * `dropped-relay` strikes when it is set; with `times` above one, again after each request that was passed on, so
   * that answers are on their way when the connections end. Without `times` it is over at once.
   */
  #onFault(fault: Fault): void {
    if (fault.kind !== 'dropped-relay') return
    const { faults } = this.#options
    faults.strike('dropped-relay', other => other === fault)
    if (fault.times === undefined) faults.clear(faults.list().find(active => active.fault === fault)?.id ?? -1)
    this.#dropAll()
  }

  #dropAll(): void {
    for (const socket of this.#open) socket.terminate()
  }
}

function outletOf(socket: WebSocket): Outlet {
  return {
    ready: () => socket.readyState === socket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES,
    send: (frame, drained) => socket.send(frame, drained),
    replaced: () => {
      socket.close(CLOSE.replaced, 'a newer connection has this session')
      setTimeout(() => socket.terminate(), 1_000).unref()
    },
  }
}

function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const healthy = request.method === 'GET' && request.url === '/health'
  response.writeHead(healthy ? 200 : 404, { 'content-type': 'application/json', connection: 'close' })
  response.end(healthy ? '{"status":"ok"}' : '{"error":"not found"}')
}

function refuse(socket: Duplex | Socket, status: number, reason: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  )
  // Some never read an answer, nor close.
  setTimeout(() => socket.destroy(), 1_000).unref()
}
