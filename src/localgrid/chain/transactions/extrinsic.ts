/** Extrinsics, version 4: the bytes of a block's content, and what a signature covers. */
import { concatBytes } from '../../../core/bytes.js'
import { fromHex, toHex } from '../../../core/hex.js'
import type { RuntimeCall } from '../runtime/pallet.js'
import { type Era, era, multiAddress, multiSignature } from '../runtime/primitives.js'
import { theRuntime } from '../runtime/runtime.js'
import { SPEC_VERSION, TX_VERSION } from '../runtime/version.js'
import { compact } from '../scale/composed.js'
import { u32, u64, u128 } from '../scale/primitives.js'
import { ScaleError, ScaleReader } from '../scale/reader.js'
import type { ValueOf } from '../scale/type.js'
import { ScaleWriter } from '../scale/writer.js'
import { blake256 } from '../state/hash.js'

const SIGNED = 0x84
const UNSIGNED = 0x04
const nonceType = compact(u32)
const tipType = compact(u128)

export interface SignedExtrinsic {
  readonly kind: 'signed'
  readonly bytes: Uint8Array
  /** BLAKE2-256 of the bytes, hex. */
  readonly hash: string
  /** 64 hex digits. */
  readonly account: string
  readonly signature: ValueOf<typeof multiSignature>
  readonly era: Era | undefined
  readonly nonce: number
  readonly tip: bigint
  readonly call: RuntimeCall
  /** The call as it was sent: what the signature covers. */
  readonly callBytes: Uint8Array
  readonly extraBytes: Uint8Array
}

/** The outer length is wrong or the version is not ours: not an extrinsic at all. */
export class ExtrinsicFormatError extends Error {
  override readonly name = 'ExtrinsicFormatError'
}

/** @throws {ExtrinsicFormatError} no extrinsic; {ScaleError} one whose content does not decode */
export function decodeExtrinsic(bytes: Uint8Array): SignedExtrinsic | { readonly kind: 'unsigned' } {
  const reader = new ScaleReader(bytes)
  let length: bigint
  try {
    length = reader.compact()
  } catch (error) {
    throw new ExtrinsicFormatError(error instanceof Error ? error.message : String(error))
  }
  if (length !== BigInt(reader.remaining)) {
    throw new ExtrinsicFormatError(`says ${length} bytes, has ${reader.remaining}`)
  }
  const version = reader.u8()
  const runtime = theRuntime()
  if (version === UNSIGNED) {
    runtime.callType.decode(reader)
    reader.end()
    return { kind: 'unsigned' }
  }
  if (version !== SIGNED) throw new ScaleError(`extrinsic version ${version} is not 4`)

  const address = multiAddress.decode(reader)
  const signature = multiSignature.decode(reader)
  const extraStart = reader.offset
  const fields = { era: era.decode(reader), nonce: nonceType.decode(reader), tip: tipType.decode(reader) }
  const callStart = reader.offset
  const call = runtime.callType.decode(reader)
  reader.end()
  if (address.kind !== 'Id') throw new LookupError('only account ids can be looked up')
  return {
    kind: 'signed',
    bytes,
    hash: toHex(blake256(bytes)),
    account: address.value,
    signature,
    ...fields,
    call,
    callBytes: bytes.subarray(callStart),
    extraBytes: bytes.subarray(extraStart, callStart),
  }
}

/** The sender is named in a way this chain cannot resolve. */
export class LookupError extends Error {
  override readonly name = 'LookupError'
}

/** What was signed: call, extra, and what both sides must agree on; hashed when longer than 256 bytes. */
export function signedPayload(extrinsic: SignedExtrinsic, genesisHash: string, birthHash: string): Uint8Array {
  const versions = new ScaleWriter(8)
  versions.u32(SPEC_VERSION)
  versions.u32(TX_VERSION)
  const payload = concatBytes(
    extrinsic.callBytes,
    extrinsic.extraBytes,
    versions.finish(),
    fromHex(genesisHash),
    fromHex(birthHash),
  )
  return payload.length > 256 ? blake256(payload) : payload
}

/** The extrinsic that opens every block: its time. */
export function timestampInherent(nowMs: bigint): Uint8Array {
  const body = new ScaleWriter(16)
  body.u8(UNSIGNED)
  body.u8(1)
  body.u8(0)
  compact(u64).encode(body, nowMs)
  const content = body.finish()
  const writer = new ScaleWriter(content.length + 1)
  writer.compact(content.length)
  writer.raw(content)
  return writer.finish()
}
