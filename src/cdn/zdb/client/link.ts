/** The way to one 0-DB: a connection that is made when it is needed, made again when it is lost, and bounded. */
import { Deadline } from '../../../core/deadline.js'
import { type Backoff, delays } from '../../../core/retry.js'
import { Secret } from '../../../core/secret.js'
import { DeadlineError } from '../../../errors/wait.js'
import { ZdbError } from '../../../errors/zdb.js'
import { MOST_ARGUMENTS, MOST_VALUE_BYTES } from '../limits.js'
import { replyError } from '../reply-error.js'
import type { Argument } from '../wire/encode-request.js'
import type { Reply } from '../wire/reply.js'
import { ZdbConnection } from './connection.js'
import { authenticate, selectNamespace } from './handshake.js'
import { DEFAULTS, type ZdbClientOptions, type ZdbRequestOptions } from './options.js'

interface LinkRequestOptions extends ZdbRequestOptions {
  /** Doing it twice is the same as doing it once. */
  readonly repeatable: boolean
}

/** How often a request is sent, at most. */
const MOST_ATTEMPTS = 3

export class Link {
  readonly where: string
  readonly #backoff: Backoff
  #connection: ZdbConnection | undefined
  #opening: Promise<ZdbConnection> | undefined
  #namespace: string | number | undefined
  #password: Secret<string> | undefined
  #adminPassword: Secret<string> | undefined
  #pending = 0
  #pendingBytes = 0
  #closed = false
  #closing: Promise<void> | undefined
  #onIdle: (() => void) | undefined
  /** After an attempt that failed: until when, and why, nothing is tried. */
  #pause: { readonly until: number; readonly error: ZdbError; readonly delays: Iterator<number, never> } | undefined

  constructor(readonly options: ZdbClientOptions) {
    const { host, port, namespace, password, adminPassword } = options
    this.where = `${host.includes(':') ? `[${host}]` : host}:${port}`
    this.#namespace = namespace
    this.#password = typeof password === 'string' ? new Secret(password) : password
    this.#adminPassword = typeof adminPassword === 'string' ? new Secret(adminPassword) : adminPassword
    this.#backoff = options.reconnect ?? DEFAULTS.reconnect
  }

  get pending(): number {
    return this.#pending
  }

  get closed(): boolean {
    return this.#closed
  }

  async request(args: readonly Argument[], options: LinkRequestOptions): Promise<Reply> {
    const { repeatable, timeoutMs, signal } = options
    const bytes = this.#admit(args)
    try {
      const deadline = this.#deadline(`the answer to ${args[0]}`, { timeoutMs, signal })
      for (let attempt = 1; ; attempt++) {
        const connection = await this.#ready(deadline)
        try {
          const reply = await this.#race(deadline, connection, connection.send(args))
          if (reply.kind === 'error') throw replyError(reply.text, this.where)
          return reply
        } catch (error) {
          const lost = error instanceof ZdbError && error.code === 'ZDB_CONNECTION'
          if (!lost || !repeatable || attempt === MOST_ATTEMPTS || this.#closed) throw error
        }
      }
    } finally {
      this.#leave(bytes)
    }
  }

  async select(namespace: string | number, password: Secret<string> | undefined, options: ZdbRequestOptions = {}) {
    await this.#settle('SELECT', options, async connection => {
      await selectNamespace(connection, namespace, password, this.options.secure ?? true)
      this.#namespace = namespace
      this.#password = password
    })
  }

  async authenticate(password: Secret<string>, options: ZdbRequestOptions = {}): Promise<void> {
    await this.#settle('AUTH', options, async connection => {
      await authenticate(connection, password, this.options.secure ?? true)
      this.#adminPassword = password
    })
  }

  close(drainMs: number): Promise<void> {
    this.#closing ??= this.#close(drainMs)
    return this.#closing
  }

  async #close(drainMs: number): Promise<void> {
    this.#closed = true
    if (this.#pending > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, drainMs)
        this.#onIdle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    if (this.#pending > 0) this.#connection?.destroy(this.#closedError())
    this.#connection?.end()
  }

  /** Counts the request in. @throws {ZdbError} ZDB_CLOSED, ZDB_BUSY, ZDB_TOO_LARGE */
  #admit(args: readonly Argument[]): number {
    if (this.#closed) throw this.#closedError()
    if (args.length > MOST_ARGUMENTS) throw replyError('Too many arguments', this.where)
    let bytes = 0
    for (const arg of args) {
      const length = typeof arg === 'number' ? 16 : typeof arg === 'string' ? Buffer.byteLength(arg) : arg.length
      // The server would end the connection, and with it all other requests.
      if (length > MOST_VALUE_BYTES) throw replyError('Payload too big', this.where)
      bytes += length
    }
    const { maxPending = DEFAULTS.maxPending, maxPendingBytes = DEFAULTS.maxPendingBytes } = this.options
    const full = this.#pending > 0 && this.#pendingBytes + bytes > maxPendingBytes
    if (this.#pending >= maxPending || full) {
      throw new ZdbError('ZDB_BUSY', 'more requests are under way than the client allows', {
        where: this.where,
        hint: 'wait for some answers first, or raise maxPending and maxPendingBytes',
        details: { pending: this.#pending, pendingBytes: this.#pendingBytes },
      })
    }
    this.#pending++
    this.#pendingBytes += bytes
    return bytes
  }

  #leave(bytes: number): void {
    this.#pending--
    this.#pendingBytes -= bytes
    if (this.#pending === 0) this.#onIdle?.()
  }

  async #settle(name: string, options: ZdbRequestOptions, work: (connection: ZdbConnection) => Promise<void>) {
    const bytes = this.#admit([name])
    try {
      const deadline = this.#deadline(`the answer to ${name}`, options)
      const connection = await this.#ready(deadline)
      await this.#race(deadline, connection, work(connection))
    } finally {
      this.#leave(bytes)
    }
  }

  #deadline(what: string, { timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined }) {
    return new Deadline(`${what} of ${this.where}`, timeoutMs ?? this.options.timeoutMs ?? DEFAULTS.timeoutMs, signal)
  }

  /** One request that waits too long says nothing of the others; a connection on which nothing comes at all does. */
  async #race<T>(deadline: Deadline, connection: ZdbConnection, promise: Promise<T>): Promise<T> {
    const sentAt = performance.now()
    try {
      return await deadline.race(promise)
    } catch (error) {
      const waitedMs = performance.now() - sentAt
      // What was sent a moment before the end has proved nothing.
      if (error instanceof DeadlineError && connection.heardAt <= sentAt && waitedMs > deadline.timeoutMs / 2) {
        const silent = new ZdbError('ZDB_CONNECTION', 'nothing came over the connection to the 0-DB', {
          where: this.where,
        })
        connection.destroy(silent)
      }
      throw error
    }
  }

  /** A connection that is authenticated and has selected what it must. */
  async #ready(deadline: Deadline): Promise<ZdbConnection> {
    deadline.check()
    if (this.#connection?.alive) return this.#connection
    while (this.#opening === undefined && this.#pause !== undefined) {
      const waitMs = this.#pause.until - performance.now()
      if (waitMs <= 0) break
      // Whoever has other places to ask is told at once.
      if (!this.options.waitForServer) throw this.#pause.error
      await deadline.sleep(waitMs)
    }
    if (this.#connection?.alive) return this.#connection
    try {
      this.#opening ??= this.#open()
      return await deadline.race(this.#opening)
    } catch (error) {
      const absent = error instanceof ZdbError && error.code === 'ZDB_UNREACHABLE'
      if (!absent || !this.options.waitForServer) throw error
      return this.#ready(deadline)
    }
  }

  async #open(): Promise<ZdbConnection> {
    const { host, port, secure = true, timeoutMs = DEFAULTS.timeoutMs } = this.options
    let connection: ZdbConnection | undefined
    try {
      connection = await ZdbConnection.open(host, port, this.where, timeoutMs)
      this.#pause = undefined
      await new Deadline(`the greeting of ${this.where}`, timeoutMs).race(this.#greet(connection, secure))
      if (this.#closed && this.#pending === 0) throw this.#closedError()
      this.#connection = connection
      return connection
    } catch (error) {
      if (connection !== undefined) {
        connection.destroy(new ZdbError('ZDB_CONNECTION', 'the greeting failed', { where: this.where, cause: error }))
      } else if (error instanceof ZdbError) {
        const waits = this.#pause?.delays ?? delays(this.#backoff)
        this.#pause = { until: performance.now() + waits.next().value, error, delays: waits }
      }
      throw error
    } finally {
      this.#opening = undefined
    }
  }

  async #greet(connection: ZdbConnection, secure: boolean): Promise<void> {
    if (this.#adminPassword !== undefined) await authenticate(connection, this.#adminPassword, secure)
    if (this.#namespace !== undefined) await selectNamespace(connection, this.#namespace, this.#password, secure)
  }

  #closedError(): ZdbError {
    return new ZdbError('ZDB_CLOSED', 'the client was closed', { where: this.where })
  }
}
