/** Block headers: sp_runtime::generic::Header with BLAKE2-256. */
import { toHex } from '../../../core/hex.js'
import { h256 } from '../runtime/primitives.js'
import { encode } from '../scale/coding.js'
import { compact, struct, vec } from '../scale/composed.js'
import { bytes, u32 } from '../scale/primitives.js'
import type { ValueOf } from '../scale/type.js'
import { blake256 } from '../state/hash.js'

export const headerType = struct('sp_runtime::generic::header::Header', {
  parentHash: h256,
  number: compact(u32),
  stateRoot: h256,
  extrinsicsRoot: h256,
  /** Digest logs; this chain writes none. */
  logs: vec(bytes),
})

export type Header = ValueOf<typeof headerType>

export function headerHash(header: Header): string {
  return toHex(blake256(encode(headerType, header)))
}

/** As JSON-RPC gives it. */
export function headerJson(header: Header) {
  return {
    parentHash: `0x${header.parentHash}`,
    number: `0x${header.number.toString(16)}`,
    stateRoot: `0x${header.stateRoot}`,
    extrinsicsRoot: `0x${header.extrinsicsRoot}`,
    digest: { logs: [] as string[] },
  }
}
