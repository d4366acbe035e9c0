/**
 * Bytes as they arrive, read back as lines and as runs of known length. What is incomplete waits for the next chunk;
 * nothing is scanned twice, and nothing is kept beyond what was asked for.
 */
const LF = 0x0a
const CR = 0x0d

export class RespInput {
  #chunk: Uint8Array = new Uint8Array()
  #at = 0
  /** The beginning of a line whose end has not come. */
  #line = Buffer.alloc(0)
  #run: Buffer | undefined
  #filled = 0

  /** Bytes of the chunk that nobody has read. */
  get remaining(): number {
    return this.#chunk.length - this.#at
  }

  /** The chunk before must have been read to its end: `line` or `run` gave undefined. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** A line without its end, undefined when it is not complete, `'long'` beyond `mostBytes`. LF alone ends one too. */
  line(mostBytes: number): Buffer | 'long' | undefined {
    const end = this.#chunk.indexOf(LF, this.#at)
    const part = this.#chunk.subarray(this.#at, end === -1 ? undefined : end)
    if (this.#line.length + part.length > mostBytes) return 'long'
    this.#at += part.length
    if (end === -1) {
      if (part.length > 0) this.#line = Buffer.concat([this.#line, part])
      return undefined
    }
    this.#at++
    const whole = this.#line.length === 0 ? Buffer.from(part) : Buffer.concat([this.#line, part])
    if (this.#line.length > 0) this.#line = Buffer.alloc(0)
    return whole.at(-1) === CR ? whole.subarray(0, -1) : whole
  }

  /** The next `length` bytes, a copy; undefined when they have not all come. Ask again with the same length. */
  run(length: number): Buffer | undefined {
    // Memory that was never written to costs nothing yet, so a length that is only announced does not either.
    this.#run ??= length > 4096 ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length)
    const part = this.#chunk.subarray(this.#at, this.#at + length - this.#filled)
    this.#run.set(part, this.#filled)
    this.#at += part.length
    this.#filled += part.length
    if (this.#filled < length) return undefined
    const whole = this.#run
    this.#run = undefined
    this.#filled = 0
    return whole
  }
}

/** Digits with an optional sign, nothing else; undefined when it is not a number. */
export function readNumber(line: Uint8Array, from: number): number | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset + from, line.length - from).toString('latin1')
  return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}
