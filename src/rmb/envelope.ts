/**
 * The envelope of the Reliable Message Bus: every frame between twin and relay is one, in protobuf 3.
 *
 * All fields are kept, the deprecated ones (`federation`, `relays`) too, because they are under the signature.
 * Source: threefoldtech/rmb-rs, proto/types.proto.
 */
import { RmbError } from '../errors/rmb.js'
import { ProtoReader, ProtoWriter, WIRE } from './protobuf.js'

export interface Address {
  readonly twin: number
  /** The session of the twin; absent for its one nameless session (nodes have that). */
  readonly connection?: string
}

export type Message =
  | { readonly kind: 'request'; readonly command: string }
  | { readonly kind: 'response' }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }

export interface Payload {
  readonly kind: 'plain' | 'cipher'
  readonly bytes: Uint8Array
}

export interface Envelope {
  readonly uid: string
  /** Words separated by commas or spaces; `fail-fast` makes a relay answer at once for a twin that is offline. */
  readonly tags?: string
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Seconds after `timestamp`. */
  readonly expiration: bigint
  /** Absent in errors that the relay itself makes. */
  readonly source?: Address
  readonly destination?: Address
  readonly message?: Message
  /** 65 bytes: see signature.ts. */
  readonly signature?: Uint8Array
  readonly schema?: string
  /** Deprecated. */
  readonly federation?: string
  readonly payload?: Payload
  /** Deprecated: relays of the sender. */
  readonly relays: readonly string[]
}

/** The schema of everything on the grid; the peer client takes no other. */
export const JSON_SCHEMA = 'application/json'

/** More than any deployment list needs; what a frame may hold at most. */
export const MAX_ENVELOPE_BYTES = 16 * 1024 * 1024

const MAX_RELAYS = 64
const ENVELOPE = {
  uid: 1, tags: 2, timestamp: 3, expiration: 4, source: 5, destination: 6, request: 7, response: 8, signature: 9,
  schema: 10, federation: 11, error: 12, plain: 13, cipher: 14, ping: 15, pong: 16, relays: 17,
} as const // biome-ignore format: one table, one look

type Draft = { -readonly [K in keyof Envelope]: Envelope[K] } & { relays: string[] }

/** Bytes of an envelope, fields in ascending order, defaults left out.
 *
 * @throws {RmbError} RMB_ENVELOPE when a number does not fit its field or the whole is too large
 * @example decodeEnvelope(encodeEnvelope(envelope)) // deep-equals envelope
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { message, payload } = envelope
  const out = new ProtoWriter()
  if (envelope.uid !== '') out.text(ENVELOPE.uid, envelope.uid)
  if (envelope.tags !== undefined) out.text(ENVELOPE.tags, envelope.tags)
  if (envelope.timestamp !== 0n) out.uint(ENVELOPE.timestamp, u64(envelope.timestamp, 'timestamp'))
  if (envelope.expiration !== 0n) out.uint(ENVELOPE.expiration, u64(envelope.expiration, 'expiration'))
  if (envelope.source) out.blob(ENVELOPE.source, encodeAddress(envelope.source, 'source'))
  if (envelope.destination) out.blob(ENVELOPE.destination, encodeAddress(envelope.destination, 'destination'))
  if (message?.kind === 'request') out.blob(ENVELOPE.request, encodeRequest(message.command))
  if (message?.kind === 'response') out.blob(ENVELOPE.response, new Uint8Array())
  if (envelope.signature) out.blob(ENVELOPE.signature, envelope.signature)
  if (envelope.schema !== undefined) out.text(ENVELOPE.schema, envelope.schema)
  if (envelope.federation !== undefined) out.text(ENVELOPE.federation, envelope.federation)
  if (message?.kind === 'error') out.blob(ENVELOPE.error, encodeError(message.code, message.message))
  if (payload) out.blob(ENVELOPE[payload.kind], payload.bytes)
  if (message?.kind === 'ping' || message?.kind === 'pong') out.blob(ENVELOPE[message.kind], new Uint8Array())
  for (const relay of envelope.relays) out.text(ENVELOPE.relays, relay)

  const bytes = out.finish()
  if (bytes.length > MAX_ENVELOPE_BYTES) throw tooLarge(bytes.length)
  return bytes
}

/** The envelope in these bytes. `signature` and `payload.bytes` are views into them.
 *
 * Unknown fields are skipped, of a repeated single field the last one counts, repeated sub-messages merge.
 * @throws {RmbError} RMB_ENVELOPE naming the field and the byte
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw tooLarge(bytes.length)
  // A Buffer would hand out Buffers; everything behind this line is plain bytes.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = new ProtoReader(plain, 'envelope')
  const draft: Draft = { uid: '', timestamp: 0n, expiration: 0n, relays: [] }
  while (!reader.done) {
    const { field, wire } = reader.tag()
    readField(reader, field, wire, draft)
  }
  return draft
}

function readField(reader: ProtoReader, field: number, wire: number, draft: Draft): void {
  const text = (name: string) => {
    reader.expect(name, wire, WIRE.bytes)
    return reader.text(name)
  }
  const blob = (name: string) => {
    reader.expect(name, wire, WIRE.bytes)
    return reader.blob(name)
  }
  const number = (name: string) => {
    reader.expect(name, wire, WIRE.varint)
    return reader.uint64(name)
  }

  if (field === ENVELOPE.uid) draft.uid = text('uid')
  else if (field === ENVELOPE.tags) draft.tags = text('tags')
  else if (field === ENVELOPE.timestamp) draft.timestamp = number('timestamp')
  else if (field === ENVELOPE.expiration) draft.expiration = number('expiration')
  else if (field === ENVELOPE.source) draft.source = decodeAddress(blob('source'), 'source', draft.source)
  else if (field === ENVELOPE.destination)
    draft.destination = decodeAddress(blob('destination'), 'destination', draft.destination)
  else if (field === ENVELOPE.request) draft.message = decodeRequest(blob('request'), draft.message)
  else if (field === ENVELOPE.error) draft.message = decodeError(blob('error'), draft.message)
  else if (field === ENVELOPE.response) draft.message = decodeEmpty(blob('response'), 'response')
  else if (field === ENVELOPE.ping) draft.message = decodeEmpty(blob('ping'), 'ping')
  else if (field === ENVELOPE.pong) draft.message = decodeEmpty(blob('pong'), 'pong')
  else if (field === ENVELOPE.signature) draft.signature = blob('signature')
  else if (field === ENVELOPE.schema) draft.schema = text('schema')
  else if (field === ENVELOPE.federation) draft.federation = text('federation')
  else if (field === ENVELOPE.plain) draft.payload = { kind: 'plain', bytes: blob('plain') }
  else if (field === ENVELOPE.cipher) draft.payload = { kind: 'cipher', bytes: blob('cipher') }
  else if (field === ENVELOPE.relays) {
    if (draft.relays.length >= MAX_RELAYS) throw reader.error(`there are more than ${MAX_RELAYS} relays`)
    draft.relays.push(text('relays'))
  } else reader.skip(field, wire)
}

function encodeAddress(address: Address, name: string): Uint8Array {
  const out = new ProtoWriter()
  if (address.twin !== 0) out.uint(1, u32(address.twin, `${name}.twin`))
  if (address.connection !== undefined) out.text(2, address.connection)
  return out.finish()
}

function encodeRequest(command: string): Uint8Array {
  return command === '' ? new Uint8Array() : new ProtoWriter().text(1, command).finish()
}

function encodeError(code: number, message: string): Uint8Array {
  const out = new ProtoWriter()
  if (code !== 0) out.uint(1, u32(code, 'error.code'))
  if (message !== '') out.text(2, message)
  return out.finish()
}

function decodeAddress(bytes: Uint8Array, name: string, earlier: Address | undefined): Address {
  const reader = new ProtoReader(bytes, `envelope.${name}`)
  const address: { twin: number; connection?: string } = { twin: 0, ...earlier }
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) {
      reader.expect('twin', wire, WIRE.varint)
      address.twin = reader.uint32('twin')
    } else if (field === 2) {
      reader.expect('connection', wire, WIRE.bytes)
      address.connection = reader.text('connection')
    } else reader.skip(field, wire)
  }
  return address
}

function decodeRequest(bytes: Uint8Array, earlier: Message | undefined): Message {
  const reader = new ProtoReader(bytes, 'envelope.request')
  let command = earlier?.kind === 'request' ? earlier.command : ''
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) {
      reader.expect('command', wire, WIRE.bytes)
      command = reader.text('command')
    } else reader.skip(field, wire)
  }
  return { kind: 'request', command }
}

function decodeError(bytes: Uint8Array, earlier: Message | undefined): Message {
  const reader = new ProtoReader(bytes, 'envelope.error')
  let { code, message } = earlier?.kind === 'error' ? earlier : { code: 0, message: '' }
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) {
      reader.expect('code', wire, WIRE.varint)
      code = reader.uint32('code')
    } else if (field === 2) {
      reader.expect('message', wire, WIRE.bytes)
      message = reader.text('message')
    } else reader.skip(field, wire)
  }
  return { kind: 'error', code, message }
}

function decodeEmpty<K extends 'response' | 'ping' | 'pong'>(bytes: Uint8Array, kind: K): { kind: K } {
  const reader = new ProtoReader(bytes, `envelope.${kind}`)
  while (!reader.done) {
    const { field, wire } = reader.tag()
    reader.skip(field, wire)
  }
  return { kind }
}

function u32(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value
  throw new RmbError('RMB_ENVELOPE', `${name} is ${value}; it must be a whole number below 2^32`)
}

function u64(value: bigint, name: string): bigint {
  if (value >= 0n && value < 1n << 64n) return value
  throw new RmbError('RMB_ENVELOPE', `${name} is ${value}; it must be a whole number below 2^64`)
}

function tooLarge(length: number): RmbError {
  return new RmbError('RMB_ENVELOPE', `an envelope of ${length} bytes; ${MAX_ENVELOPE_BYTES} is the most`, {
    hint: 'split the request into smaller ones',
  })
}
