/** SmartContractModule 26: contracts and their bills. Source: threefoldtech/tfchain, pallets/pallet-smart-contract. */
import type { PalletDefinition } from '../../runtime/pallet.js'
import { u32 } from '../../scale/primitives.js'
import type { Type } from '../../scale/type.js'
import { contractCalls } from './contracts.js'
import { contractErrors, contractEventList } from './events.js'
import { reportCalls } from './reports.js'
import { serviceContractCalls } from './service-contracts.js'
import { solutionProviderCalls } from './solution-providers.js'
import { smartContractStorage } from './storage.js'

const limit = (name: string, value: number) => ({ name, type: u32 as Type<unknown>, value })

export const smartContract: PalletDefinition = {
  name: 'SmartContractModule',
  index: 26,
  crate: 'pallet_smart_contract',
  storage: smartContractStorage,
  calls: [...contractCalls, ...reportCalls, ...solutionProviderCalls, ...serviceContractCalls].sort(
    (a, b) => a.index - b.index,
  ),
  events: contractEventList,
  errors: contractErrors.list,
  constants: [
    limit('MaxNameContractNameLength', 64),
    limit('MaxDeploymentDataLength', 512),
    limit('MaxNodeContractPublicIps', 512),
  ],
}
