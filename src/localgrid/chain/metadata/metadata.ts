/**
 * Runtime metadata, version 14, as SCALE bytes: what a client learns the whole chain from.
 * Layout: paritytech/frame-metadata, frame-metadata/src/v14.rs.
 */
import type { PalletDefinition } from '../runtime/pallet.js'
import { era, h256, multiAddress, multiSignature } from '../runtime/primitives.js'
import { describeOnly, type PalletEnums, type Runtime } from '../runtime/runtime.js'
import { encode } from '../scale/coding.js'
import { compact, tuple, unit } from '../scale/composed.js'
import { bytes, u32, u128 } from '../scale/primitives.js'
import { described, type Type } from '../scale/type.js'
import { ScaleWriter } from '../scale/writer.js'
import type { HasherName } from '../state/hash.js'
import type { AnyItem } from '../state/item.js'
import { TypeTable, text, writeList } from './lookup.js'

const MAGIC = 0x6174656d // "meta"
const VERSION = 14
const EXTRINSIC_VERSION = 4
const HASHERS: Readonly<Record<HasherName, number>> = { Blake2_128Concat: 2, Twox64Concat: 5, Identity: 6 }

const none = unit as Type<unknown>

/** An empty structure of the extension's own name, or one around what it carries. */
function extension(path: string, carried?: Type<unknown>): Type<unknown> {
  const fields = carried ? [{ type: carried }] : []
  return described(carried ?? none, () => ({
    path: path.split('::'),
    params: [],
    shape: { kind: 'composite', fields },
  }))
}

const signedExtensions: readonly { name: string; type: Type<unknown>; additional: Type<unknown> }[] = [
  { name: 'CheckNonZeroSender', path: 'check_non_zero_sender' },
  { name: 'CheckSpecVersion', path: 'check_spec_version', additional: u32 },
  { name: 'CheckTxVersion', path: 'check_tx_version', additional: u32 },
  { name: 'CheckGenesis', path: 'check_genesis', additional: h256 },
  { name: 'CheckMortality', path: 'check_mortality', carried: era, additional: h256 },
  { name: 'CheckNonce', path: 'check_nonce', carried: compact(u32) },
  { name: 'CheckWeight', path: 'check_weight' },
  { name: 'ChargeTransactionPayment', path: '', carried: compact(u128) },
].map(({ name, path, carried, additional }) => ({
  name,
  type: extension(
    path === '' ? `pallet_transaction_payment::${name}` : `frame_system::extensions::${path}::${name}`,
    carried as Type<unknown> | undefined,
  ),
  additional: (additional as Type<unknown> | undefined) ?? none,
}))

function extrinsicType(callType: Type<unknown>): Type<unknown> {
  const extra = tuple(...signedExtensions.map(({ type }) => type)) as Type<unknown>
  return described(none, () => ({
    path: ['sp_runtime', 'generic', 'unchecked_extrinsic', 'UncheckedExtrinsic'],
    params: [
      { name: 'Address', type: multiAddress as Type<unknown> },
      { name: 'Call', type: callType },
      { name: 'Signature', type: multiSignature as Type<unknown> },
      { name: 'Extra', type: extra },
    ],
    shape: { kind: 'composite', fields: [{ type: bytes as Type<unknown> }] },
  }))
}

function errorEnum(pallet: PalletDefinition): Type<unknown> {
  const variants = pallet.errors.map((name, index) => ({ name, index, fields: [] }))
  return describeOnly([pallet.crate, 'pallet', 'Error'], variants)
}

function writePallet(
  writer: ScaleWriter,
  types: TypeTable,
  pallet: PalletDefinition,
  items: readonly AnyItem[],
  enums: PalletEnums,
  error: Type<unknown> | undefined,
): void {
  const optionalType = (type: Type<unknown> | undefined) => {
    writer.u8(type ? 1 : 0)
    if (type) writer.compact(types.id(type))
  }

  text(writer, pallet.name)
  writer.u8(items.length > 0 ? 1 : 0)
  if (items.length > 0) {
    text(writer, pallet.name)
    writeList(writer, items, item => {
      text(writer, item.name)
      writer.u8(item.fallback ? 1 : 0)
      if (item.keyTypes.length === 0) {
        writer.u8(0)
        writer.compact(types.id(item.valueType))
      } else {
        writer.u8(1)
        writeList(writer, item.keyTypes as readonly unknown[], () => writer.u8(HASHERS[item.hasher]))
        writer.compact(types.id(keyType(item)))
        writer.compact(types.id(item.valueType))
      }
      bytes.encode(writer, item.fallbackBytes)
      writer.compact(0) // docs
    })
  }
  optionalType(enums.calls.get(pallet))
  optionalType(enums.events.get(pallet))
  writeList(writer, pallet.constants, constant => {
    text(writer, constant.name)
    writer.compact(types.id(constant.type))
    bytes.encode(writer, encode(constant.type, constant.value))
    writer.compact(0)
  })
  optionalType(error)
  writer.u8(pallet.index)
}

const tupleKeys = new WeakMap<AnyItem, Type<unknown>>()
function keyType(item: AnyItem): Type<unknown> {
  if (item.keyTypes.length === 1) return item.keyTypes[0] as Type<unknown>
  let type = tupleKeys.get(item)
  if (!type) {
    type = tuple(...(item.keyTypes as Type<unknown>[])) as Type<unknown>
    tupleKeys.set(item, type)
  }
  return type
}

export function buildMetadata(runtime: Runtime & { readonly enums: PalletEnums }): Uint8Array {
  const types = new TypeTable()
  const body = new ScaleWriter(1 << 16)
  const extrinsic = extrinsicType(runtime.callType as Type<unknown>)
  const errors = new Map(runtime.pallets.filter(p => p.errors.length > 0).map(p => [p, errorEnum(p)]))

  writeList(body, runtime.pallets, pallet =>
    writePallet(body, types, pallet, runtime.storageOf(pallet), runtime.enums, errors.get(pallet)),
  )
  body.compact(types.id(extrinsic))
  body.u8(EXTRINSIC_VERSION)
  writeList(body, signedExtensions, ({ name, type, additional }) => {
    text(body, name)
    body.compact(types.id(type))
    body.compact(types.id(additional))
  })
  body.compact(types.id(describeOnly(['tfchain_runtime', 'Runtime'], [])))

  const writer = new ScaleWriter(1 << 17)
  writer.u32(MAGIC)
  writer.u8(VERSION)
  types.write(writer)
  writer.raw(body.finish())
  return writer.finish()
}
