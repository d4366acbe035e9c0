/**
 * multipart/form-data as it arrives (RFC 2046 §5.1, RFC 7578): chunks of any size in, parts out. What is held is bounded by
 * the length of the boundary and of one part's headers, whatever is sent.
 */
import { RegistryError } from '../../../errors/registry.js'
import { readHeaderValue } from './boundary.js'

export interface PartSink {
  /** A part begins; its `name` as Content-Disposition says it. */
  part(name: string): void
  /** Its next bytes; only good until this returns. */
  data(bytes: Uint8Array): void
}

const MOST_PREAMBLE_BYTES = 4 * 1024
const MOST_HEADER_BYTES = 8 * 1024
const MOST_PADDING_BYTES = 64
const MOST_PARTS = 16

const CRLF = Buffer.from('\r\n')
const BLANK_LINE = Buffer.from('\r\n\r\n')
const DASH = 0x2d

type State = 'preamble' | 'delimiter' | 'headers' | 'blank' | 'body' | 'epilogue'

export class MultipartParser {
  readonly #delimiter: Buffer
  // A delimiter begins with the end of a line; the one at the very start has none before it.
  #held: Buffer = CRLF
  #state: State = 'preamble'
  #parts = 0

  constructor(
    boundary: string,
    private readonly sink: PartSink,
  ) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  }

  /** @throws {RegistryError} REGISTRY_MULTIPART, and what the sink throws */
  push(chunk: Uint8Array): void {
    if (this.#state === 'epilogue') return
    let rest =
      this.#held.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([this.#held, chunk])
    for (;;) {
      const next = this.#step(rest)
      if (next === undefined) break
      rest = next
    }
  }

  /** @throws {RegistryError} REGISTRY_MULTIPART when the closing delimiter has not come */
  finish(): void {
    if (this.#state !== 'epilogue') throw broken('it ends before its closing boundary')
  }

  /** Handles one thing; resolves with what follows it, or holds what is not complete yet. */
  #step(rest: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'preamble':
        return this.#preamble(rest)
      case 'delimiter':
        return this.#afterDelimiter(rest)
      case 'headers':
        return this.#headers(rest)
      case 'blank':
        return this.#blank(rest)
      case 'body':
        return this.#body(rest)
      case 'epilogue':
        return this.#hold(Buffer.alloc(0))
    }
  }

  #hold(rest: Buffer): undefined {
    // A copy: the chunk's memory belongs to whoever read it from the socket.
    this.#held = Buffer.from(rest)
    return undefined
  }

  #preamble(rest: Buffer): Buffer | undefined {
    const at = rest.indexOf(this.#delimiter)
    if (at > MOST_PREAMBLE_BYTES || (at < 0 && rest.length > MOST_PREAMBLE_BYTES + this.#delimiter.length)) {
      throw broken('it does not begin with its boundary')
    }
    if (at < 0) return this.#hold(rest)
    this.#state = 'delimiter'
    return rest.subarray(at + this.#delimiter.length)
  }

  /** `--` ends everything; white space and the end of the line begin a part. */
  #afterDelimiter(rest: Buffer): Buffer | undefined {
    if (rest.length < 2) return this.#hold(rest)
    if (rest[0] === DASH && rest[1] === DASH) {
      this.#state = 'epilogue'
      return rest.subarray(2)
    }
    let at = 0
    while (at < rest.length && (rest[at] === 0x20 || rest[at] === 0x09)) at++
    if (at > MOST_PADDING_BYTES) throw broken('a boundary is followed by too much white space')
    if (rest.length < at + 2) return this.#hold(rest)
    if (rest[at] !== 0x0d || rest[at + 1] !== 0x0a) throw broken('a boundary is followed by something else')

    if (++this.#parts > MOST_PARTS) throw broken(`it has more than ${MOST_PARTS} parts`)
    this.#state = 'headers'
    // The line's end stays: a part without headers begins with a blank line.
    return rest.subarray(at)
  }

  #headers(rest: Buffer): Buffer | undefined {
    const end = rest.indexOf(BLANK_LINE)
    if (end > MOST_HEADER_BYTES || (end < 0 && rest.length > MOST_HEADER_BYTES)) {
      throw broken('the headers of a part are too long')
    }
    if (end < 0) return this.#hold(rest)
    this.sink.part(nameOfPart(rest.toString('latin1', 0, end)))
    this.#state = 'blank'
    return rest.subarray(end + CRLF.length)
  }

  /** A part without a body: the end of its blank line begins the delimiter already. */
  #blank(rest: Buffer): Buffer | undefined {
    const head = rest.subarray(0, this.#delimiter.length)
    const isDelimiter = head.equals(this.#delimiter.subarray(0, head.length))
    if (isDelimiter && rest.length < this.#delimiter.length) return this.#hold(rest)
    this.#state = 'body'
    return isDelimiter ? rest : rest.subarray(CRLF.length)
  }

  #body(rest: Buffer): Buffer | undefined {
    const at = rest.indexOf(this.#delimiter)
    if (at >= 0) {
      this.#give(rest.subarray(0, at))
      this.#state = 'delimiter'
      return rest.subarray(at + this.#delimiter.length)
    }
    // The last bytes may be the beginning of a delimiter.
    const sure = Math.max(0, rest.length - this.#delimiter.length + 1)
    this.#give(rest.subarray(0, sure))
    return this.#hold(rest.subarray(sure))
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) this.sink.data(bytes)
  }
}

function nameOfPart(head: string): string {
  const headers = new Map<string, string>()
  for (const line of head.split('\r\n').slice(1)) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*(.*?)[ \t]*$/i.exec(line) ?? []
    if (name === undefined) throw broken('a part has a header that is none')
    headers.set(name.toLowerCase(), value)
  }
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['binary', '8bit', '7bit'].includes(encoding)) throw broken('a part is encoded: send its bytes as they are')
  const disposition = readHeaderValue(headers.get('content-disposition') ?? '')
  const name = disposition?.parameters.get('name')
  if (disposition?.value !== 'form-data' || name === undefined) throw broken('a part has no name')
  return name
}

function broken(why: string): RegistryError {
  return new RegistryError('REGISTRY_MULTIPART', `the body breaks the rules of multipart/form-data: ${why}`, {
    hint: 'let a library or curl -F write it',
  })
}
