/** Metadata from bytes. Runs in a browser. */
import { CdnError } from '../../errors/cdn.js'
import { ByteReader } from './byte-reader.js'
import {
  type Block,
  type DirectoryEntry,
  type DirectoryMetadata,
  type FileMetadata,
  type HashBytes,
  hashBytesOf,
  type Layout,
  type Location,
  type Metadata,
  NONCE_BYTES,
} from './metadata.js'
import { hostText, type SocketAddress } from './socket-address.js'

/** `"MCDN"` and the version. */
export const HEADER = Uint8Array.of(0x4d, 0x43, 0x44, 0x4e, 1)

/** The code has no more rows than its field has elements. */
export const MOST_SHARDS = 256

/** What the shortest IPv4 socket address takes: tag, four bytes, port. */
const LEAST_ADDRESS = 4 + 4 + 2

export interface Decoded {
  readonly metadata: Metadata
  /** `namespaces-16` for what both layouts with 16-byte hashes write alike: directories and empty files. */
  readonly layout: Layout
  /** Bytes behind the metadata. Peers ignore them; nobody writes any. */
  readonly trailingBytes: number
}

export interface DecodeOptions {
  /** Length of the hash by which the metadata was found. It is the only thing that tells 32-byte layouts apart. */
  readonly hashBytes: HashBytes
}

/** Metadata of a blob that is not, or no longer, sealed.
 *
 * The version byte is the same in every layout. With 16-byte hashes both layouts are tried, and the one that takes
 * every byte is the one; with trailing bytes, the only one that can be read at all.
 *
 * @throws {CdnError} CDN_META with details `{offset, field}`, of the layout that was read furthest
 * @example const { metadata, layout } = decodeMetadata(blob, { hashBytes: 16 })
 */
export function decodeMetadata(bytes: Uint8Array, { hashBytes }: DecodeOptions): Decoded {
  const layouts: readonly Layout[] = hashBytes === 32 ? ['namespaces-32'] : ['namespaces-16', 'databases-16']
  const attempts = layouts.map(layout => attempt(bytes, layout))

  const read = attempts.filter(one => 'metadata' in one)
  const whole = read.find(({ trailingBytes }) => trailingBytes === 0)
  if (whole) return whole
  const [first, second] = read
  if (first && (!second || first.trailingBytes === second.trailingBytes)) return first

  const failed = attempts.filter(one => 'error' in one)
  if (failed.length === 0) {
    const offset = bytes.length - Math.min(...read.map(({ trailingBytes }) => trailingBytes))
    const message = `not metadata: end at byte ${offset}: bytes follow, and layouts disagree on what they follow`
    throw new CdnError('CDN_META', message, { details: { offset, field: 'end' } })
  }
  throw failed.reduce((best, one) => (one.offset > best.offset ? one : best)).error
}

type Attempt = Decoded | { readonly error: CdnError; readonly offset: number }

function attempt(bytes: Uint8Array, layout: Layout): Attempt {
  const reader = new ByteReader(bytes)
  try {
    const metadata = readMetadata(reader, layout)
    return { metadata, layout, trailingBytes: reader.remaining }
  } catch (error) {
    if (!(error instanceof CdnError)) throw error
    return { error, offset: reader.offset }
  }
}

function readMetadata(reader: ByteReader, layout: Layout): Metadata {
  reader.field('magic', () => {
    const magic = reader.take(4)
    if (magic.some((byte, i) => byte !== HEADER[i])) reader.fail('the first bytes are not "MCDN"', 0)
  })
  reader.field('version', () => {
    const version = reader.u8()
    if (version !== HEADER[4]) reader.fail(`version ${version} is not known, only ${HEADER[4]}`, 4)
  })
  const kind = reader.field('kind', () => reader.tag(['file', 'directory']))
  return kind === 0 ? readFile(reader, layout) : readDirectory(reader, hashBytesOf(layout))
}

function readFile(reader: ByteReader, layout: Layout): FileMetadata {
  const hashBytes = hashBytesOf(layout)
  const leastBlock = 8 + 2 + 8 + 8 + 2 * hashBytes + NONCE_BYTES
  const contentHash = reader.field('contentHash', () => reader.take(hashBytes))
  const name = reader.field('name', () => reader.text())
  const mime = reader.field('mime', () => reader.optional(() => reader.text()))
  const blocks = reader.field('blocks', () => reader.list(leastBlock, () => readBlock(reader, layout)))
  return { kind: 'file', contentHash, name, ...(mime === undefined ? {} : { mime }), blocks }
}

function readDirectory(reader: ByteReader, hashBytes: HashBytes): DirectoryMetadata {
  const readEntry = (): DirectoryEntry => {
    const encryptedHash = reader.field('encryptedHash', () => reader.take(hashBytes))
    const key = reader.field('key', () => reader.optional(() => reader.take(hashBytes)))
    return { encryptedHash, ...(key === undefined ? {} : { key }) }
  }
  const files = reader.field('files', () => reader.list(hashBytes + 1, readEntry))
  const name = reader.field('name', () => reader.text())
  return { kind: 'directory', name, files }
}

function readBlock(reader: ByteReader, layout: Layout): Block {
  const hashBytes = hashBytesOf(layout)
  const shards = reader.field('shards', () => {
    const at = reader.offset
    const list = reader.list(leastLocation(layout), () => readLocation(reader, layout))
    if (list.length > MOST_SHARDS) reader.fail(`a block has at most ${MOST_SHARDS} shards, not ${list.length}`, at)
    return list
  })
  const requiredShards = reader.field('requiredShards', () => {
    const at = reader.offset
    const required = reader.u16()
    if (required < 1 || required > shards.length) reader.fail(`${required} of ${shards.length} shards are required`, at)
    return required
  })
  const startOffset = reader.field('startOffset', () => reader.u64())
  const endOffset = reader.field('endOffset', () => {
    const at = reader.offset
    const end = reader.u64()
    if (end < startOffset) reader.fail(`the block ends at ${end}, before it starts at ${startOffset}`, at)
    return end
  })
  const contentHash = reader.field('contentHash', () => reader.take(hashBytes))
  const encryptedHash = reader.field('encryptedHash', () => reader.take(hashBytes))
  const nonce = reader.field('nonce', () => reader.take(NONCE_BYTES))
  return { shards, requiredShards, startOffset, endOffset, contentHash, encryptedHash, nonce }
}

function leastLocation(layout: Layout): number {
  return LEAST_ADDRESS + (layout === 'databases-16' ? 2 : 8) + 1
}

function readLocation(reader: ByteReader, layout: Layout): Location {
  const address = reader.field('address', () => readAddress(reader))
  if (layout === 'databases-16') {
    const db = reader.field('db', () => reader.u16())
    const auth = reader.field('auth', () =>
      reader.optional(() => {
        reader.tag(['token'])
        return reader.text()
      }),
    )
    return { address, db, ...(auth === undefined ? {} : { auth }) }
  }
  const namespace = reader.field('namespace', () => reader.text())
  const secret = reader.field('secret', () => reader.optional(() => reader.text()))
  return { address, namespace, ...(secret === undefined ? {} : { secret }) }
}

function readAddress(reader: ByteReader): SocketAddress {
  const family = reader.tag(['IPv4', 'IPv6'])
  const host = hostText(reader.take(family === 0 ? 4 : 16))
  const port = reader.u16()
  return { host, port }
}
