/** Connections to many 0-DBs: several to each, a bounded number in all, unused ones closed. */
import { CancelledError, DeadlineError } from '../../../errors/wait.js'
import { ZdbError } from '../../../errors/zdb.js'
import { DEFAULTS, type ZdbAddress, type ZdbRequestOptions, type ZdbTuning } from './options.js'
import { ZdbClient } from './zdb-client.js'

export interface ZdbPoolOptions extends ZdbTuning {
  /** Connections to one place, at most; 4 when absent. */
  readonly perPlace?: number
  /** Connections in all, at most; 256 when absent. */
  readonly maxConnections?: number
  /** Unused ones are closed after this; 30 s when absent. */
  readonly idleMs?: number
  /** Uses that wait for one of `maxConnections`, at most; 10 000 when absent. */
  readonly maxWaiting?: number
}

interface Entry {
  readonly client: ZdbClient
  users: number
  usedAt: number
}

/** @example
 * const pool = new ZdbPool()
 * await pool.use({ host: '10.0.0.1', port: 9900, namespace: 'cdn' }, client => client.set(key, shard))
 * await pool.close()
 */
export class ZdbPool {
  readonly #places = new Map<string, Entry[]>()
  readonly #waiting: (() => void)[] = []
  #count = 0
  #closed = false
  #sweeper: ReturnType<typeof setInterval> | undefined

  constructor(readonly options: ZdbPoolOptions = {}) {}

  /** Connections that exist, or are being made. */
  get size(): number {
    return this.#count
  }

  /** Runs `work` with the least busy client of a place; it is the work's until that ends, but perhaps not alone: `select`
   * and `close` are not for it.
   *
   * @throws what the work throws; {ZdbError} ZDB_BUSY, ZDB_CLOSED; {DeadlineError} when no connection became free
   */
  async use<T>(
    place: ZdbAddress,
    work: (client: ZdbClient) => Promise<T>,
    options: ZdbRequestOptions = {},
  ): Promise<T> {
    const entry = await this.#take(place, options)
    try {
      return await work(entry.client)
    } finally {
      entry.users--
      entry.usedAt = performance.now()
      if (entry.users === 0) this.#waiting.shift()?.()
    }
  }

  /** Waits for what is under way, at most `drainMs` (5 s). Idempotent. */
  async close(options: { drainMs?: number } = {}): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeper)
    for (const go of this.#waiting.splice(0)) go()
    const clients = [...this.#places.values()].flat().map(({ client }) => client)
    this.#places.clear()
    this.#count = 0
    await Promise.all(clients.map(client => client.close(options)))
  }

  async #take(place: ZdbAddress, { timeoutMs, signal }: ZdbRequestOptions): Promise<Entry> {
    const { perPlace = 4, maxConnections = 256 } = this.options
    const name = placeKey(place)
    const endsAt = performance.now() + (timeoutMs ?? this.options.timeoutMs ?? DEFAULTS.timeoutMs)
    for (;;) {
      if (this.#closed) throw new ZdbError('ZDB_CLOSED', 'the pool was closed')
      const entries = this.#places.get(name) ?? []
      const best = entries.reduce<Entry | undefined>(
        (a, b) => (a === undefined || b.users < a.users ? b : a),
        undefined,
      )
      // A connection more is worth it only when all are busy; one that is shared is better than to wait.
      const mayAdd = entries.length < perPlace && (this.#count < maxConnections || this.#dropOldestIdle())
      if (best !== undefined && (best.users === 0 || !mayAdd)) return used(best)
      if (mayAdd) return this.#add(name, place)
      await this.#room(endsAt, signal)
    }
  }

  #add(name: string, place: ZdbAddress): Entry {
    const { perPlace: _, maxConnections: __, idleMs = 30_000, maxWaiting: ___, ...tuning } = this.options
    const entry: Entry = { client: new ZdbClient({ ...tuning, ...place }), users: 1, usedAt: performance.now() }
    const entries = this.#places.get(name)
    if (entries === undefined) this.#places.set(name, [entry])
    else entries.push(entry)
    this.#count++
    if (this.#sweeper === undefined) {
      this.#sweeper = setInterval(() => this.#sweep(idleMs), Math.max(50, idleMs / 2))
      this.#sweeper.unref()
    }
    return entry
  }

  #sweep(idleMs: number): void {
    const before = performance.now() - idleMs
    for (const entry of [...this.#places.values()].flat()) {
      if (entry.users === 0 && entry.usedAt < before) this.#drop(entry)
    }
  }

  #dropOldestIdle(): boolean {
    const idle = [...this.#places.values()].flat().filter(({ users }) => users === 0)
    const oldest = idle.reduce<Entry | undefined>((a, b) => (a === undefined || b.usedAt < a.usedAt ? b : a), undefined)
    if (oldest !== undefined) this.#drop(oldest)
    return oldest !== undefined
  }

  #drop(entry: Entry): void {
    for (const [name, entries] of this.#places) {
      const at = entries.indexOf(entry)
      if (at === -1) continue
      entries.splice(at, 1)
      if (entries.length === 0) this.#places.delete(name)
      this.#count--
      void entry.client.close({ drainMs: 0 })
    }
  }

  #room(endsAt: number, signal: AbortSignal | undefined): Promise<void> {
    const { maxWaiting = 10_000 } = this.options
    if (this.#waiting.length >= maxWaiting) {
      throw new ZdbError('ZDB_BUSY', 'more uses wait for a connection than the pool allows', {
        details: { maxWaiting },
      })
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        const at = this.#waiting.indexOf(go)
        if (at !== -1) this.#waiting.splice(at, 1)
      }
      const go = () => {
        leave()
        resolve()
      }
      const onAbort = () => {
        leave()
        reject(new CancelledError('the wait for a connection', { cause: signal?.reason }))
      }
      const left = Math.max(0, endsAt - performance.now())
      const timer = setTimeout(() => {
        leave()
        reject(new DeadlineError('a free connection', left))
      }, left)
      if (signal?.aborted) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(go)
    })
  }
}

function used(entry: Entry): Entry {
  entry.users++
  entry.usedAt = performance.now()
  return entry
}

/** Equal for places that may share a connection. Kept in the pool only: it holds the password. */
function placeKey({ host, port, namespace, password }: ZdbAddress): string {
  const secret = password === undefined || typeof password === 'string' ? password : password.reveal()
  return JSON.stringify([host, port, namespace, secret])
}
