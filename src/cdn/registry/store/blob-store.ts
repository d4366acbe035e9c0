/**
 * Where blobs are kept: a database or a folder. Hashes are lower-case hex of BLAKE3, 64 digits when whole; a blob is also
 * found by the first 32 digits, which is all that 16-byte metadata says.
 */
export interface StoredBlob {
  /** 64 hex digits, as stored: not yet compared with the data. */
  readonly hash: string
  readonly data: Uint8Array
}

export interface BlobFacts {
  readonly hash: string
  readonly sizeBytes: number
}

/** `mended`: there was something else under this hash, which only damage explains. */
export type PutOutcome = 'created' | 'present' | 'mended'

export interface BlobStore {
  readonly kind: 'postgres' | 'files'
  /** Resolves when the blob would survive a power cut. @throws {RegistryError} REGISTRY_STORE|REGISTRY_BUSY|REGISTRY_FULL */
  put(hash: string, data: Uint8Array): Promise<PutOutcome>
  /** @param hash 32 or 64 digits. */
  get(hash: string): Promise<StoredBlob | undefined>
  head(hash: string): Promise<BlobFacts | undefined>
  /** Rejects when blobs can be neither kept nor read now. */
  check(): Promise<void>
  /** How busy it is, by the names that /metrics gives them. */
  gauges(): Readonly<Record<string, number>>
  close(): Promise<void>
}
