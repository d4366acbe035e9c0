/** Nodes of a network that do not answer: known from what the others have of them. Pure. */
import type { WireguardPeer } from '../../zos/workloads/data.js'
import type { ExistingAccess } from './existing.js'
import type { Member, NetworkInput } from './network-input.js'

/** Peers that nodes have and that are neither a known node nor a known way in: silent nodes of this network. */
export function strangerPeers(input: NetworkInput, accesses: readonly ExistingAccess[]): readonly WireguardPeer[] {
  if (input.existing.silent.length === 0) return []
  const known = new Set([
    ...input.existing.nodes.map(({ workload }) => workload.data.subnet),
    ...accesses.map(({ subnet }) => subnet),
  ])
  const peers = input.existing.nodes.flatMap(({ workload }) => workload.data.peers)
  const strangers = new Map(
    peers.filter(peer => !known.has(peer.subnet)).map(peer => [peer.wireguard_public_key, peer]),
  )
  return [...strangers.values()]
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
