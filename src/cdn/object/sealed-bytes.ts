/**
 * Between the sealed bytes of a block and its data shards: padding, and cutting into equal pieces. Pure.
 *
 * Padding is that of PKCS #7 with the number of shards as its block: always at least one byte, each the number of bytes
 * added. Source: threefoldtech/mycelium-cdn-registry, crates/mycdnctl/src/main.rs as of December 2025.
 */

/** Bytes of one shard of `sealedBytes` bytes cut into `required` shards. */
export function shardBytes(sealedBytes: number, required: number): number {
  return Math.floor(sealedBytes / required) + 1
}

/** Room for the data shards of a block, one after the other. */
export function paddedBytes(sealedBytes: number, required: number): number {
  return shardBytes(sealedBytes, required) * required
}

/** Writes the padding behind `sealedBytes` bytes. `padded` has exactly `paddedBytes(sealedBytes, required)`. */
export function pad(padded: Uint8Array, sealedBytes: number): void {
  padded.fill(padded.length - sealedBytes, sealedBytes)
}

/** The bytes before the padding, or undefined when there is no padding that a block of `required` shards can have. */
export function unpad(padded: Uint8Array, required: number): Uint8Array | undefined {
  const count = padded[padded.length - 1] ?? 0
  if (count < 1 || count > required || count > padded.length) return undefined
  for (let i = padded.length - count; i < padded.length; i++) if (padded[i] !== count) return undefined
  return padded.subarray(0, padded.length - count)
}

/** `required` views of equal length. */
export function cutShards(padded: Uint8Array, required: number): readonly Uint8Array[] {
  const size = padded.length / required
  return Array.from({ length: required }, (_, i) => padded.subarray(i * size, (i + 1) * size))
}
