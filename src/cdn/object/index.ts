/** What a stored object is: how it is made, saved, found, read, checked and mended. */

export { type BlockReaderOptions, readBlock, type WrongShard } from './block-reader.js'
export type { BlockStore } from './block-store.js'
export { type CdnConfig, type PlaceConfig, parseConfig, readConfig, resolvePlaces } from './config.js'
export { copyTo, type Downloaded, type DownloadOptions, download } from './download.js'
export { loadMetadata, type MetadataBlob, sealMetadata } from './metadata-blob.js'
export type { MetadataStore } from './metadata-store.js'
export { isMimeType, mimeType, SNIFFED_BYTES, UNKNOWN_TYPE } from './mime-type.js'
export { type Place, placeName, placeOf } from './place.js'
export { PlaceLatency } from './place-latency.js'
export { DEFAULT_REGISTRY, type RegistryOptions, registryClient } from './registry-client.js'
export { type RepairOptions, type RepairReport, repair } from './repair.js'
export { isLocalhostName, parseHostAndPort, resolveHost } from './resolve-host.js'
export type { SavedObject } from './saved-object.js'
export { type SealSettings, sealBlock } from './seal-block.js'
export { createSealer, type Sealer } from './sealer.js'
export {
  type ByteRange,
  type ObjectStores,
  openObject,
  type ReadPolicy,
  type StoredDirectory,
  type StoredFile,
  type StoredObject,
  storedFile,
} from './stored-object.js'
export { upload } from './upload.js'
export { LEAST_CHUNK_BYTES, MOST_CHUNK_BYTES, type UploadOptions, type UploadStores } from './upload-session.js'
export {
  type BlockReport,
  type FileReport,
  type ShardReport,
  type VerifyOptions,
  type VerifyReport,
  verify,
} from './verify.js'
export { zdbBlockStore } from './zdb-block-store.js'
