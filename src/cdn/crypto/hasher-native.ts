/** BLAKE3 by the native addon. Load it lazily: where the addon is missing, loading this file fails. */
import { Blake3Hasher, blake3 } from '@napi-rs/blake-hash'
import { cutHash, endedStream } from './hash-end.js'
import type { Hasher, HashStream } from './hasher.js'

export function createNativeHasher(): Hasher {
  return { implementation: 'native', hash: (bytes, length) => cutHash(blake3(bytes), length), stream: openStream }
}

async function openStream(): Promise<HashStream> {
  let state: Blake3Hasher | undefined = new Blake3Hasher()
  return {
    update(bytes) {
      if (!state) throw endedStream()
      state.update(bytes)
    },
    digest(length) {
      if (!state) throw endedStream()
      const hash = cutHash(state.digestBuffer(), length)
      state = undefined
      return hash
    },
  }
}
