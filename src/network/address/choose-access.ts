/**
 * Which public node a hidden node goes through. Pure; runs in a browser.
 *
 * Always the same one: what a node has now, else the network's access node. The peer client draws one each time it plans.
 */
import { NetworkError } from '../../errors/network.js'
import type { TopologyAccess, TopologyInput, TopologyNode } from './topology.js'

export interface AccessChoice {
  /** For hidden nodes that have none yet; undefined when no node is public. */
  readonly accessNodeId?: number
  /** Hidden node → its access node. */
  readonly via: ReadonlyMap<number, number>
}

/** @param input nodes sorted by id
 * @throws {NetworkError} NETWORK_HIDDEN_NODE
 */
export function chooseAccess({ nodes, accesses = [], accessNodeId }: TopologyInput): AccessChoice {
  const publics = nodes.filter(node => node.endpoint !== undefined)
  const hidden = nodes.filter(node => node.endpoint === undefined)
  for (const access of accesses) checkEntrance(access, nodes)

  // Somebody alone needs no way to others.
  if (nodes.length === 1 && accesses.length === 0) return { via: new Map() }

  const chosen = accessNodeId === undefined ? bestAccess(publics, accesses) : namedAccess(accessNodeId, publics)
  if (hidden.length > 0 && !chosen) throw noAccess(hidden)
  if (!chosen) return { via: new Map() }
  const via = new Map(hidden.map(node => [node.nodeId, (presentAccess(node, publics) ?? chosen).nodeId]))
  return { accessNodeId: chosen.nodeId, via }
}

/** Where people enter already, else a node with IPv4, which everybody can dial; the lowest id of those. */
function bestAccess(publics: readonly TopologyNode[], accesses: readonly TopologyAccess[]): TopologyNode | undefined {
  return (
    publics.find(node => accesses.some(access => access.nodeId === node.nodeId)) ??
    publics.find(node => !node.endpoint?.startsWith('[')) ??
    publics[0]
  )
}

function presentAccess(node: TopologyNode, publics: readonly TopologyNode[]): TopologyNode | undefined {
  return publics.find(other =>
    node.peers?.some(peer => peer.wireguard_public_key === other.publicKey && peer.endpoint !== ''),
  )
}

function namedAccess(accessNodeId: number, publics: readonly TopologyNode[]): TopologyNode {
  const node = publics.find(candidate => candidate.nodeId === accessNodeId)
  if (node) return node
  throw new NetworkError('NETWORK_HIDDEN_NODE', `node ${accessNodeId} is no public node of this network`, {
    where: 'network.accessNodeId',
    hint: 'name a node with a public address, or leave accessNodeId out to have one chosen',
    details: { nodeId: accessNodeId },
  })
}

function checkEntrance(access: TopologyAccess, nodes: readonly TopologyNode[]): void {
  if (nodes.find(node => node.nodeId === access.nodeId)?.endpoint !== undefined) return
  throw new NetworkError(
    'NETWORK_HIDDEN_NODE',
    `the way in with ${access.subnet} leads to node ${access.nodeId}, which is no public node of this network`,
    {
      where: `node ${access.nodeId}`,
      hint: 'people enter a network at a node with a public address: choose one with accessNodeId',
      details: { nodeId: access.nodeId, subnet: access.subnet },
    },
  )
}

function noAccess(hidden: readonly TopologyNode[]): NetworkError {
  const nodeIds = hidden.map(({ nodeId }) => nodeId)
  return new NetworkError(
    'NETWORK_HIDDEN_NODE',
    `node ${nodeIds.join(', node ')} cannot be dialled from outside, and the network has no access node`,
    {
      where: nodeIds.map(id => `node ${id}`).join(', '),
      hint: 'set addAccess: true in the network, or put a machine on a public node too',
      details: { nodeIds },
    },
  )
}
