/** A store whose blobs are what their hashes say: the hash is made here on the way in, and compared on the way out. */
import { RegistryError } from '../../../errors/registry.js'
import type { BlobFacts, BlobStore, PutOutcome, StoredBlob } from './blob-store.js'

/** BLAKE3 as 64 hex digits. */
export type HashHex = (data: Uint8Array) => string

export interface CheckedStore {
  save(data: Uint8Array): Promise<{ readonly hash: string; readonly outcome: PutOutcome }>
  /** @throws {RegistryError} REGISTRY_CORRUPT */
  load(hash: string): Promise<StoredBlob | undefined>
  head(hash: string): Promise<BlobFacts | undefined>
}

export function checkedStore(store: BlobStore, hashHex: HashHex): CheckedStore {
  return {
    async save(data) {
      const hash = hashHex(data)
      return { hash, outcome: await store.put(hash, data) }
    },

    async load(hash) {
      const found = await store.get(hash)
      if (found === undefined) return undefined
      if (hashHex(found.data) !== found.hash || !found.hash.startsWith(hash)) {
        throw new RegistryError('REGISTRY_CORRUPT', 'what is stored under this hash is damaged', {
          where: hash,
          hint: 'upload the object again: the same bytes replace it',
        })
      }
      return found
    },

    head: hash => store.head(hash),
  }
}
