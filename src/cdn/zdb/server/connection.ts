/** One client: requests in, answers out, in order, with no more in memory than one request and one answer. */
import type { Socket } from 'node:net'
import { encodeReply, type Reply } from '../wire/reply.js'
import { RequestParser } from '../wire/request-parser.js'
import { execute } from './execute.js'
import type { MemoryBudget } from './memory-budget.js'
import { Session, type SessionOptions } from './session.js'

export interface ConnectionOptions extends SessionOptions {
  readonly budget: MemoryBudget
  /** A request that has begun must go on, and an answer must be taken, within this. */
  readonly stallMs: number
  readonly onFault: (error: unknown) => void
}

/** Answers are gathered up to this before they are sent. */
const BATCH_BYTES = 64 * 1024

const GONE: Reply = {
  kind: 'error',
  text: 'Your active namespace is not available anymore (probably removed).',
}

export class Connection {
  readonly #session: Session
  readonly #parser = new RequestParser()
  #out: Uint8Array[] = []
  #outBytes = 0
  #held = 0
  #closing = false
  #executing = false
  /** Resolves when nothing of it is left. Never rejects. */
  readonly done: Promise<void>

  constructor(
    readonly socket: Socket,
    readonly options: ConnectionOptions,
  ) {
    this.#session = new Session(options)
    socket.setNoDelay(true)
    socket.setTimeout(options.stallMs, () => {
      // An idle client may stay; one that stopped in the middle, or does not read, may not.
      if ((this.#parser.receiving && !this.#executing) || socket.writableLength > 0) socket.destroy()
    })
    this.done = this.#serve()
  }

  /** Lets the request under way finish, then ends. */
  close(): void {
    this.#closing = true
    if (!this.#executing) this.socket.end(() => this.socket.destroy())
  }

  async #serve(): Promise<void> {
    const { socket, options } = this
    const { stats } = options
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        stats.networkReadBytes += chunk.length
        this.#parser.push(chunk)
        if (!(await this.#answerAll())) break
        await this.#hold(this.#parser.pendingBytes)
      }
    } catch {
      // The client went away: nobody is left to be told.
    } finally {
      options.budget.release(this.#held)
      if (socket.destroyed || !socket.writable) socket.destroy()
      else await ended(socket, options.stallMs)
    }
  }

  /** False when the connection is to end. */
  async #answerAll(): Promise<boolean> {
    for (let parsed = this.#parser.next(); parsed !== undefined; parsed = this.#parser.next()) {
      if (parsed.kind === 'broken') {
        if (parsed.text !== undefined) this.#add({ kind: 'error', text: parsed.text })
        await this.#flush()
        return false
      }
      if (this.#session.namespace.gone) {
        this.#add(GONE)
        await this.#flush()
        return false
      }
      const reply = execute(this.#session, parsed.args, this.options.onFault)
      if (reply instanceof Promise) {
        this.#executing = true
        this.#add(await reply)
        this.#executing = false
      } else this.#add(reply)
      if (this.#outBytes > BATCH_BYTES) await this.#flush()
      if (this.#closing || this.#abandoned) break
    }
    await this.#flush()
    return !this.#closing
  }

  /** The client broke off: what it had still asked for is work for nobody. Who only stops sending is served to the end. */
  get #abandoned(): boolean {
    return this.socket.destroyed && !this.socket.readableEnded
  }

  #add(reply: Reply): void {
    this.#outBytes += encodeReply(reply, this.#out)
  }

  /** Sends what was gathered, and waits until the client has taken enough of it. */
  async #flush(): Promise<void> {
    if (this.#outBytes === 0) return
    const { socket, options } = this
    options.stats.networkWriteBytes += this.#outBytes
    socket.cork()
    let roomy = true
    for (const part of joined(this.#out)) roomy = socket.write(part)
    socket.uncork()
    this.#out = []
    this.#outBytes = 0
    if (!roomy && !socket.destroyed) await drained(socket)
  }

  /** Waits for room for a large request before more of it is read. */
  async #hold(bytes: number): Promise<void> {
    const { budget } = this.options
    if (bytes <= this.#held) {
      budget.release(this.#held - bytes)
      this.#held = bytes
      return
    }
    const more = bytes - this.#held
    if (!(await budget.take(more, this.socket))) return
    this.#held = bytes
  }
}

/** Small parts in one piece, large ones as they are. */
function joined(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const out: Uint8Array[] = []
  let small: Uint8Array[] = []
  for (const part of parts) {
    if (part.length <= 16 * 1024) small.push(part)
    else {
      if (small.length > 0) out.push(Buffer.concat(small))
      small = []
      out.push(part)
    }
  }
  if (small.length > 0) out.push(Buffer.concat(small))
  return out
}

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}

/** Ends after everything was sent; a client that goes on sending does not keep it open. */
function ended(socket: Socket, withinMs: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => socket.destroy(), withinMs)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.on('error', () => {})
    socket.end(() => socket.destroy())
  })
}
