/**
 * The server's side of RESP2: arrays of bulk strings, nothing else. Lenient where 0-DB is (LF alone ends a line, the two
 * bytes after a payload may be anything), final where 0-DB leaves a poisoned connection: after an error nothing follows.
 * Source: threefoldtech/0-db v2.0.7, zdbd/redis.c.
 */

import { MOST_ARGUMENTS, MOST_LINE_BYTES, MOST_REQUEST_BYTES, MOST_VALUE_BYTES } from '../limits.js'
import type { ZdbText } from '../reply-error.js'
import { RespInput, readNumber } from './resp-input.js'

export type Parsed =
  | { readonly kind: 'request'; readonly args: readonly Buffer[] }
  /** The connection has to end; with this answer, if there is one. */
  | { readonly kind: 'broken'; readonly text: ZdbText | undefined }

const ARRAY = 0x2a
const BULK = 0x24

export class RequestParser {
  readonly #input = new RespInput()
  /** -1 between requests. */
  #expected = -1
  #args: Buffer[] = []
  /** -1 before the header of an argument. */
  #length = -1
  #bytes = 0
  #broken: Parsed | undefined
  #mid = false

  /** Bytes of the request that is being received, as far as they were announced. */
  get pendingBytes(): number {
    return this.#bytes
  }

  /** A request has begun that has not ended. */
  get receiving(): boolean {
    return this.#mid
  }

  /** Gives more input. Everything before must have been taken with `next`. */
  push(chunk: Uint8Array): void {
    this.#input.push(chunk)
    if (chunk.length > 0) this.#mid = true
  }

  /** The next request, or undefined until more input comes. */
  next(): Parsed | undefined {
    if (this.#broken !== undefined) return this.#broken
    if (this.#expected === -1) {
      const line = this.#input.line(MOST_LINE_BYTES)
      if (line === undefined) return undefined
      if (line === 'long') return this.#break(undefined)
      if (line[0] !== ARRAY) return this.#break('Malformed request, array expected')
      const count = readNumber(line, 1) ?? 0
      if (count < 0) return this.#break('Internal memory error')
      if (count === 0) return this.#break('Missing arguments')
      if (count > MOST_ARGUMENTS) return this.#break('Too many arguments')
      this.#expected = count
    }
    while (this.#args.length < this.#expected) {
      if (this.#length === -1) {
        const line = this.#input.line(MOST_LINE_BYTES)
        if (line === undefined) return undefined
        if (line === 'long') return this.#break(undefined)
        const length = line[0] === BULK ? readNumber(line, 1) : undefined
        if (length === undefined || length < 0) return this.#break('Malformed query string')
        if (length > MOST_VALUE_BYTES) return this.#break('Payload too big')
        this.#bytes += length
        if (this.#bytes > MOST_REQUEST_BYTES) return this.#break('Payload too big')
        this.#length = length
      }
      const run = this.#input.run(this.#length + 2)
      if (run === undefined) return undefined
      this.#args.push(run.subarray(0, this.#length))
      this.#length = -1
    }
    const args = this.#args
    this.#args = []
    this.#expected = -1
    this.#bytes = 0
    this.#mid = this.#input.remaining > 0
    return { kind: 'request', args }
  }

  #break(text: ZdbText | undefined): Parsed {
    this.#args = []
    this.#broken = { kind: 'broken', text }
    return this.#broken
  }
}
