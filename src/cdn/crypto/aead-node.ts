/** AES-GCM by Node's OpenSSL. Loaded lazily, so that a browser never meets it. */
import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto'

import { type Aead, TAG_BYTES } from './aead.js'
import { createMemoryRelease, type MemoryRelease } from './memory-release.js'

/** Each call answers with an array of its own, which is copied to where it belongs while it is in the cache of a core. */
const PIECE_BYTES = 128 * 1024

export async function createNodeAead(): Promise<Aead> {
  return new NodeAead(await createMemoryRelease())
}

class NodeAead implements Aead {
  readonly implementation = 'node'
  readonly #release: MemoryRelease

  constructor(release: MemoryRelease) {
    this.#release = release
  }

  seal({ key, nonce, plain, into, onPiece }: Parameters<Aead['seal']>[0]): void {
    const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce)
    this.#run(cipher, plain, into, onPiece)
    cipher.final()
    into.set(cipher.getAuthTag(), plain.length)
    onPiece?.(into.subarray(plain.length))
  }

  open({ key, nonce, sealed, into }: Parameters<Aead['open']>[0]): boolean {
    const end = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAuthTag(sealed.subarray(end))
    this.#run(decipher, sealed.subarray(0, end), into)
    try {
      decipher.final()
      return true
    } catch {
      // The one thing `final` can find: the tag does not fit. What was deciphered is nobody's business then.
      into.fill(0)
      return false
    }
  }

  #run(
    cipher: CipherGCM | DecipherGCM,
    from: Uint8Array,
    into: Uint8Array,
    onPiece?: (piece: Uint8Array) => void,
  ): void {
    for (let at = 0; at < from.length; at += PIECE_BYTES) {
      const piece = cipher.update(from.subarray(at, at + PIECE_BYTES))
      into.set(piece, at)
      onPiece?.(piece)
      this.#release(piece)
    }
  }
}
