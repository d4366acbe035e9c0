/** Metadata and references of the content network. Runs in a browser. */
export { type Decoded, type DecodeOptions, decodeMetadata } from './decode.js'
export { encodeMetadata } from './encode.js'
export { formatLabel, parseHash } from './hash-text.js'
export {
  type Block,
  DEFAULT_LAYOUT,
  type DirectoryEntry,
  type DirectoryMetadata,
  type FileMetadata,
  type HashBytes,
  hashBytesOf,
  LAYOUTS,
  type Layout,
  type Location,
  type Metadata,
  NONCE_BYTES,
} from './metadata.js'
export { formatReference, formatReferenceUrl, parseReference, type Reference } from './reference.js'
export { formatSocketAddress, hostBytes, hostText, parseSocketAddress, type SocketAddress } from './socket-address.js'
