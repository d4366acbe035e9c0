/**
 * The roots in a header. They commit to state and content as a chain of hashes, not as a Merkle trie: nobody asks a
 * local grid for proofs, and everything else about a header only needs them to differ when their content differs.
 */
import { toHex } from '../../../core/hex.js'
import { hexBytes } from '../scale/hex.js'
import { ScaleWriter } from '../scale/writer.js'
import { blake256 } from '../state/hash.js'
import type { Cell } from '../state/overlay.js'

export function nextStateRoot(parentRoot: string, changes: readonly (readonly [string, Cell | undefined])[]): string {
  const writer = new ScaleWriter(4096)
  writer.raw(hexBytes(parentRoot))
  for (const [key, cell] of [...changes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.raw(hexBytes(key))
    writer.u8(cell ? 1 : 0)
    if (cell) writer.raw(blake256(cell.bytes))
  }
  return toHex(blake256(writer.finish()))
}

export function extrinsicsRoot(extrinsics: readonly Uint8Array[]): string {
  const writer = new ScaleWriter(1024)
  for (const bytes of extrinsics) writer.raw(blake256(bytes))
  return toHex(blake256(writer.finish()))
}
