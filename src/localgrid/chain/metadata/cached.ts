/** The metadata, made once in a process: it is the same for every chain. */
import { toHex } from '../../../core/hex.js'
import { theRuntime } from '../runtime/runtime.js'
import { buildMetadata } from './metadata.js'

let cached: { readonly bytes: Uint8Array; readonly hex: string } | undefined

function metadata() {
  if (!cached) {
    const bytes = buildMetadata(theRuntime())
    cached = { bytes, hex: `0x${toHex(bytes)}` }
  }
  return cached
}

export const metadataBytes = (): Uint8Array => metadata().bytes
export const metadataHex = (): string => metadata().hex
