/** Timestamp 1: the block's time, set by the inherent that opens every block. */
import { DispatchFailure } from '../runtime/dispatch-error.js'
import { call, type PalletDefinition } from '../runtime/pallet.js'
import { compact } from '../scale/composed.js'
import { bool, u64 } from '../scale/primitives.js'
import type { Type } from '../scale/type.js'
import { storageOf } from '../state/item.js'
import type { StateReader } from '../state/overlay.js'

const storage = storageOf('Timestamp')

/** Milliseconds since the epoch. */
export const now = storage.value('Now', [], u64, () => 0n)
storage.value('DidUpdate', [], bool, () => false)

/** Unix seconds, the unit the grid's pallets count in. */
export function nowSeconds(state: StateReader): bigint {
  return now.get(state) / 1000n
}

export const timestamp: PalletDefinition = {
  name: 'Timestamp',
  index: 1,
  crate: 'pallet_timestamp',
  storage: storage.list,
  calls: [
    call(0, 'set', { now: compact(u64) }, (context, args) => {
      if (context.origin.kind !== 'none') throw DispatchFailure.badOrigin()
      now.put(context.state, args.now)
    }),
  ],
  events: [],
  errors: [],
  constants: [{ name: 'MinimumPeriod', type: u64 as Type<unknown>, value: 3000n }],
}
