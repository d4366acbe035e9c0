/**
 * How Go's `encoding/json` fills a struct, told once per wire type.
 *
 * A codec knows the Go name of its type (error texts carry it), the zero value, and how a node of JSON changes a value
 * that is already there. Two kinds of error, as in Go: a value of the wrong JSON type is remembered and decoding goes
 * on, so the first of them is reported at the end; a text that its own type cannot read (an IP, hex) ends it at once.
 */
import { type JsonNode, literalOf } from './node.js'

export interface Codec<T> {
  /** As `reflect` prints it: `uint32`, `gridtypes.Unit`, `[]zos.Peer`. */
  readonly goType: string
  zero(): T
  /** What `before` becomes. `null` mostly changes nothing. */
  decode(node: JsonNode, before: T, context: DecodeContext): T
}

/** One decoding: where it is, and what went wrong first. */
export class DecodeContext {
  /** The first value of a wrong JSON type. */
  mismatch: string | undefined
  /** Names of fields from the outermost struct in; `struct` is the innermost. */
  readonly path: string[] = []
  struct = ''

  report(value: string, goType: string): void {
    if (this.mismatch !== undefined) return
    const where = this.struct === '' ? 'Go value' : `Go struct field ${this.struct}.${this.path.join('.')}`
    this.mismatch = `json: cannot unmarshal ${value} into ${where} of type ${goType}`
  }
}

/** Ends a decoding at once. Caught by `decodeWith`; never leaves src/zos. */
export class DecodeFailure extends Error {}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** @returns the value, or the text Go's json.Unmarshal gives */
export function decodeWith<T>(codec: Codec<T>, node: JsonNode): Decoded<T> {
  const context = new DecodeContext()
  try {
    const value = codec.decode(node, codec.zero(), context)
    return context.mismatch === undefined ? { ok: true, value } : { ok: false, message: context.mismatch }
  } catch (error) {
    if (error instanceof DecodeFailure) return { ok: false, message: error.message }
    throw error
  }
}

/** What Go calls a JSON value in an error. Numbers carry their digits only where a number was wanted. */
export function nameOf(node: JsonNode): string {
  if (typeof node === 'string') return 'string'
  if (typeof node === 'boolean') return 'bool'
  if (literalOf(node) !== undefined) return 'number'
  if (node === null) return 'null'
  return Array.isArray(node) ? 'array' : 'object'
}
