/** The port to a registry: encrypted metadata under its hash. */
export interface MetadataStore {
  /** The blob with this hash, checked, or undefined when the registry has none.
   *
   * @throws {CdnError} CDN_REGISTRY, CDN_UNREACHABLE, CDN_HASH
   */
  get(hash: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Resolves when the registry has acknowledged that it keeps the blob. @throws as `get` */
  put(hash: Uint8Array, blob: Uint8Array, signal?: AbortSignal): Promise<void>
}
