/** System 0: accounts, block number, events. Source: polkadot-sdk, substrate/frame/system. */
import { toHex } from '../../../core/hex.js'
import { dispatchError } from '../runtime/dispatch-error.js'
import {
  type Context,
  call,
  defineErrors,
  defineEvents,
  type PalletDefinition,
  root,
  signed,
} from '../runtime/pallet.js'
import { accountId, accountInfo, dispatchInfo, h256 } from '../runtime/primitives.js'
import { tuple, vec } from '../scale/composed.js'
import { bytes, u16, u32, u64 } from '../scale/primitives.js'
import type { Type, ValueOf } from '../scale/type.js'
import { blake256 } from '../state/hash.js'
import { storageOf } from '../state/item.js'

const storage = storageOf('System')

export const BLOCK_HASH_COUNT = 2400

/** Marks an account whose locks are kept the new way; set on every account the runtime writes. */
const NEW_LOGIC = 1n << 127n

export const emptyAccount: ValueOf<typeof accountInfo> = {
  nonce: 0,
  consumers: 0,
  providers: 0,
  sufficients: 0,
  data: { free: 0n, reserved: 0n, frozen: 0n, flags: NEW_LOGIC },
}

export const account = storage.value('Account', [accountId], accountInfo, () => emptyAccount)
export const extrinsicCount = storage.optional('ExtrinsicCount', [], u32)
export const blockHash = storage.value('BlockHash', [u32], h256, () => '0'.repeat(64), 'Twox64Concat')
export const blockNumber = storage.value('Number', [], u32, () => 0)
export const parentHash = storage.value('ParentHash', [], h256, () => '0'.repeat(64))
export const eventCount = storage.value('EventCount', [], u32, () => 0)

/** System.Events; its type is only known once all pallets are, and its bytes are written as they are. */
export function eventsItem(records: Type<readonly unknown[]>) {
  return storageOf('System').value('Events', [], records, () => [])
}

const events = defineEvents('System', {
  ExtrinsicSuccess: { dispatchInfo },
  ExtrinsicFailed: { dispatchError, dispatchInfo },
  CodeUpdated: [],
  NewAccount: { account: accountId },
  KilledAccount: { account: accountId },
  Remarked: { sender: accountId, hash: h256 },
})
export const systemEvents = events.make

const errors = defineErrors(0, [
  'InvalidSpecName',
  'SpecVersionNeedsToIncrease',
  'FailedToExtractRuntimeVersion',
  'NonDefaultComposite',
  'NonZeroRefCount',
  'CallFiltered',
])

const keyValue = tuple(bytes, bytes)

export const system: PalletDefinition = {
  name: 'System',
  index: 0,
  crate: 'frame_system',
  storage: storage.list,
  calls: [
    call(0, 'remark', { remark: bytes }, context => void signed(context)),
    call(1, 'setHeapPages', { pages: u64 }, root),
    call(2, 'setCode', { code: bytes }, context => refuseCode(context)),
    call(3, 'setCodeWithoutChecks', { code: bytes }, context => refuseCode(context)),
    call(4, 'setStorage', { items: vec(keyValue) }, (context, { items }) => {
      root(context)
      for (const [key, value] of items) context.state.write(toHex(key), { bytes: value })
    }),
    call(5, 'killStorage', { keys: vec(bytes) }, (context, { keys }) => {
      root(context)
      for (const key of keys) context.state.write(toHex(key), undefined)
    }),
    call(6, 'killPrefix', { prefix: bytes, subkeys: u32 }, (context, { prefix, subkeys }) => {
      root(context)
      const keys = [...context.state.keys(toHex(prefix))].sort().slice(0, subkeys)
      for (const key of keys) context.state.write(key, undefined)
    }),
    call(7, 'remarkWithEvent', { remark: bytes }, (context, { remark }) => {
      const sender = signed(context)
      context.emit(systemEvents.Remarked({ sender, hash: toHex(blake256(remark)) }))
    }),
  ],
  events: events.list,
  errors: errors.list,
  constants: [
    { name: 'BlockHashCount', type: u32 as Type<unknown>, value: BLOCK_HASH_COUNT },
    { name: 'SS58Prefix', type: u16 as Type<unknown>, value: 42 },
  ],
}

/** The runtime of this chain is this program: there is no code to replace. */
function refuseCode(context: Context): void {
  root(context)
  errors.fail('FailedToExtractRuntimeVersion')
}
