/**
 * Who seals blocks: threads of their own where there is more than one core, otherwise this one.
 *
 * A piece of a file is handed over, not copied, and comes back with its sealing, to be filled again. Work is given to a
 * thread that has none; who asks for more waits: that, and the number of pieces the caller has, bounds the memory.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { CdnError } from '../../errors/cdn.js'
import { type BlockSealing, type KnownSealing, type SealSettings, sealBlock } from './seal-block.js'
import type { SealReply, SealRequest } from './seal-worker.js'

export interface SealResult {
  readonly sealing: BlockSealing
  /** The memory that was lent, to be used again. */
  readonly plain: Uint8Array
}

export interface Sealer {
  /** How many blocks are worked on at once. */
  readonly threads: number
  /** @param plain with memory of its own: it is out of reach until it comes back
   * @param room for the shards, of a block before: it comes back as that of the sealing
   */
  seal(plain: Uint8Array, settings: SealSettings, known?: KnownSealing, room?: ArrayBuffer): Promise<SealResult>
  close(): Promise<void>
}

/** More threads than that wait for the network. */
const MOST_THREADS = 8

/** @param threads 1: no thread of its own. As many as there are cores when absent */
export function createSealer(threads = Math.min(MOST_THREADS, availableParallelism())): Sealer {
  const script = new URL('./seal-worker.js', import.meta.url)
  // Run from source, as tests do, there is no script to start a thread with.
  const canStart = script.protocol === 'file:' && existsSync(fileURLToPath(script))
  return threads > 1 && canStart ? new ThreadSealer(script, threads) : inlineSealer
}

const inlineSealer: Sealer = {
  threads: 1,
  seal: async (plain, settings, known, room) => ({ sealing: await sealBlock(plain, settings, known, room), plain }),
  close: async () => {},
}

interface Job extends SealRequest {
  readonly resolve: (result: SealResult) => void
  readonly reject: (error: Error) => void
}

class ThreadSealer implements Sealer {
  readonly #script: URL
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, Job>()
  readonly #queue: Job[] = []
  #closed = false

  constructor(
    script: URL,
    readonly threads: number,
  ) {
    this.#script = script
  }

  seal(plain: Uint8Array, settings: SealSettings, known?: KnownSealing, room?: ArrayBuffer): Promise<SealResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ plain, settings, known, room, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const workers = [...this.#idle, ...this.#busy.keys()]
    const left = [...this.#queue.splice(0), ...this.#busy.values()]
    this.#busy.clear()
    for (const { reject } of left) reject(stopped('sealing was ended'))
    await Promise.all(workers.map(worker => worker.terminate()))
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#closed) return
    const worker = this.#idle.pop() ?? (this.#busy.size < this.threads ? this.#start() : undefined)
    if (!worker) return
    const job = this.#queue.shift() as Job
    this.#busy.set(worker, job)
    const { plain, settings, known, room } = job
    worker.ref()
    const lent = [plain.buffer as ArrayBuffer, ...(room ? [room] : [])]
    worker.postMessage({ plain, settings, known, room } satisfies SealRequest, lent)
  }

  #start(): Worker {
    const worker = new Worker(this.#script)
    worker.on('message', (reply: SealReply) => {
      const job = this.#busy.get(worker)
      this.#busy.delete(worker)
      // An idle thread keeps no process alive.
      worker.unref()
      this.#idle.push(worker)
      if ('failure' in reply) job?.reject(stopped(reply.failure))
      else job?.resolve(reply)
      this.#next()
    })
    worker.on('error', error => this.#ended(worker, error))
    worker.on('exit', () => this.#ended(worker))
    return worker
  }

  /** A thread that ended fails its block, not the others: the next block gets a new thread. */
  #ended(worker: Worker, cause?: Error): void {
    const job = this.#busy.get(worker)
    this.#busy.delete(worker)
    const place = this.#idle.indexOf(worker)
    if (place >= 0) this.#idle.splice(place, 1)
    job?.reject(stopped('a thread ended while it sealed a block', cause))
    this.#next()
  }
}

function stopped(message: string, cause?: Error): CdnError {
  return new CdnError('CDN_SAVE', message, cause === undefined ? {} : { cause })
}
