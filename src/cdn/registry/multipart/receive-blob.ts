/** The one part `data` of a request's body, never larger than allowed, and counted while it is in memory. */
import type { IncomingMessage } from 'node:http'

import { RegistryError } from '../../../errors/registry.js'
import type { MemoryBudget } from '../guard/memory-budget.js'
import { readBoundary } from './boundary.js'
import { MultipartParser } from './multipart-parser.js'

/** What boundaries and the headers of parts may add to the blob. */
const MOST_WRAPPING_BYTES = 64 * 1024
const FIRST_BYTES = 16 * 1024

/** Whoever asked has gone: there is nobody to answer. */
export class ClientGone extends Error {}

export interface ReceiveLimits {
  readonly maxBlobBytes: number
  readonly budget: MemoryBudget
  /** Called when the body is really going to be read: time for `100 Continue`. */
  onReading?(): void
}

export interface ReceivedBlob {
  readonly data: Uint8Array
  /** Gives the memory back to the budget. */
  release(): void
}

/** @throws {RegistryError} REGISTRY_MULTIPART, REGISTRY_PART, REGISTRY_SIZE, REGISTRY_BUSY
 *  @throws {ClientGone} */
export async function receiveBlob(request: IncomingMessage, limits: ReceiveLimits): Promise<ReceivedBlob> {
  const { 'content-type': contentType, 'content-encoding': encoding, 'content-length': length } = request.headers
  const boundary = readBoundary(contentType)
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RegistryError('REGISTRY_MULTIPART', 'the body is compressed', { hint: 'send it as it is' })
  }
  const mostBytes = limits.maxBlobBytes + MOST_WRAPPING_BYTES
  if (length !== undefined && Number(length) > mostBytes) throw tooLarge(limits.maxBlobBytes)

  const blob = new GrowingBlob(limits)
  try {
    const parser = new MultipartParser(boundary, blob)
    limits.onReading?.()
    await readBody(request, mostBytes, parser, limits.maxBlobBytes)
    return { data: blob.finish(), release: () => blob.release() }
  } catch (error) {
    blob.release()
    throw error
  }
}

function readBody(request: IncomingMessage, mostBytes: number, parser: MultipartParser, maxBlobBytes: number) {
  return new Promise<void>((resolve, reject) => {
    let received = 0
    const stop = () => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // Whoever answers decides what becomes of the rest.
      request.pause()
    }
    const onData = (chunk: Buffer) => {
      received += chunk.length
      try {
        if (received > mostBytes) throw tooLarge(maxBlobBytes)
        parser.push(chunk)
      } catch (error) {
        stop()
        reject(error)
      }
    }
    const onEnd = () => {
      stop()
      try {
        parser.finish()
        resolve()
      } catch (error) {
        reject(error)
      }
    }
    const onGone = () => {
      stop()
      reject(new ClientGone('the client has gone in the middle of its request'))
    }
    request.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone)
  })
}

/** Grows by doubling, so that many tiny chunks cost no more than one. */
class GrowingBlob {
  #bytes = Buffer.alloc(0)
  #length = 0
  #taken = 0
  #parts = 0
  #isData = false

  constructor(private readonly limits: ReceiveLimits) {}

  part(name: string): void {
    this.#isData = name === 'data'
    if (this.#isData && ++this.#parts > 1) {
      throw new RegistryError('REGISTRY_PART', 'there is more than one part named data', {
        hint: 'send one blob with each request',
      })
    }
  }

  data(bytes: Uint8Array): void {
    if (!this.#isData) return
    const length = this.#length + bytes.length
    if (length > this.limits.maxBlobBytes) throw tooLarge(this.limits.maxBlobBytes)
    if (length > this.#bytes.length) this.#grow(length)
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const capacity = Math.min(this.limits.maxBlobBytes, Math.max(FIRST_BYTES, length, this.#bytes.length * 2))
    this.limits.budget.take(capacity - this.#taken)
    this.#taken = capacity
    const larger = Buffer.allocUnsafeSlow(capacity)
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }

  finish(): Uint8Array {
    if (this.#length > 0) return this.#bytes.subarray(0, this.#length)
    const message = this.#parts === 0 ? 'there is no part named data' : 'the part named data is empty'
    throw new RegistryError('REGISTRY_PART', message, { hint: 'send the blob with curl -F data=@blob URL' })
  }

  release(): void {
    this.limits.budget.give(this.#taken)
    this.#taken = 0
  }
}

function tooLarge(maxBlobBytes: number): RegistryError {
  return new RegistryError('REGISTRY_SIZE', `the blob is larger than the ${maxBlobBytes} bytes this registry keeps`, {
    hint: 'use larger chunks or smaller directories, or a registry that keeps more',
    details: { maxBlobBytes },
  })
}
