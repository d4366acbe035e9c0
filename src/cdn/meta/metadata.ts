/**
 * What the content network says about one object: a file is blocks of shards, a directory is references to objects.
 *
 * Source: threefoldtech/mycelium-cdn-registry, crates/cdn-meta/src/lib.rs. Runs in a browser.
 */
import type { SocketAddress } from './socket-address.js'

/** The three ways the same metadata has been written; all call themselves version 1.
 *
 * - `namespaces-32`: 32-byte hashes, AES-256, a place is a 0-DB namespace. What Hyphae writes unless told otherwise.
 * - `namespaces-16`: 16-byte hashes, AES-128, namespaces. Read by daemons 0.6.2 to 0.7.1.
 * - `databases-16`: 16-byte hashes, AES-128, a place is a numbered database. Read by daemons from 0.7.2 on.
 */
export type Layout = 'namespaces-32' | 'namespaces-16' | 'databases-16'

export const LAYOUTS: readonly Layout[] = ['namespaces-32', 'namespaces-16', 'databases-16']

export const DEFAULT_LAYOUT: Layout = 'namespaces-32'

export type HashBytes = 16 | 32

/** Length of every hash and key in a layout. */
export function hashBytesOf(layout: Layout): HashBytes {
  return layout === 'namespaces-32' ? 32 : 16
}

/** Where one shard of a block lies, under the block's `encryptedHash`.
 *
 * Layouts with namespaces carry `namespace` and, when the place is not public, `secret`; the layout with databases
 * carries `db` and, when the place asks for one, the session token `auth`.
 */
export interface Location {
  readonly address: SocketAddress
  readonly namespace?: string
  /** The namespace's password. Whoever reads the metadata may read, and often write, the namespace. */
  readonly secret?: string
  /** 0 to 65535 */
  readonly db?: number
  /** A session token. */
  readonly auth?: string
}

/** A piece of a file: sealed, padded, cut into `requiredShards` shards, and followed by parity shards. */
export interface Block {
  /** In the order of the code: data shards first. The position is the shard's only index. */
  readonly shards: readonly Location[]
  /** How many shards give the block back. */
  readonly requiredShards: number
  /** Of the block's first byte in the file. */
  readonly startOffset: number
  /** Of its last byte. Peers do not clip it in the last block, so it can lie behind the end of the file. */
  readonly endOffset: number
  /** BLAKE3 of the plain bytes; also the key they are sealed with. */
  readonly contentHash: Uint8Array
  /** BLAKE3 of the sealed bytes, tag included, before padding; the key of every shard at its place. */
  readonly encryptedHash: Uint8Array
  /** 12 bytes */
  readonly nonce: Uint8Array
}

export const NONCE_BYTES = 12

export interface FileMetadata {
  readonly kind: 'file'
  /** BLAKE3 of the whole file. */
  readonly contentHash: Uint8Array
  readonly name: string
  readonly mime?: string
  readonly blocks: readonly Block[]
}

/** One object of a directory. Its name is in its own metadata. */
export interface DirectoryEntry {
  /** BLAKE3 of the stored metadata blob: its key in the registry. */
  readonly encryptedHash: Uint8Array
  /** Opens the blob; without it the blob is plain. */
  readonly key?: Uint8Array
}

export interface DirectoryMetadata {
  readonly kind: 'directory'
  readonly name: string
  readonly files: readonly DirectoryEntry[]
}

export type Metadata = FileMetadata | DirectoryMetadata
