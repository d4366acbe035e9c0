/** Hashes and seals of the content network, by the fastest means of the platform. Runs in a browser. */
export { type AeadOptions, type Opening, openSealed, type Sealing, seal, TAG_BYTES } from './aead.js'
export { type Hasher, type HasherOptions, type HashStream, loadHasher } from './hasher.js'
