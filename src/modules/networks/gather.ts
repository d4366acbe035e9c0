/** The facts a network is compiled from: its nodes, their ports and endpoints, who uses it, where people enter it. */
import { NetworkError } from '../../errors/network.js'
import type { NodeInfo } from '../../explorer/port.js'
import { isUnreachable } from '../../plan/node-calls.js'
import { type NodeBook, nodeBook } from '../../plan/observe.js'
import type { GridPorts } from '../../plan/ports.js'
import type { ExistingNetwork } from './existing.js'
import { findNodes, type NodeFacts, observeNode } from './facts.js'
import type { NetworkModel } from './model.js'
import type { NetworkInput, NetworkWish } from './network-input.js'

export interface GatherInput {
  readonly model: NetworkModel
  readonly members: NetworkWish['members']
  /** Of the nodes that machines go to. */
  readonly infos: ReadonlyMap<number, NodeInfo>
  readonly existing: ExistingNetwork
  readonly book: NodeBook
  /** Addresses that are given up, by node. */
  readonly leavingIps: ReadonlyMap<number, ReadonlySet<string>>
}

export interface GatheredNetwork extends Omit<NetworkInput, 'account' | 'projectName'> {
  /** Of the nodes that said so: one that did not may be used by anything. */
  readonly reservedIps: ReadonlyMap<number, readonly string[]>
  readonly book: NodeBook
}

export async function gatherNetwork(ports: GridPorts, input: GatherInput): Promise<GatheredNetwork> {
  const { model, members, existing } = input
  const memberIds = new Set(members.map(({ nodeId }) => nodeId))
  const existingIds = existing.nodes.map(({ nodeId }) => nodeId)
  const missing = existingIds.filter(id => !input.infos.has(id))
  const infos = new Map([...input.infos, ...(await findNodes(ports.explorer, missing))])

  const used = await usedIps(input, existingIds)
  const leaving = new Set(
    [...input.leavingIps.keys()].filter(nodeId => {
      const entered = existing.nodes.some(node => node.nodeId === nodeId && node.accesses.length > 0)
      // A node that does not say who uses the network there keeps it.
      return !memberIds.has(nodeId) && !entered && used.get(nodeId)?.length === 0
    }),
  )

  const nodeIds = new Set(
    [...memberIds, ...existingIds].filter(id => !leaving.has(id) && !existing.silent.includes(id)),
  )
  const several = nodeIds.size > 1 || model.addAccess === true
  const nodes = await observeNodes(nodeIds, infos, input.book, existingIds, several)
  for (const nodeId of existingIds) {
    const facts = nodes.get(nodeId)
    if (facts && !used.has(nodeId)) nodes.set(nodeId, { ...facts, reachable: false })
  }
  const accessNodeId = await chooseAccessNode(ports, model, existing, nodes, several)

  // An access node that no machine is on joins the network too.
  let book = input.book
  if (accessNodeId !== undefined && !nodes.has(accessNodeId)) {
    const found = await findNodes(ports.explorer, [accessNodeId])
    for (const [id, info] of found) infos.set(id, info)
    book = nodeBook(ports, new Map([...infos.values()].map(info => [info.nodeId, info.twinId])))
    const joined = await observeNodes(new Set([accessNodeId]), infos, book, existingIds, true)
    for (const [id, facts] of joined) nodes.set(id, facts)
  }

  const seeds = new Map((model.myceliumSeeds ?? []).map(({ nodeId, seed }) => [nodeId, seed.toLowerCase()]))
  const wish: NetworkWish = {
    name: model.name,
    ipRange: model.ip_range,
    addAccess: model.addAccess ?? false,
    members,
    seeds,
    leaving,
  }
  return {
    wish,
    existing,
    nodes,
    reservedIps: used,
    book,
    ...(accessNodeId === undefined ? {} : { accessNodeId }),
  }
}

/** Addresses in use on the nodes that have the network, without those that are given up. */
async function usedIps(
  input: GatherInput,
  nodeIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const used = await Promise.all(
    nodeIds.map(async (nodeId): Promise<readonly (readonly [number, readonly string[]])[]> => {
      try {
        const ips = await input.book.calls(nodeId).privateIps(input.model.name)
        const leaving = input.leavingIps.get(nodeId)
        return [[nodeId, ips.filter(ip => !leaving?.has(ip))]]
      } catch (error) {
        if (!isUnreachable(error)) throw error
        return []
      }
    }),
  )
  return new Map(used.flat())
}

async function observeNodes(
  nodeIds: ReadonlySet<number>,
  infos: ReadonlyMap<number, NodeInfo>,
  book: NodeBook,
  existingIds: readonly number[],
  several: boolean,
): Promise<Map<number, NodeFacts>> {
  const facts = await Promise.all(
    [...nodeIds].map(nodeId => {
      const info = infos.get(nodeId) as NodeInfo
      // A node that has the network has a port already; one that joins is asked also to see that it answers.
      return observeNode(info, book, { ports: !existingIds.includes(nodeId), endpoint: several })
    }),
  )
  return new Map(facts.map(node => [node.info.nodeId, node]))
}

/**
 * Where people and hidden nodes connect to: the place they have, the one the model names, a public node the machines
 * are on, or the public node of the grid with the lowest id. The same every time; the peer client draws one at random.
 */
async function chooseAccessNode(
  ports: GridPorts,
  model: NetworkModel,
  existing: ExistingNetwork,
  nodes: ReadonlyMap<number, NodeFacts>,
  several: boolean,
): Promise<number | undefined> {
  const entered = existing.nodes.find(node => node.accesses.length > 0 && nodes.has(node.nodeId))
  if (entered) return entered.nodeId

  // The way in, or the public node that the others go through, may be on a node that does not answer now.
  if (existing.silent.length > 0) return undefined
  const hidden = [...nodes.values()].filter(node => node.wireguard && node.reachable && node.endpoint === undefined)
  const publics = [...nodes.values()].filter(node => node.wireguard && node.endpoint !== undefined)
  if (!model.addAccess) {
    if (several && hidden.length > 0 && publics.length === 0 && nodes.size > 1) throw hiddenNode(hidden)
    return undefined
  }

  if (model.accessNodeId !== undefined) {
    const [info] = (await findNodes(ports.explorer, [model.accessNodeId])).values()
    const isPublic = info?.publicConfig?.ipv4 !== undefined || info?.publicConfig?.ipv6 !== undefined
    if (info && isPublic && info.status === 'up' && info.features.includes('wireguard')) return info.nodeId
    throw new NetworkError('NETWORK_HIDDEN_NODE', `node ${model.accessNodeId} is not an access node, or it is down`, {
      where: 'network.accessNodeId',
      hint: 'an access node is up and has a public configuration; leave accessNodeId out to have one chosen',
    })
  }
  const own = publics.map(({ info }) => info.nodeId).sort((a, b) => a - b)
  if (own[0] !== undefined) return own[0]

  const candidates = await ports.explorer.nodes({
    ipv4: true,
    status: 'up',
    availableFor: ports.twinId,
    features: ['network', 'wireguard'],
    size: 50,
  })
  const [first] = candidates.map(({ nodeId }) => nodeId).sort((a, b) => a - b)
  if (first !== undefined) return first
  throw new NetworkError('NETWORK_HIDDEN_NODE', 'no node with a public address is up', {
    where: 'network.addAccess',
    hint: 'wait for one, or do without addAccess: Mycelium connects machines and people without it',
  })
}

function hiddenNode(hidden: readonly NodeFacts[]): NetworkError {
  const ids = hidden.map(({ info }) => info.nodeId).sort((a, b) => a - b)
  return new NetworkError(
    'NETWORK_HIDDEN_NODE',
    `node ${ids.join(', node ')} cannot be reached from outside, and the network has no access node`,
    {
      where: 'network',
      hint: 'set addAccess: true in the network, or use a public node too',
      details: { nodeIds: ids },
    },
  )
}
