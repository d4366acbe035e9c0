/** Substrate's own types. The paths are what polkadot-js recognises them by, so they are exact. */
import { fromHex, toHex } from '../../../core/hex.js'
import { compact, names, struct, tagged, unit } from '../scale/composed.js'
import { bytes, fixedBytes, u8, u32, u64, u128 } from '../scale/primitives.js'
import { ScaleError } from '../scale/reader.js'
import { described, type Type } from '../scale/type.js'

const bytes32 = fixedBytes(32)

/** 32 bytes with a name of their own; the value is 64 hex digits, so that it can be a key and be compared. */
function hex32(path: string): Type<string> {
  return {
    minimumBytes: 32,
    encode: (writer, value) => bytes32.encode(writer, fromHex(value, path, 32)),
    decode: reader => toHex(bytes32.decode(reader)),
    describe: () => ({
      path: path.split('::'),
      params: [],
      shape: { kind: 'composite', fields: [{ type: bytes32 as Type<unknown> }] },
    }),
  }
}

export const accountId = hex32('sp_core::crypto::AccountId32')
export const h256 = hex32('primitive_types::H256')

export const multiAddress = tagged(
  'sp_runtime::multiaddress::MultiAddress',
  { Id: accountId, Index: compactUnit(), Raw: bytes, Address32: bytes32, Address20: fixedBytes(20) },
  {
    params: [
      { name: 'AccountId', type: accountId as Type<unknown> },
      { name: 'AccountIndex', type: unit as Type<unknown> },
    ],
  },
)

/** `Compact<()>`: no bytes at all. */
function compactUnit(): Type<undefined> {
  return described(unit, () => ({ path: [], params: [], shape: { kind: 'compact', item: unit as Type<unknown> } }))
}

const signature = (path: string, length: number) =>
  described(fixedBytes(length), () => ({
    path: path.split('::'),
    params: [],
    shape: { kind: 'composite', fields: [{ type: fixedBytes(length) as Type<unknown> }] },
  }))

export const multiSignature = tagged('sp_runtime::MultiSignature', {
  Ed25519: signature('sp_core::ed25519::Signature', 64),
  Sr25519: signature('sp_core::sr25519::Signature', 64),
  Ecdsa: signature('sp_core::ecdsa::Signature', 65),
})

/** Immortal, or `period` blocks from a block with `number % period === phase`. */
export interface Era {
  readonly period: number
  readonly phase: number
}

/** sp_runtime::generic::Era: one byte 0, or two bytes of period and quantised phase. */
export const era: Type<Era | undefined> = {
  minimumBytes: 1,
  encode: (writer, value) => {
    if (!value) return writer.u8(0)
    const factor = Math.max(value.period >> 12, 1)
    const low = Math.min(15, Math.max(1, Math.log2(value.period) - 1))
    writer.u16(low | ((value.phase / factor) << 4))
  },
  decode: reader => {
    const first = reader.u8()
    if (first === 0) return undefined
    const encoded = first | (reader.u8() << 8)
    const period = 2 << (encoded % 16)
    const phase = (encoded >> 4) * Math.max(period >> 12, 1)
    if (period < 4 || phase >= period) throw new ScaleError('not a mortal era')
    return { period, phase }
  },
  describe: () => ({
    path: ['sp_runtime', 'generic', 'era', 'Era'],
    params: [],
    shape: {
      kind: 'variant',
      variants: [
        { name: 'Immortal', index: 0, fields: [] },
        ...Array.from({ length: 255 }, (_, i) => ({
          name: `Mortal${i + 1}`,
          index: i + 1,
          fields: [{ type: u8 as Type<unknown> }],
        })),
      ],
    },
  }),
}
/** Number of the block that an era was born in, seen from block `current`. */
export function eraBirth({ period, phase }: Era, current: number): number {
  return Math.floor((Math.max(current, phase) - phase) / period) * period + phase
}

export const weight = struct('sp_weights::weight_v2::Weight', { refTime: compact(u64), proofSize: compact(u64) })
export const dispatchClass = names('frame_support::dispatch::DispatchClass', ['Normal', 'Operational', 'Mandatory'])
export const pays = names('frame_support::dispatch::Pays', ['Yes', 'No'])
export const dispatchInfo = struct('frame_support::dispatch::DispatchInfo', {
  weight,
  class: dispatchClass,
  paysFee: pays,
})

export const phase = tagged('frame_system::Phase', { ApplyExtrinsic: u32, Finalization: null, Initialization: null })

export const accountData = struct('pallet_balances::types::AccountData', {
  free: u128,
  reserved: u128,
  frozen: u128,
  flags: u128,
})

export const accountInfo = struct('frame_system::AccountInfo', {
  nonce: u32,
  consumers: u32,
  providers: u32,
  sufficients: u32,
  data: accountData,
})
