/** TfgridModule 25: twins, farms, nodes, policies. Source: threefoldtech/tfchain, pallets/pallet-tfgrid (spec 149). */
import { equalBytes } from '../../../../core/bytes.js'
import { type CallDefinition, call, type PalletDefinition, restricted } from '../../runtime/pallet.js'
import { accountId } from '../../runtime/primitives.js'
import { bytes, u32, u64 } from '../../scale/primitives.js'
import type { Type } from '../../scale/type.js'
import { tfgridErrors as errors, tfgridEvents as events, tfgridEventList } from './events.js'
import { farmCalls } from './farms.js'
import { storageVersion } from './layouts.js'
import { nodeCalls } from './nodes.js'
import { policyCalls } from './policies.js'
import * as items from './storage.js'
import { twinCalls } from './twins.js'

const adminCalls: readonly CallDefinition[] = [
  call(0, 'setStorageVersion', { version: storageVersion }, (context, { version }) => {
    restricted(context)
    items.palletVersion.put(context.state, version)
  }),
  call(30, 'addNodeCertifier', { certifier: accountId }, (context, { certifier }) => {
    restricted(context)
    const before = items.nodeCertifiers.get(context.state) ?? []
    errors.ensure(!before.includes(certifier), 'AlreadyCertifier')
    items.nodeCertifiers.put(context.state, [...before, certifier].sort())
    context.emit(events.NodeCertifierAdded(certifier))
  }),
  call(31, 'removeNodeCertifier', { certifier: accountId }, (context, { certifier }) => {
    restricted(context)
    const before = items.nodeCertifiers.get(context.state)
    if (!before) return
    errors.ensure(before.includes(certifier), 'NotCertifier')
    items.nodeCertifiers.put(
      context.state,
      before.filter(other => other !== certifier),
    )
    context.emit(events.NodeCertifierRemoved(certifier))
  }),
  call(34, 'setZosVersion', { zosVersion: bytes }, (context, { zosVersion }) => {
    restricted(context)
    errors.ensure(!equalBytes(items.zosVersion.get(context.state), zosVersion), 'InvalidZosVersion')
    items.zosVersion.put(context.state, zosVersion)
    context.emit(events.ZosVersionUpdated(zosVersion))
  }),
]

const constant = (name: string, type: Type<never>, value: unknown) => ({ name, type: type as Type<unknown>, value })

export const tfgrid: PalletDefinition = {
  name: 'TfgridModule',
  index: 25,
  crate: 'pallet_tfgrid',
  storage: items.tfgridStorage,
  calls: [...adminCalls, ...twinCalls, ...farmCalls, ...nodeCalls, ...policyCalls].sort((a, b) => a.index - b.index),
  events: tfgridEventList,
  errors: errors.list,
  constants: [
    constant('MaxFarmNameLength', u32 as Type<never>, 40),
    constant('MaxFarmPublicIps', u32 as Type<never>, 512),
    constant('MaxInterfacesLength', u32 as Type<never>, 10),
    constant('MaxInterfaceIpsLength', u32 as Type<never>, 10),
    constant('TimestampHintDrift', u64 as Type<never>, 60n),
  ],
}
