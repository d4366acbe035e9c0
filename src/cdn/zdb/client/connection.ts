/** One connection to a 0-DB: requests go out at once, answers come back in the same order. */
import { connect, type Socket } from 'node:net'

import { ZdbError } from '../../../errors/zdb.js'
import { type Argument, encodeRequest } from '../wire/encode-request.js'
import type { Reply } from '../wire/reply.js'
import { ReplyParser } from '../wire/reply-parser.js'

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: ZdbError) => void
}

export class ZdbConnection {
  readonly #parser = new ReplyParser()
  readonly #waiting: Waiting[] = []
  #first = 0
  #failure: ZdbError | undefined
  #batch: Uint8Array[] = []
  #heardAt = performance.now()

  private constructor(
    readonly socket: Socket,
    readonly where: string,
  ) {
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', cause => this.#fail('broke', cause))
    socket.on('close', () => this.#fail('was closed by the server'))
  }

  /** @param host an IP, or a name that the system knows; names that end in .localhost are this machine */
  static open(host: string, port: number, where: string, timeoutMs: number): Promise<ZdbConnection> {
    return new Promise((resolve, reject) => {
      const name = /(^|\.)localhost$/i.test(host) ? '127.0.0.1' : host
      const socket = connect({ host: name, port })
      const unreachable = (why: string, cause?: unknown) => {
        clearTimeout(timer)
        socket.destroy()
        reject(
          new ZdbError('ZDB_UNREACHABLE', `the 0-DB ${why}`, {
            where,
            cause,
            hint: 'is it running, and is the address right?',
          }),
        )
      }
      const timer = setTimeout(
        () => unreachable(`did not take the connection within ${Math.round(timeoutMs)} ms`),
        timeoutMs,
      )
      const onError = (cause: Error) => unreachable('does not take connections', cause)
      socket.once('error', onError)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', onError)
        resolve(new ZdbConnection(socket, where))
      })
    })
  }

  get alive(): boolean {
    return this.#failure === undefined
  }

  /** Requests whose answer has not come. */
  get pending(): number {
    return this.#waiting.length - this.#first
  }

  /** When something last came, on the clock of `performance`. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** The answer, errors of the server included as answers. @throws {ZdbError} the connection ended before it came */
  send(args: readonly Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      for (const part of encodeRequest(args)) {
        this.#batch.push(part)
      }
      this.#waiting.push({ resolve, reject })
      if (this.#waiting.length - this.#first === 1 || this.#batch.length > 256) this.#write()
      else queueMicrotask(() => this.#write())
    })
  }

  /** Ends the connection; whoever waits is told why. */
  destroy(error: ZdbError): void {
    this.#failure ??= error
    this.socket.destroy()
    this.#rejectAll()
  }

  end(): void {
    this.#failure ??= new ZdbError('ZDB_CLOSED', 'the connection was closed', { where: this.where })
    this.socket.end()
    // A server that does not close its side is not waited for.
    setTimeout(() => this.socket.destroy(), 1000).unref()
  }

  /** Requests of the same moment leave together. */
  #write(): void {
    if (this.#batch.length === 0 || this.socket.destroyed) return
    const batch = this.#batch
    this.#batch = []
    this.socket.cork()
    for (const part of batch) this.socket.write(part)
    this.socket.uncork()
  }

  #read(chunk: Buffer): void {
    this.#heardAt = performance.now()
    try {
      this.#parser.push(chunk)
      for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
        const waiting = this.#waiting[this.#first]
        if (waiting === undefined) {
          throw new ZdbError('ZDB_PROTOCOL', 'the 0-DB sent an answer that nobody asked for', {
            where: this.where,
            ...(reply.kind === 'error' ? { reply: reply.text } : {}),
          })
        }
        this.#first++
        if (this.#first === this.#waiting.length || this.#first > 1024) {
          this.#waiting.splice(0, this.#first)
          this.#first = 0
        }
        waiting.resolve(reply)
      }
    } catch (error) {
      this.destroy(error as ZdbError)
    }
  }

  #fail(how: string, cause?: unknown): void {
    this.#failure ??= new ZdbError('ZDB_CONNECTION', `the connection to the 0-DB ${how}`, { where: this.where, cause })
    this.#rejectAll()
  }

  #rejectAll(): void {
    const failure = this.#failure as ZdbError
    this.#batch = []
    for (const { reject } of this.#waiting.splice(0).slice(this.#first)) reject(failure)
    this.#first = 0
  }
}
