/**
 * BLAKE3: by the native addon where it is installed, by WebAssembly everywhere else.
 *
 * The addon is seven to twelve times faster, and hashing is what an upload spends most of its time on. Either is loaded
 * when the first hasher is asked for; the hasher then serves the whole process, since a hash is made in one go.
 */

import { once } from '../../core/once.js'
import { isNode } from './is-node.js'

export interface HasherOptions {
  /** `any` (the default) is the fastest there is. */
  readonly implementation?: 'native' | 'wasm' | 'any'
}

export interface Hasher {
  readonly implementation: 'native' | 'wasm'
  /** BLAKE3 of `bytes`, a new array of 32 bytes or, cut, of fewer. */
  hash(bytes: Uint8Array, length?: number): Uint8Array
  /** A hash of bytes that come one after another. Many may be open at once. */
  stream(): Promise<HashStream>
}

export interface HashStream {
  update(bytes: Uint8Array): void
  /** Ends the stream: neither `update` nor `digest` may follow. */
  digest(length?: number): Uint8Array
}

const loadNative = once<Hasher>(async () => (await import('./hasher-native.js')).createNativeHasher())
const loadWasm = once<Hasher>(async () => (await import('./hasher-wasm.js')).createWasmHasher())
const loadAny = once<Hasher>(async () => {
  if (isNode()) {
    try {
      return await loadNative()
    } catch {
      // An optional dependency: absent on platforms it is not built for. The other gives the same hashes.
    }
  }
  return loadWasm()
})
const loaders = { native: loadNative, wasm: loadWasm, any: loadAny }

/** The fastest hasher that can be had here. Cheap to call again.
 *
 * @throws whatever loading threw, when an implementation was demanded by name and cannot be had
 * @example const hasher = await loadHasher(); hasher.hash(chunk, 16)
 */
export function loadHasher({ implementation = 'any' }: HasherOptions = {}): Promise<Hasher> {
  return loaders[implementation]()
}
