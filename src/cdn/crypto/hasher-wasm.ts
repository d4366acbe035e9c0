/** BLAKE3 by WebAssembly, in Node and in browsers. */
import type { IHasher } from 'hash-wasm'

import { cutHash, endedStream } from './hash-end.js'
import type { Hasher, HashStream } from './hasher.js'

/** Instances kept for the next stream; an instance holds a page or two of WebAssembly memory. */
const MOST_IDLE = 8

export async function createWasmHasher(): Promise<Hasher> {
  const create = await loadBlake3()
  const whole = await create()
  const idle: IHasher[] = []

  async function openStream(): Promise<HashStream> {
    let state: IHasher | undefined = (idle.pop() ?? (await create())).init()
    return {
      update(bytes) {
        if (!state) throw endedStream()
        state.update(bytes)
      },
      digest(length) {
        if (!state) throw endedStream()
        const hash = cutHash(state.digest('binary'), length)
        if (idle.length < MOST_IDLE) idle.push(state)
        state = undefined
        return hash
      },
    }
  }

  return {
    implementation: 'wasm',
    hash: (bytes, length) => cutHash(whole.init().update(bytes).digest('binary'), length),
    stream: openStream,
  }
}

/** Node takes the package for CommonJS and may see its names only under `default`; bundlers see them at the top. */
async function loadBlake3(): Promise<() => Promise<IHasher>> {
  const loaded: Partial<typeof import('hash-wasm')> & { default?: typeof import('hash-wasm') } = await import(
    'hash-wasm'
  )
  const { createBLAKE3 } = loaded.createBLAKE3 ? loaded : (loaded.default as typeof import('hash-wasm'))
  return createBLAKE3 as () => Promise<IHasher>
}
