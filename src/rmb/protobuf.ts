/**
 * The part of the protobuf 3 wire format that the envelope needs: varints, length-delimited fields, and the skipping
 * of everything unknown. Reading is bounded by the bytes themselves; nothing is allocated for a length that is only
 * claimed. Source: protobuf.dev/programming-guides/encoding.
 */
import { RmbError } from '../errors/rmb.js'

/** How a field's value is written; 3 and 4 open and close the groups that proto3 no longer has. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

const MAX_GROUP_DEPTH = 16
const MAX_U64 = (1n << 64n) - 1n
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ProtoReader {
  #at = 0

  constructor(
    readonly bytes: Uint8Array,
    /** What is being read, for errors: `envelope`, `envelope.source`. */
    readonly what: string,
  ) {}

  get done(): boolean {
    return this.#at >= this.bytes.length
  }

  tag(): { field: number; wire: number } {
    const tag = this.#small('a field tag')
    const field = tag >>> 3
    if (field === 0) throw this.error('a field has the number 0')
    return { field, wire: tag & 7 }
  }

  /** Refuses a known field in a foreign wire type: what follows could only be misread. */
  expect(name: string, wire: number, needed: number): void {
    if (wire !== needed) throw this.error(`field ${name} has wire type ${wire}, it needs ${needed}`)
  }

  uint64(name: string): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte(name)
      value |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (value > MAX_U64) throw this.error(`${name} does not fit into 64 bits`)
      return value
    }
    throw this.error(`${name} is a number of more than 10 bytes`)
  }

  uint32(name: string): number {
    return this.#small(name)
  }

  /** A view into the bytes that are read, not a copy. */
  blob(name: string): Uint8Array {
    const length = this.#small(`the length of ${name}`)
    const left = this.bytes.length - this.#at
    if (length > left) throw this.error(`${name} claims ${length} bytes, ${left} are left`)
    const start = this.#at
    this.#at += length
    return this.bytes.subarray(start, this.#at)
  }

  text(name: string): string {
    const bytes = this.blob(name)
    try {
      return decoder.decode(bytes)
    } catch (cause) {
      throw this.error(`${name} is not UTF-8 text`, cause)
    }
  }

  /** Steps over the value of a field this version does not know. */
  skip(field: number, wire: number, depth = 0): void {
    const name = `unknown field ${field}`
    if (wire === WIRE.varint) this.uint64(name)
    else if (wire === WIRE.fixed64) this.#advance(8, name)
    else if (wire === WIRE.fixed32) this.#advance(4, name)
    else if (wire === WIRE.bytes) this.blob(name)
    else if (wire === WIRE.groupStart) this.#skipGroup(field, depth)
    else throw this.error(`${name} has the impossible wire type ${wire}`)
  }

  error(problem: string, cause?: unknown): RmbError {
    return new RmbError('RMB_ENVELOPE', `undecodable ${this.what}: ${problem}`, {
      where: `byte ${this.#at} of ${this.bytes.length}`,
      ...(cause === undefined ? {} : { cause }),
    })
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= MAX_GROUP_DEPTH) throw this.error(`groups are nested more than ${MAX_GROUP_DEPTH} deep`)
    while (!this.done) {
      const inner = this.tag()
      if (inner.wire !== WIRE.groupEnd) this.skip(inner.field, inner.wire, depth + 1)
      else if (inner.field === field) return
      else throw this.error(`group ${field} is closed as ${inner.field}`)
    }
    throw this.error(`group ${field} is not closed`)
  }

  #small(name: string): number {
    const first = this.bytes[this.#at]
    if (first !== undefined && first < 0x80) {
      this.#at++
      return first
    }
    const value = this.uint64(name)
    if (value > 0xffffffffn) throw this.error(`${name} does not fit into 32 bits`)
    return Number(value)
  }

  #byte(name: string): number {
    const byte = this.bytes[this.#at]
    if (byte === undefined) throw this.error(`the bytes end inside ${name}`)
    this.#at++
    return byte
  }

  #advance(length: number, name: string): void {
    if (this.bytes.length - this.#at < length) throw this.error(`the bytes end inside ${name}`)
    this.#at += length
  }
}

export class ProtoWriter {
  readonly #parts: Uint8Array[] = []
  #length = 0

  uint(field: number, value: bigint | number): this {
    return this.#push(varint((field << 3) | WIRE.varint)).#push(varint(value))
  }

  blob(field: number, bytes: Uint8Array): this {
    return this.#push(varint((field << 3) | WIRE.bytes))
      .#push(varint(bytes.length))
      .#push(bytes)
  }

  text(field: number, text: string): this {
    return this.blob(field, encoder.encode(text))
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part)
    this.#length += part.length
    return this
  }
}

function varint(value: bigint | number): Uint8Array {
  if (typeof value === 'number' && value < 0x80) return Uint8Array.of(value)
  const out: number[] = []
  let rest = BigInt(value)
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest))
  return Uint8Array.from(out)
}
