/** Metadata to bytes. Runs in a browser. */
import { CdnError } from '../../errors/cdn.js'
import { ByteWriter } from './byte-writer.js'
import { HEADER, MOST_SHARDS } from './decode.js'
import {
  type Block,
  DEFAULT_LAYOUT,
  type DirectoryEntry,
  hashBytesOf,
  type Layout,
  type Location,
  type Metadata,
  NONCE_BYTES,
} from './metadata.js'
import { hostBytes, type SocketAddress } from './socket-address.js'

/** The bytes of metadata in a layout, not sealed.
 *
 * Whatever the decoder would refuse, or the layout would lose, is refused here.
 *
 * @throws {CdnError} CDN_META with details `{field}`
 * @example encodeMetadata({ kind: 'directory', name: 'docs', files: [] }, 'namespaces-16')
 */
export function encodeMetadata(metadata: Metadata, layout: Layout = DEFAULT_LAYOUT): Uint8Array {
  const encoder = new Encoder(layout)
  encoder.metadata(metadata)
  return encoder.finish()
}

class Encoder {
  readonly #writer = new ByteWriter()
  readonly #hashBytes: number

  constructor(readonly layout: Layout) {
    this.#hashBytes = hashBytesOf(layout)
  }

  finish(): Uint8Array {
    return this.#writer.finish()
  }

  metadata(metadata: Metadata): void {
    this.#writer.bytes(HEADER)
    if (metadata.kind === 'file') {
      this.#writer.u32(0)
      this.#hash(metadata.contentHash, 'contentHash')
      this.#text(metadata.name, 'name')
      this.#writer.optional(metadata.mime, mime => this.#text(mime, 'mime'))
      this.#writer.u64(metadata.blocks.length)
      metadata.blocks.forEach((block, index) => {
        this.#block(block, `blocks[${index}]`)
      })
    } else {
      this.#writer.u32(1)
      this.#writer.u64(metadata.files.length)
      metadata.files.forEach((entry, index) => {
        this.#entry(entry, `files[${index}]`)
      })
      this.#text(metadata.name, 'name')
    }
  }

  #entry({ encryptedHash, key }: DirectoryEntry, field: string): void {
    this.#hash(encryptedHash, `${field}.encryptedHash`)
    this.#writer.optional(key, value => this.#hash(value, `${field}.key`))
  }

  #block(block: Block, field: string): void {
    const { shards, requiredShards, startOffset, endOffset } = block
    if (shards.length > MOST_SHARDS) refuse(`${field}.shards`, `has ${shards.length}, at most ${MOST_SHARDS} are coded`)
    this.#writer.u64(shards.length)
    shards.forEach((location, index) => {
      this.#location(location, `${field}.shards[${index}]`)
    })

    if (!Number.isInteger(requiredShards) || requiredShards < 1 || requiredShards > shards.length) {
      refuse(`${field}.requiredShards`, `must be from 1 to the ${shards.length} shards there are`)
    }
    this.#writer.u16(requiredShards)
    this.#offset(startOffset, `${field}.startOffset`)
    if (endOffset < startOffset) refuse(`${field}.endOffset`, 'lies before startOffset')
    this.#offset(endOffset, `${field}.endOffset`)

    this.#hash(block.contentHash, `${field}.contentHash`)
    this.#hash(block.encryptedHash, `${field}.encryptedHash`)
    this.#fixed(block.nonce, NONCE_BYTES, `${field}.nonce`)
  }

  #location({ address, namespace, secret, db, auth }: Location, field: string): void {
    this.#address(address, `${field}.address`)
    if (this.layout === 'databases-16') {
      this.#absent(namespace, `${field}.namespace`)
      this.#absent(secret, `${field}.secret`)
      if (db === undefined || !isU16(db)) refuse(`${field}.db`, 'must be a number from 0 to 65535')
      this.#writer.u16(db)
      this.#writer.optional(auth, token => {
        this.#writer.u32(0)
        this.#text(token, `${field}.auth`)
      })
      return
    }
    this.#absent(db, `${field}.db`)
    this.#absent(auth, `${field}.auth`)
    if (namespace === undefined) refuse(`${field}.namespace`, `is missing; ${this.layout} needs one`)
    this.#text(namespace, `${field}.namespace`)
    this.#writer.optional(secret, value => this.#text(value, `${field}.secret`))
  }

  #address({ host, port }: SocketAddress, field: string): void {
    const bytes = hostBytes(host)
    if (bytes === undefined) refuse(`${field}.host`, 'is not an IP address; names are resolved before')
    if (!isU16(port)) refuse(`${field}.port`, 'must be a number from 0 to 65535')
    this.#writer.u32(bytes.length === 4 ? 0 : 1)
    this.#writer.bytes(bytes)
    this.#writer.u16(port)
  }

  #absent(value: unknown, field: string): void {
    if (value !== undefined) refuse(field, `cannot be written in ${this.layout}`)
  }

  #offset(value: number, field: string): void {
    if (!Number.isSafeInteger(value) || value < 0) refuse(field, 'must be a whole number of bytes')
    this.#writer.u64(value)
  }

  #text(text: string, field: string): void {
    // Half a character would be replaced without a word.
    if (/\p{Surrogate}/u.test(text)) refuse(field, 'is not well-formed text')
    this.#writer.text(text)
  }

  #hash(bytes: Uint8Array, field: string): void {
    this.#fixed(bytes, this.#hashBytes, field)
  }

  #fixed(bytes: Uint8Array, length: number, field: string): void {
    if (bytes.length !== length) refuse(field, `has ${bytes.length} bytes, ${this.layout} has ${length}`)
    this.#writer.bytes(bytes)
  }
}

function isU16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff
}

function refuse(field: string, why: string): never {
  throw new CdnError('CDN_META', `metadata cannot be written: ${field} ${why}`, { details: { field } })
}
