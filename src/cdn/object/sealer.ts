/**
 * Who seals blocks: threads of their own where there is more than one core, otherwise this one.
 *
 * A piece of a file is handed over, not copied, and comes back with its sealing, to be filled again. A thread has one
 * block at work and one at hand; who asks for more waits: that, and the number of pieces the caller has, bounds the memory.
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
/** The second is at hand when the first is done: a thread need not wait until this one, which hashes too, has time. */
const BLOCKS_PER_THREAD = 2

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

interface Job {
  readonly request: SealRequest
  readonly resolve: (result: SealResult) => void
  readonly reject: (error: Error) => void
}

class ThreadSealer implements Sealer {
  readonly #script: URL
  /** What each thread has, by the number of the request. */
  readonly #threads = new Map<Worker, Map<number, Job>>()
  readonly #queue: Job[] = []
  #lastId = 0
  #closed = false

  constructor(
    script: URL,
    readonly threads: number,
  ) {
    this.#script = script
  }

  seal(plain: Uint8Array, settings: SealSettings, known?: KnownSealing, room?: ArrayBuffer): Promise<SealResult> {
    if (this.#closed) return Promise.reject(stopped('sealing was ended'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ request: { id: ++this.#lastId, plain, settings, known, room }, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const workers = [...this.#threads.keys()]
    const left = [...this.#queue.splice(0), ...[...this.#threads.values()].flatMap(jobs => [...jobs.values()])]
    this.#threads.clear()
    for (const { reject } of left) reject(stopped('sealing was ended'))
    await Promise.all(workers.map(worker => worker.terminate()))
  }

  #next(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const worker = this.#free()
      if (!worker) return
      const job = this.#queue.shift() as Job
      const { request } = job
      this.#threads.get(worker)?.set(request.id, job)
      worker.ref()
      worker.postMessage(request, [request.plain.buffer as ArrayBuffer, ...(request.room ? [request.room] : [])])
    }
  }

  /** An idle thread, else a new one, else the one with the least to do. */
  #free(): Worker | undefined {
    const [least] = [...this.#threads].sort(([, a], [, b]) => a.size - b.size)
    if (least?.[1].size === 0) return least[0]
    if (this.#threads.size < this.threads) return this.#start()
    return least && least[1].size < BLOCKS_PER_THREAD ? least[0] : undefined
  }

  #start(): Worker {
    const worker = new Worker(this.#script)
    const jobs = new Map<number, Job>()
    this.#threads.set(worker, jobs)
    worker.on('message', (reply: SealReply) => {
      const job = jobs.get(reply.id)
      jobs.delete(reply.id)
      // An idle thread keeps no process alive.
      if (jobs.size === 0) worker.unref()
      if ('failure' in reply) job?.reject(stopped(reply.failure))
      else job?.resolve({ plain: reply.plain, sealing: reply.sealing })
      this.#next()
    })
    worker.on('error', error => this.#ended(worker, error))
    worker.on('exit', () => this.#ended(worker))
    return worker
  }

  /** A thread that ended fails its blocks, not the others: the next block gets a new thread. */
  #ended(worker: Worker, cause?: Error): void {
    const jobs = this.#threads.get(worker)
    this.#threads.delete(worker)
    for (const { reject } of jobs?.values() ?? []) reject(stopped('a thread ended while it sealed a block', cause))
    this.#next()
  }
}

function stopped(message: string, cause?: Error): CdnError {
  return new CdnError('CDN_SAVE', message, cause === undefined ? {} : { cause })
}
