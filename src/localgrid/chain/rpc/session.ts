/** One WebSocket: its subscriptions, and messages in the right order. */
import type { WebSocket } from 'ws'
import { toHex } from '../../../core/hex.js'
import { randomBytes } from '../../../core/random.js'
import type { Chain } from '../blocks/chain.js'
import { handleMessage } from './handler.js'
import { RpcError } from './json-rpc.js'
import type { Subscriber } from './method.js'

const MAX_SUBSCRIPTIONS = 1024
/** Who does not read what it asked for is cut off. */
const MAX_BUFFERED_BYTES = 128 << 20

export class Session implements Subscriber {
  readonly #stops = new Map<string, () => void>()
  readonly #prefix = toHex(randomBytes(6))
  #nextId = 0
  /** Notifications that must wait for the reply to the request under way. */
  #held: string[] | undefined

  constructor(
    private readonly socket: WebSocket,
    private readonly chain: Chain,
  ) {
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('close', () => this.#end())
    // Broken frames end the socket; 'close' follows.
    socket.on('error', () => socket.terminate())
  }

  #receive(data: unknown, isBinary: boolean): void {
    // Substrate's server takes JSON in binary frames as well.
    const text = isBinary || Buffer.isBuffer(data) ? Buffer.from(data as Buffer).toString('utf8') : String(data)
    this.#held = []
    const reply = handleMessage({ chain: this.chain, subscriber: this }, text)
    const held = this.#held
    this.#held = undefined
    if (reply !== undefined) this.#send(reply)
    for (const message of held) this.#send(message)
  }

  #send(message: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return
    if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) this.socket.terminate()
    else this.socket.send(message)
  }

  subscribe(notification: string, start: (push: (result: unknown) => void) => () => void): string {
    if (this.#stops.size >= MAX_SUBSCRIPTIONS) throw new RpcError(-32006, 'Too many subscriptions on the connection')
    const id = `${this.#prefix}${(this.#nextId++).toString(36)}`
    const push = (result: unknown) => {
      const message = JSON.stringify({ jsonrpc: '2.0', method: notification, params: { subscription: id, result } })
      if (this.#held) this.#held.push(message)
      else this.#send(message)
    }
    const stop = start(push)
    this.#stops.set(id, stop)
    return id
  }

  unsubscribe(id: unknown): boolean {
    const stop = this.#stops.get(String(id))
    if (!stop) return false
    this.#stops.delete(String(id))
    stop()
    return true
  }

  #end(): void {
    for (const stop of this.#stops.values()) stop()
    this.#stops.clear()
  }
}
