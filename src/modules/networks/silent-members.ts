/** Nodes of a network that do not answer: known from what the others have of them. Pure. */
import { GridError } from '../../errors/grid.js'
import { contains, parseCidr } from '../../network/address/index.js'
import type { WireguardPeer } from '../../zos/workloads/data.js'
import type { ExistingAccess, ExistingNetwork } from './existing.js'
import type { Member, NetworkInput } from './network-input.js'

/** Peers that nodes have and that are neither a known node nor a known way in: silent nodes of this network. */
export function strangerPeers(input: NetworkInput, accesses: readonly ExistingAccess[]): readonly WireguardPeer[] {
  if (input.existing.silent.length === 0) return []
  const known = knownSubnets(input, accesses)
  const peers = input.existing.nodes.flatMap(({ workload }) => workload.data.peers)
  const strangers = new Map(
    peers.filter(peer => !known.has(peer.subnet)).map(peer => [peer.wireguard_public_key, peer]),
  )
  return [...strangers.values()]
}

/**
 * /24s that somebody of the network has who cannot be asked: silent nodes, hidden nodes and ways in behind them. The
 * others have them among what they send there.
 */
export function strangerSubnets(input: NetworkInput, accesses: readonly ExistingAccess[]): readonly string[] {
  if (input.existing.silent.length === 0) return []
  const known = knownSubnets(input, accesses)
  const range = parseCidr(input.wish.ipRange)
  const peers = input.existing.nodes.flatMap(({ workload }) => workload.data.peers)
  const routed = peers
    .flatMap(peer => [peer.subnet, ...peer.allowed_ips])
    .filter(text => {
      const cidr = parseCidr(text)
      return cidr.version === 4 && cidr.prefixLength === 24 && contains(range, cidr)
    })
  return [...new Set(routed)].filter(subnet => !known.has(subnet))
}

/** A place that is given away while a silent node may have it would be there twice, for good.
 *
 * @throws {GridError} GRID_NODE_UNREACHABLE naming the silent nodes and who asks for a place
 */
export function checkPlaces(
  input: NetworkInput,
  strangers: readonly string[],
  memberIds: readonly number[],
  accesses: readonly ExistingAccess[],
): void {
  const { wish, existing } = input
  if (strangers.length >= existing.silent.length) return
  const asking = memberIds.filter(id => !existing.nodes.some(({ nodeId }) => nodeId === id)).map(id => `node ${id}`)
  if (accesses.some(({ subnet }) => subnet === '')) asking.push('a way in')
  if (asking.length === 0) return
  const silent = existing.silent.map(id => `node ${id}`).join(', ')
  throw new GridError(
    'GRID_NODE_UNREACHABLE',
    `${silent} of network ${wish.name} does not answer, and nobody else knows its subnet: none can be given to ${asking.join(', ')}`,
    {
      where: silent,
      hint: 'run the program again when it is back, use another network, or delete what is there: that needs no node',
      details: { nodeIds: existing.silent, network: wish.name },
    },
  )
}

/** What goes through a silent node goes on doing so: only that node knows who is behind it. */
export function keepSilentRoutes(
  planned: ReadonlyMap<number, WireguardPeer[]>,
  silent: readonly SilentMember[],
  existing: ExistingNetwork,
): ReadonlyMap<number, WireguardPeer[]> {
  const keys = new Set(silent.map(({ publicKey }) => publicKey))
  const now = new Map(existing.nodes.map(({ nodeId, workload }) => [nodeId, workload.data.peers]))
  return new Map(
    [...planned].map(([nodeId, peers]) => {
      const before = (peer: WireguardPeer) =>
        now.get(nodeId)?.find(({ wireguard_public_key: key }) => key === peer.wireguard_public_key)
      return [nodeId, peers.map(peer => (keys.has(peer.wireguard_public_key) ? (before(peer) ?? peer) : peer))]
    }),
  )
}

function knownSubnets(input: NetworkInput, accesses: readonly ExistingAccess[]): ReadonlySet<string> {
  const nodes = input.existing.nodes.map(({ workload }) => workload.data.subnet)
  return new Set([...nodes, ...accesses.map(({ subnet }) => subnet)])
}

export interface SilentMember {
  readonly nodeId: number
  readonly subnet: string
  readonly publicKey: string
  readonly endpoint?: string
}

/** A node that does not answer stays in the others' peers as they know it, so that it finds its place when it is back. */
export function silentMembers(
  input: NetworkInput,
  members: readonly Member[],
  accesses: readonly ExistingAccess[],
): readonly SilentMember[] {
  const own = new Set(members.map(({ publicKey }) => publicKey))
  return strangerPeers(input, accesses)
    .filter(peer => !own.has(peer.wireguard_public_key))
    .map((peer, index) => ({
      // Its id cannot be told from its key when another client made that; any id that is not used will do.
      nodeId: input.existing.silent[index] ?? -1 - index,
      subnet: peer.subnet,
      publicKey: peer.wireguard_public_key,
      ...(peer.endpoint === '' ? {} : { endpoint: peer.endpoint }),
    }))
}
