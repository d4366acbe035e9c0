/** What a module must know of the nodes it plans for. Read once, before anything is decided. */
import { GridError } from '../../errors/grid.js'
import type { ExplorerPort, NodeInfo } from '../../explorer/port.js'
import { chooseEndpoint } from '../../network/address/index.js'
import { isUnreachable } from '../../plan/node-calls.js'
import type { NodeBook } from '../../plan/observe.js'

export interface NodeFacts {
  readonly info: NodeInfo
  /** Light nodes run `zmachine-light` and `network-light`. */
  readonly light: boolean
  /** Light nodes may lack it: then nothing but Mycelium connects their machines. */
  readonly wireguard: boolean
  /** False when the node did not answer: no contract is made for it. */
  readonly reachable: boolean
  readonly takenPorts: readonly number[]
  /** Host that peers dial, IPv6 in brackets; absent on hidden nodes. */
  readonly endpoint?: string
}

/** @throws {GridError} GRID_NOT_FOUND naming every node that is not on the grid */
export async function findNodes(
  explorer: ExplorerPort,
  nodeIds: readonly number[],
): Promise<ReadonlyMap<number, NodeInfo>> {
  const ids = [...new Set(nodeIds)]
  const infos = ids.length === 0 ? [] : await explorer.nodes({ nodeIds: ids })
  const found = new Map(infos.map(info => [info.nodeId, info]))
  const missing = ids.filter(id => !found.has(id))
  if (missing.length === 0) return found
  throw new GridError('GRID_NOT_FOUND', `there is no node ${missing.join(', no node ')} on this grid`, {
    where: missing.map(id => `node ${id}`).join(', '),
    hint: 'client.nodes.filter() lists the nodes that are there',
    details: { nodeIds: missing },
  })
}

/** @param endpoints whether peers will need to dial these nodes: networks of one node do not */
export async function observeNode(
  info: NodeInfo,
  book: NodeBook,
  needs: { ports: boolean; endpoint: boolean },
): Promise<NodeFacts> {
  const calls = book.calls(info.nodeId)
  const features = new Set(info.features)
  const facts = { info, light: !features.has('network'), wireguard: features.has('wireguard') }
  const published = chooseEndpoint({ publicConfig: info.publicConfig })
  const known = needs.endpoint && published !== undefined ? { endpoint: published } : {}
  try {
    const asksForAddress = needs.endpoint && published === undefined
    const [takenPorts, interfaces] = await Promise.all([
      needs.ports ? calls.takenWireguardPorts() : [],
      asksForAddress ? calls.ownAddresses() : [],
    ])
    const own = chooseEndpoint({ interfaces })
    return { ...facts, reachable: true, takenPorts, ...known, ...(own === undefined ? {} : { endpoint: own }) }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    return { ...facts, reachable: false, takenPorts: [], ...known }
  }
}
