import type { Layout, Metadata } from '../meta/index.js'

/** An object all of whose shards and metadata were acknowledged. */
export interface SavedObject {
  /** Where it came from. */
  readonly path: string
  readonly kind: Metadata['kind']
  readonly metadata: Metadata
  readonly layout: Layout
  /** With `key`, the reference to it. */
  readonly encryptedHash: Uint8Array
  readonly key: Uint8Array
  /** Of content, of all files together. */
  readonly bytes: number
  readonly sentShards: number
  /** Shards that their places already had. */
  readonly reusedShards: number
}
