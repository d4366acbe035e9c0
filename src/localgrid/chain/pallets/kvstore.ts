/** TFKVStore 30: small values by account and key. Source: threefoldtech/tfchain, pallets/pallet-kvstore. */
import { call, defineErrors, defineEvents, type PalletDefinition, signed } from '../runtime/pallet.js'
import { accountId } from '../runtime/primitives.js'
import { bytes } from '../scale/primitives.js'
import { storageOf } from '../state/item.js'

const storage = storageOf('TFKVStore')
export const keyValues = storage.value('TFKVStore', [accountId, bytes], bytes, () => new Uint8Array())

const events = defineEvents('TFKVStore', {
  EntrySet: [accountId, bytes, bytes],
  EntryGot: [accountId, bytes, bytes],
  EntryTaken: [accountId, bytes, bytes],
})
const errors = defineErrors(30, ['NoValueStored', 'KeyIsTooLarge', 'ValueIsTooLarge'])

export const kvStore: PalletDefinition = {
  name: 'TFKVStore',
  index: 30,
  crate: 'pallet_kvstore',
  storage: storage.list,
  calls: [
    call(0, 'set', { key: bytes, value: bytes }, (context, { key, value }) => {
      const who = signed(context)
      errors.ensure(key.length <= 512, 'KeyIsTooLarge')
      errors.ensure(value.length <= 2048, 'ValueIsTooLarge')
      keyValues.put(context.state, value, who, key)
      context.emit(events.make.EntrySet(who, key, value))
    }),
    call(1, 'delete', { key: bytes }, (context, { key }) => {
      const who = signed(context)
      errors.ensure(keyValues.has(context.state, who, key), 'NoValueStored')
      const value = keyValues.get(context.state, who, key)
      keyValues.remove(context.state, who, key)
      context.emit(events.make.EntryTaken(who, key, value))
    }),
  ],
  events: events.list,
  errors: errors.list,
  constants: [],
}
