/** A 0-DB, as a program uses it. */
import { Secret } from '../../../core/secret.js'
import { ZdbError } from '../../../errors/zdb.js'
import { ID_BYTES } from '../limits.js'
import { replyError } from '../reply-error.js'
import type { Argument } from '../wire/encode-request.js'
import type { Reply } from '../wire/reply.js'
import { Link } from './link.js'
import { type NamespaceInfo, parseNamespaceInfo } from './namespace-info.js'
import type { ZdbClientOptions, ZdbRequestOptions } from './options.js'
import { readBytes, readCount, readEntries, readOk, readOptionalBytes, readText } from './read-reply.js'

export interface ScanEntry {
  readonly key: Uint8Array
  readonly sizeBytes: number
  /** Seconds since the epoch, of the last write. */
  readonly timestamp: number
}

export interface ScanPage {
  readonly entries: readonly ScanEntry[]
  /** Where to go on. */
  readonly cursor: Uint8Array
}

export interface HistoryEntry {
  readonly value: Uint8Array
  readonly timestamp: number
  /** Names the version before this one; undefined when this is the first. */
  readonly previous: Uint8Array | undefined
}

export type NamespaceProperty = 'maxsize' | 'password' | 'public' | 'worm' | 'mode' | 'lock' | 'freeze'

/** Connects when it is first used, and again when the connection was lost.
 *
 * Requests of one client go over one connection, one behind the other without waiting; use `ZdbPool` for more. Requests
 * that change nothing when repeated are sent again over a new connection, within their time; others fail with
 * ZDB_CONNECTION, and may have been done.
 *
 * Every method throws {ZdbError} for what the server refuses and for what goes wrong on the way; {DeadlineError} after
 * `timeoutMs`; {CancelledError} when its signal is given. Facts: threefoldtech/0-db v2.0.7, zdbd.
 *
 * @example
 * const client = new ZdbClient({ host: '127.0.0.1', port: 9900, namespace: 'cdn' })
 * await client.set(key, shard)
 * const back = await client.get(key) // undefined when there is none
 * await client.close()
 */
export class ZdbClient {
  readonly #link: Link

  constructor(options: ZdbClientOptions) {
    this.#link = new Link(options)
  }

  /** Requests whose answer has not come. */
  get pending(): number {
    return this.#link.pending
  }

  get closed(): boolean {
    return this.#link.closed
  }

  /** The value, or undefined when there is none. */
  async get(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<Uint8Array | undefined> {
    return readOptionalBytes(await this.#again(['GET', key], options))
  }

  /** At most 1023 keys, and 64 MiB of values. */
  async mget(keys: readonly (Uint8Array | string)[], options?: ZdbRequestOptions) {
    if (keys.length === 0) return []
    const reply = await this.#again(['MGET', ...keys], options)
    if (reply.kind !== 'array' || reply.items.length !== keys.length) throw odd('MGET', reply)
    return reply.items.map(readOptionalBytes)
  }

  /** Resolves when the server has acknowledged it. False when it had the same value already.
   *
   * @param value at most 8 MiB; must not change until then
   */
  async set(key: Uint8Array | string, value: Uint8Array | string, options?: ZdbRequestOptions): Promise<boolean> {
    if (key.length === 0) throw replyError('Invalid argument, key needed')
    return readOptionalBytes(await this.#again(['SET', key, value], options)) !== undefined
  }

  /** Adds a value to a sequential namespace; its id, 8 bytes. Not repeated: each time makes another one. */
  async append(value: Uint8Array | string, options?: ZdbRequestOptions): Promise<Uint8Array> {
    const id = readBytes(await this.#once(['SET', '', value], options))
    if (id.length !== ID_BYTES) throw new ZdbError('ZDB_PROTOCOL', `the id has ${id.length} bytes, not ${ID_BYTES}`)
    return id
  }

  /** False when there was none. */
  async delete(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<boolean> {
    try {
      readOk(await this.#once(['DEL', key], options))
      return true
    } catch (error) {
      if (error instanceof ZdbError && error.code === 'ZDB_NOT_FOUND') return false
      throw error
    }
  }

  async exists(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<boolean> {
    return readCount(await this.#again(['EXISTS', key], options)) === 1
  }

  /** Bytes of the value, or undefined when there is none. */
  async length(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<number | undefined> {
    return optional(await this.#again(['LENGTH', key], options))
  }

  /** When the key was last written, seconds since the epoch. */
  async keyTime(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<number | undefined> {
    return optional(await this.#again(['KEYTIME', key], options))
  }

  /** Is the value what was written? Undefined when there is none. */
  async check(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<boolean | undefined> {
    const good = optional(await this.#again(['CHECK', key], options))
    return good === undefined ? undefined : good === 1
  }

  /** Where the key lies: scans can go on from there. */
  async keyCursor(key: Uint8Array | string, options?: ZdbRequestOptions): Promise<Uint8Array> {
    return readBytes(await this.#again(['KEYCUR', key], options))
  }

  /** Some keys in the order of their writing, or undefined at the end. */
  async scan(
    options: ZdbRequestOptions & { cursor?: Uint8Array | undefined; reverse?: boolean } = {},
  ): Promise<ScanPage | undefined> {
    const { cursor, reverse = false, ...rest } = options
    try {
      const args = [reverse ? 'RSCAN' : 'SCAN', ...(cursor === undefined ? [] : [cursor])]
      return readEntries(await this.#again(args, rest))
    } catch (error) {
      if (error instanceof ZdbError && error.code === 'ZDB_END') return undefined
      throw error
    }
  }

  /** All keys, page after page. Those written meanwhile may come too, or come again. */
  async *entries(options: ZdbRequestOptions & { reverse?: boolean } = {}): AsyncGenerator<ScanEntry> {
    let cursor: Uint8Array | undefined
    for (let page = await this.scan(options); page !== undefined; page = await this.scan({ ...options, cursor })) {
      yield* page.entries
      cursor = page.cursor
    }
  }

  /** The latest version of a key, or the one that `pointer` names. */
  async history(key: Uint8Array | string, pointer?: Uint8Array, options?: ZdbRequestOptions): Promise<HistoryEntry> {
    const reply = await this.#again(['HISTORY', key, ...(pointer === undefined ? [] : [pointer])], options)
    const [previous, timestamp, value] = reply.kind === 'array' ? reply.items : []
    if (previous === undefined || timestamp === undefined || value === undefined) throw odd('HISTORY', reply)
    return { previous: readOptionalBytes(previous), timestamp: Number(readText(timestamp)), value: readBytes(value) }
  }

  /** Keys of the namespace. */
  async size(options?: ZdbRequestOptions): Promise<number> {
    return readCount(await this.#again(['DBSIZE'], options))
  }

  async ping(options?: ZdbRequestOptions): Promise<void> {
    const text = readText(await this.#again(['PING'], options))
    if (text !== 'PONG') throw new ZdbError('ZDB_PROTOCOL', 'the answer to PING is not PONG')
  }

  /** Milliseconds since the epoch, of the server. */
  async time(options?: ZdbRequestOptions): Promise<number> {
    const reply = await this.#again(['TIME'], options)
    const [seconds, microseconds] = reply.kind === 'array' ? reply.items : []
    if (seconds === undefined || microseconds === undefined) throw odd('TIME', reply)
    return Number(readText(seconds)) * 1000 + Number(readText(microseconds)) / 1000
  }

  async info(options?: ZdbRequestOptions): Promise<string> {
    return readText(await this.#again(['INFO'], options))
  }

  /** Goes to another namespace, for everything that is asked from now on. */
  async select(
    namespace: string | number,
    password?: string | Secret<string>,
    options?: ZdbRequestOptions,
  ): Promise<void> {
    await this.#link.select(namespace, secret(password), options)
  }

  /** Becomes the administrator, also after the connection was lost. */
  async authenticate(password: string | Secret<string>, options?: ZdbRequestOptions): Promise<void> {
    await this.#link.authenticate(secret(password) as Secret<string>, options)
  }

  /** Administrators only, as the four below. */
  async createNamespace(name: string | number, options?: ZdbRequestOptions): Promise<void> {
    readOk(await this.#once(['NSNEW', name], options))
  }

  async removeNamespace(name: string | number, options?: ZdbRequestOptions): Promise<void> {
    readOk(await this.#once(['NSDEL', name], options))
  }

  /** `password` `*` takes it away; `maxsize` is in bytes, 0 for none; `mode` is user or seq; the others are 0 or 1. */
  async setNamespace(
    name: string | number,
    property: NamespaceProperty,
    value: string | number | boolean,
    options?: ZdbRequestOptions,
  ) {
    const text = typeof value === 'boolean' ? Number(value) : value
    readOk(await this.#again(['NSSET', name, property, text], options))
  }

  async namespaces(options?: ZdbRequestOptions): Promise<readonly string[]> {
    const reply = await this.#again(['NSLIST'], options)
    if (reply.kind !== 'array') throw odd('NSLIST', reply)
    return reply.items.map(readText)
  }

  async namespaceInfo(name: string | number, options?: ZdbRequestOptions): Promise<NamespaceInfo> {
    return parseNamespaceInfo(readText(await this.#again(['NSINFO', name], options)))
  }

  /** Removes every key of a private namespace with a password. 0-DB 2.0.7 says so, and keeps them. */
  async flush(options?: ZdbRequestOptions): Promise<void> {
    readOk(await this.#once(['FLUSH'], options))
  }

  /** Any request, once. Errors of the server are thrown. */
  command(args: readonly Argument[], options?: ZdbRequestOptions): Promise<Reply> {
    return this.#once(args, options)
  }

  /** Waits for what is under way, at most `drainMs` (5 s), then ends the connection. Idempotent. */
  close(options: { drainMs?: number } = {}): Promise<void> {
    return this.#link.close(options.drainMs ?? 5000)
  }

  #once(args: readonly Argument[], options: ZdbRequestOptions | undefined): Promise<Reply> {
    return this.#link.request(args, { ...options, repeatable: false })
  }

  #again(args: readonly Argument[], options: ZdbRequestOptions | undefined): Promise<Reply> {
    return this.#link.request(args, { ...options, repeatable: true })
  }
}

function secret(password: string | Secret<string> | undefined): Secret<string> | undefined {
  return typeof password === 'string' ? new Secret(password) : password
}

function optional(reply: Reply): number | undefined {
  return reply.kind === 'nil' ? undefined : readCount(reply)
}

function odd(command: string, reply: Reply): ZdbError {
  return new ZdbError('ZDB_PROTOCOL', `the answer to ${command} is of another form: ${reply.kind}`)
}
