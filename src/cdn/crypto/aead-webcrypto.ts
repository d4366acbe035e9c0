/** AES-GCM by WebCrypto, in a browser and wherever else there is one. */
import { type Aead, TAG_BYTES } from './aead.js'

export const webcryptoAead: Aead = {
  implementation: 'webcrypto',

  async seal({ key, nonce, plain, into, onPiece }) {
    const { subtle } = globalThis.crypto
    const imported = await subtle.importKey('raw', owned(key), 'AES-GCM', false, ['encrypt'])
    into.set(new Uint8Array(await subtle.encrypt(algorithm(nonce), imported, owned(plain))))
    onPiece?.(into)
  },

  async open({ key, nonce, sealed, into }) {
    const { subtle } = globalThis.crypto
    const imported = await subtle.importKey('raw', owned(key), 'AES-GCM', false, ['decrypt'])
    try {
      into.set(new Uint8Array(await subtle.decrypt(algorithm(nonce), imported, owned(sealed))))
      return true
    } catch (error) {
      // The tag does not fit; anything else is not an answer.
      if (!(error instanceof DOMException) || error.name !== 'OperationError') throw error
      into.fill(0)
      return false
    }
  },
}

function algorithm(nonce: Uint8Array): AesGcmParams {
  return { name: 'AES-GCM', iv: owned(nonce), tagLength: TAG_BYTES * 8 }
}

/** WebCrypto's types want memory that no other thread writes; that is a promise of the caller. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
