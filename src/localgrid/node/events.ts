/**
 * What nodes do when the chain speaks of them: the five events a real node listens to, sent to the node they name.
 * Source: threefoldtech/zosbase pkg/events.
 */
import type { ChainEvent } from '../../chain/port.js'
import type { LocalBlock } from '../ports.js'
import type { LocalNode } from './local-node.js'

/** The public configuration and the power of a node need no handling: both are read from the chain when asked for. */
export function applyEvents(block: LocalBlock, nodes: ReadonlyMap<number, LocalNode>): void {
  for (const event of block.events) {
    if (event.pallet !== 'SmartContractModule') continue
    const handle = HANDLERS[event.name]
    const about = handle && contractEvent(event)
    const node = about && nodes.get(about.nodeId)
    if (node) handle(node, about)
  }
}

interface ContractEvent {
  readonly contractId: bigint
  readonly nodeId: number
  readonly twinId: number
}

const HANDLERS: Readonly<Record<string, ((node: LocalNode, event: ContractEvent) => void) | undefined>> = {
  NodeContractCanceled: (node, key) => node.engine.deprovision(key, 'contract canceled event received'),
  ContractGracePeriodStarted: (node, key) => node.engine.pause(key),
  ContractGracePeriodEnded: (node, key) => node.engine.resume(key),
}

/** Contract, node and twin are the first three fields of all of them. */
function contractEvent({ data }: ChainEvent): ContractEvent | undefined {
  const [contractId, nodeId, twinId] = data
  if (contractId === undefined || nodeId === undefined || twinId === undefined) return undefined
  return { contractId: BigInt(contractId as bigint), nodeId: Number(nodeId), twinId: Number(twinId) }
}
