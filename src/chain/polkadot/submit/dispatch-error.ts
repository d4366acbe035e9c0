/** A refused call in the names of the metadata: `SmartContractModule.ContractIsNotUnique`, not module 26, error 13. */
import { ChainError } from '../../../errors/chain.js'
import type { ChainCall } from '../../port.js'
import type { Plain } from '../plain.js'
import { isEnum } from '../read/fields.js'
import type { Runtime } from '../runtime.js'

/** What can be done about the refusals people meet. Conditions: threefoldtech/tfchain, pallet-smart-contract/src/grid_contract.rs. */
const HINTS: Readonly<Record<string, string>> = {
  'SmartContractModule.TwinNotExists': 'the account has no twin: create one first',
  'SmartContractModule.NodeNotExists': 'there is no such node',
  'SmartContractModule.ContractNotExists': 'the contract does not exist, or was cancelled',
  'SmartContractModule.ContractIsNotUnique': 'a live contract on this node has the same deployment hash',
  'SmartContractModule.NodeNotAvailableToDeploy':
    'the node is rented by somebody else, dedicated and not rented, or switched off',
  'SmartContractModule.FarmHasNotEnoughPublicIPs': 'the farm has not that many public IPs',
  'SmartContractModule.FarmHasNotEnoughPublicIPsFree': "too few of the farm's public IPs are free",
  'SmartContractModule.TwinNotAuthorizedToUpdateContract': 'the contract belongs to another twin',
  'SmartContractModule.TwinNotAuthorizedToCancelContract': 'the contract belongs to another twin',
  'SmartContractModule.CannotUpdateContractInGraceState': 'the contract is not paid: send TFT to the account',
  'SmartContractModule.NodeHasActiveContracts': 'cancel the contracts on the node first',
  'SmartContractModule.NodeHasRentContract': 'the node is rented already',
  'SmartContractModule.NameExists': 'the name is taken',
  'SmartContractModule.NameNotValid': 'a name has the characters a-z, 0-9, - and _',
  'TfgridModule.UserDidNotSignTermsAndConditions': 'accept the terms and conditions first',
  'TfgridModule.TwinWithPubkeyExists': 'the account has a twin already',
  'TfgridModule.InvalidRelayAddress': 'a relay is a host name; several are joined by _',
}

/** @param value DispatchError as plain data */
export function dispatchError(runtime: Runtime, value: Plain, calls: readonly ChainCall[]): ChainError {
  const { pallet, error, docs } = name(runtime, value)
  const full = pallet === undefined ? error : `${pallet}.${error}`
  const only = calls.length === 1 ? calls[0] : undefined
  const what = only ? only.kind : `a batch of ${calls.length} calls, none of which took effect`
  return new ChainError('CHAIN_DISPATCH', `the chain refused ${what}: ${full}${docs === '' ? '' : ` (${docs})`}`, {
    hint: HINTS[full],
    details: {
      ...(pallet === undefined ? {} : { pallet }),
      error,
      // A batch is undone as a whole, with the events that would tell which call it was.
      ...(only ? { callIndex: 0, call: only.kind } : { calls: calls.length }),
    },
  })
}

function name({ api }: Runtime, value: Plain): { pallet?: string; error: string; docs: string } {
  if (!isEnum(value)) return { error: 'Unknown', docs: '' }
  if (value.kind !== 'Module') {
    // Token, Arithmetic and Transactional carry a variant of their own.
    const inner = isEnum(value.value) ? value.value.kind : undefined
    return inner === undefined ? { error: value.kind, docs: '' } : { pallet: value.kind, error: inner, docs: '' }
  }
  const { index, error } = value.value as { index?: Plain; error?: Plain }
  const code = error instanceof Uint8Array ? error[0] : error
  const pallet = api.runtimeMetadata.asLatest.pallets.find(entry => entry.index.toNumber() === index)
  try {
    const meta = api.registry.findMetaError(Uint8Array.of(Number(index), Number(code)))
    return { pallet: pallet?.name.toString() ?? meta.section, error: meta.name, docs: meta.docs.join(' ').trim() }
  } catch {
    return { pallet: pallet?.name.toString() ?? `pallet ${String(index)}`, error: `error ${String(code)}`, docs: '' }
  }
}
