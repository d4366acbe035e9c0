/** What an extrinsic did: the events of its block that are its own. */
import type { Codec } from '@polkadot/types/types'

import type { Deadline } from '../../../core/deadline.js'
import { ChainError } from '../../../errors/chain.js'
import type { ChainCall, ChainEvent, Contract } from '../../port.js'
import { type Plain, plain } from '../plain.js'
import { readContract } from '../read/contract.js'
import { different, isEnum } from '../read/fields.js'
import type { Runtime } from '../runtime.js'
import { storageItem } from '../storage.js'
import type { Rpc } from '../wire/rpc.js'
import { dispatchError } from './dispatch-error.js'

export interface Outcome {
  readonly events: readonly ChainEvent[]
  /** In the order of their calls. */
  readonly created: readonly Contract[]
  readonly failed: ChainError | undefined
}

/** The events of the extrinsic at `index` of the block. */
export async function readOutcome(
  rpc: Rpc,
  runtime: Runtime,
  block: { readonly hash: string; readonly index: number },
  calls: readonly ChainCall[],
  deadline: Deadline,
): Promise<Outcome> {
  const item = storageItem(runtime, 'system', 'events', [])
  const value = await rpc.ask('state_getStorage', [item.key, block.hash], deadline)
  if (value !== null && typeof value !== 'string') throw different('the events of a block')
  const records = item.decode(value) as unknown as Iterable<EventRecord>

  const events: ChainEvent[] = []
  const created: Contract[] = []
  let succeeded = false
  let failed: ChainError | undefined
  for (const { phase, event } of records) {
    if (!phase.isApplyExtrinsic || phase.asApplyExtrinsic.toNumber() !== block.index) continue
    const data = [...event.data].map(field => plain(field, runtime.classes))
    const { pallet, name } = eventName(runtime, event)
    if (pallet === 'System' && name === 'ExtrinsicSuccess') succeeded = true
    if (pallet === 'System' && name === 'ExtrinsicFailed') failed = dispatchError(runtime, data[0], calls)
    // Contracts come in the order of their calls, because a batch runs its calls in their order.
    if (pallet === 'SmartContractModule' && name === 'ContractCreated') created.push(readContract(data[0]))
    events.push({ pallet, name, data: data.map(showable) })
  }
  if (!succeeded && !failed) {
    throw new ChainError('CHAIN_REPLY', `block ${block.hash} does not tell what became of the extrinsic`)
  }
  return { events, created, failed }
}

interface EventRecord {
  readonly phase: { readonly isApplyExtrinsic: boolean; readonly asApplyExtrinsic: { toNumber(): number } }
  readonly event: ChainEventCodec
}
interface ChainEventCodec {
  readonly index: Uint8Array
  readonly method: string
  readonly data: Iterable<Codec>
}

/** The api gives the pallet in camelCase; the metadata has its name. */
function eventName({ api }: Runtime, event: ChainEventCodec): { pallet: string; name: string } {
  const palletIndex = event.index[0]
  const pallet = api.runtimeMetadata.asLatest.pallets.find(({ index }) => index.toNumber() === palletIndex)
  return { pallet: pallet?.name.toString() ?? `pallet ${palletIndex}`, name: event.method }
}

/** For people and JSON: bytes as text where they are text, as hex otherwise; a variant that carries nothing as its name. */
function showable(value: Plain): unknown {
  if (value instanceof Uint8Array) return textOrHex(value)
  if (Array.isArray(value)) return value.map(showable)
  if (typeof value !== 'object') return value
  if (isEnum(value)) {
    return value.value === undefined ? value.kind : { [value.kind]: showable(value.value) }
  }
  return Object.fromEntries(
    Object.entries(value as Record<string, Plain>).map(([key, inner]) => [key, showable(inner)]),
  )
}

function textOrHex(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what tells text from other bytes
    if (!/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text)) return text
  } catch {
    // Not text.
  }
  return `0x${Buffer.from(bytes).toString('hex')}`
}
