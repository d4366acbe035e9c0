/**
 * JSON-RPC 2.0 over one WebSocket, from opening to its end.
 *
 * Not the WsProvider of @polkadot/api: that one parses frames inside the socket's event, where a malformed frame ends
 * the whole process, keeps what it cannot place without bound, and logs. Here a frame that is no JSON-RPC ends the
 * connection with a typed error, everything waiting is bounded, and nothing is printed.
 */
import type { RawData, WebSocket } from 'ws'

import { ChainError } from '../../../errors/chain.js'
import { DeadlineError } from '../../../errors/wait.js'
import { readFrame } from './frame.js'
import { shownUrl } from './shown-url.js'

/** The largest frame taken: metadata of a real chain is about 600 kB of hex, a full block below 10 MB. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024
const MAX_PENDING = 4_096
/** Notifications that came before the answer which names their subscription. */
const MAX_EARLY = 64
/** A peer that is silent for this long is asked for a sign of life, and left when it gives none. */
const SILENCE_MS = 15_000

interface Pending {
  resolve(result: unknown): void
  reject(error: unknown): void
  /** For a subscription: who hears its notifications. */
  listener?: ((result: unknown) => void) | undefined
}

/** The connection ended before the answer came: what was asked may or may not have been done. */
export class ConnectionLost extends ChainError {
  constructor(url: string, why: string) {
    super('CHAIN_UNREACHABLE', `the connection to the chain at ${url} is lost: ${why}`, {
      where: url,
      hint: 'check that the chain is running and the address is right',
    })
  }
}

export class RpcSocket {
  readonly #socket: WebSocket
  readonly #url: string
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, (result: unknown) => void>()
  readonly #early = new Map<string, unknown[]>()
  readonly #closing: ((error: ChainError) => void)[] = []
  readonly #pulse: ReturnType<typeof setInterval>
  #nextId = 1
  #ended: ChainError | undefined
  #heardAt = performance.now()

  /** @throws {ChainError} CHAIN_UNREACHABLE. @throws {DeadlineError} no handshake in time */
  static async open(address: string, timeoutMs: number): Promise<RpcSocket> {
    const { WebSocket } = await import('ws')
    const url = shownUrl(address)
    const socket = new WebSocket(address, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    })
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => fail(new DeadlineError(`a connection to the chain at ${url}`, timeoutMs)),
        timeoutMs,
      )
      const fail = (error: Error) => {
        clearTimeout(timer)
        socket.removeAllListeners()
        // Ending a socket that is still connecting makes it report an error once more.
        socket.on('error', () => {})
        socket.terminate()
        reject(error)
      }
      socket.once('error', error => fail(unreachable(url, error)))
      socket.once('open', () => {
        clearTimeout(timer)
        socket.removeAllListeners()
        resolve(new RpcSocket(socket, url))
      })
    })
  }

  private constructor(socket: WebSocket, url: string) {
    this.#socket = socket
    this.#url = url
    socket.on('message', data => this.#onMessage(data))
    socket.on('pong', () => this.#heard())
    socket.on('error', error => this.#end(new ConnectionLost(url, reason(error))))
    socket.on('close', code => this.#end(new ConnectionLost(url, `closed with code ${code}`)))
    this.#pulse = setInterval(() => this.#beat(), SILENCE_MS)
    this.#pulse.unref()
  }

  get open(): boolean {
    return this.#ended === undefined
  }

  /** The result. One question, one answer; deadlines are the caller's.
   *
   * @throws {RpcError} the chain's own error. @throws {ConnectionLost} no answer came
   */
  request(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#send(method, params)
  }

  /** Subscribes, and returns the subscription's id once the chain has accepted it. */
  async subscribe(method: string, params: readonly unknown[], listener: (result: unknown) => void): Promise<string> {
    return String(await this.#send(method, params, listener))
  }

  /** Stops listening; the chain is told when there is a method for it. */
  unsubscribe(id: string, method: string): void {
    this.#listeners.delete(id)
    if (this.open) this.#send(method, [id]).catch(() => {})
  }

  onEnd(listener: (error: ChainError) => void): void {
    if (this.#ended) listener(this.#ended)
    else this.#closing.push(listener)
  }

  close(): void {
    this.#end(new ChainError('CHAIN_CLOSED', 'the connection to the chain was closed by this program'))
  }

  #send(method: string, params: readonly unknown[], listener?: (result: unknown) => void): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended)
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(
        new ChainError('CHAIN_UNREACHABLE', `more than ${MAX_PENDING} questions to the chain are unanswered`),
      )
    }
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, listener })
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  #onMessage(data: RawData): void {
    this.#heard()
    // Some servers send their JSON in binary frames: the kind of frame means nothing.
    const frame = readFrame(data.toString())
    switch (frame.kind) {
      case 'answer':
        this.#onAnswer(frame.id, frame.result)
        break
      case 'error':
        this.#take(frame.id)?.reject(frame.error)
        break
      case 'notification':
        this.#onNotification(frame.subscription, frame.result)
        break
      case 'garbage':
        this.#garbage(frame.why)
    }
  }

  /** The question with this number, which is answered by that. An answer to nothing is ignored. */
  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #onAnswer(id: number, result: unknown): void {
    const pending = this.#take(id)
    pending?.resolve(result)
    if (!pending?.listener) return
    const subscription = String(result)
    this.#listeners.set(subscription, pending.listener)
    const early = this.#early.get(subscription) ?? []
    this.#early.delete(subscription)
    for (const told of early) pending.listener(told)
  }

  #onNotification(subscription: string, told: unknown): void {
    const listener = this.#listeners.get(subscription)
    if (listener) {
      listener(told)
      return
    }
    // Nobody wants it any more, or the answer that names the subscription is still on its way.
    const waiting = this.#early.get(subscription) ?? []
    if (waiting.length < MAX_EARLY) waiting.push(told)
    if (this.#early.size >= MAX_EARLY) this.#early.delete(this.#early.keys().next().value as string)
    this.#early.set(subscription, waiting)
  }

  #garbage(what: string): void {
    this.#end(
      new ChainError('CHAIN_REPLY', `the chain at ${this.#url} does not speak JSON-RPC: ${what}`, {
        where: this.#url,
        hint: 'check that the address is that of a chain',
      }),
    )
  }

  #end(error: ChainError): void {
    if (this.#ended) return
    this.#ended = error
    clearInterval(this.#pulse)
    this.#socket.removeAllListeners()
    this.#socket.on('error', () => {})
    if (error.code === 'CHAIN_CLOSED') this.#socket.close(1000)
    else this.#socket.terminate()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    this.#listeners.clear()
    this.#early.clear()
    for (const { reject } of pending) reject(error)
    for (const listener of this.#closing.splice(0)) listener(error)
  }

  #heard(): void {
    this.#heardAt = performance.now()
  }

  #beat(): void {
    const silentMs = performance.now() - this.#heardAt
    if (silentMs > 2 * SILENCE_MS) this.#end(new ConnectionLost(this.#url, 'it gives no sign of life'))
    else if (silentMs > SILENCE_MS / 2) this.#socket.ping()
  }
}

function unreachable(url: string, error: Error): ChainError {
  return new ChainError('CHAIN_UNREACHABLE', `the chain at ${url} cannot be reached: ${reason(error)}`, {
    where: url,
    hint: 'check that the chain is running and the address is right',
    cause: error,
  })
}

/** Failures of several addresses of one name come as one error without a message. */
function reason(error: Error): string {
  return error.message || (error as { code?: string }).code || error.name
}
