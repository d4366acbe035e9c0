/** AES-GCM by Node's OpenSSL. Loaded lazily, so that a browser never meets it. */
import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto'

import { type Aead, TAG_BYTES } from './aead.js'

/** Each call answers with an array of its own: small ones come from memory that is warm, and are gone at once. */
const PIECE_BYTES = 64 * 1024

export const nodeAead: Aead = {
  implementation: 'node',

  seal({ key, nonce, plain, into }) {
    const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce)
    run(cipher, plain, into)
    cipher.final()
    into.set(cipher.getAuthTag(), plain.length)
  },

  open({ key, nonce, sealed, into }) {
    const end = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAuthTag(sealed.subarray(end))
    run(decipher, sealed.subarray(0, end), into)
    try {
      decipher.final()
      return true
    } catch {
      // The one thing `final` can find: the tag does not fit. What was deciphered is nobody's business then.
      into.fill(0)
      return false
    }
  },
}

function run(cipher: CipherGCM | DecipherGCM, from: Uint8Array, into: Uint8Array): void {
  for (let at = 0; at < from.length; at += PIECE_BYTES) into.set(cipher.update(from.subarray(at, at + PIECE_BYTES)), at)
}
