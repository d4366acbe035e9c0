/**
 * Who dials whom in a WireGuard network, and which addresses go through whom. Pure; runs in a browser.
 *
 * Public nodes know each other. A hidden node, which nobody can dial, knows one public node, its access node, and sends
 * everything there; the others reach it through that node, as they reach people who enter the network at one. On every
 * node each address belongs to exactly one peer: that is how WireGuard chooses and how it checks.
 * Sources: threefoldtech/tfgrid-sdk-ts packages/grid_client/src/primitives/network.ts; threefoldtech/zosbase
 * pkg/network/nr/net_resource.go (hidden nodes send the whole range and 100.64.0.0/16 through their access node).
 */
import type { WireguardPeer } from '../../zos/workloads/data.js'
import { checkTopology } from './check-topology.js'
import { chooseAccess } from './choose-access.js'
import { formatCidr } from './cidr.js'
import { parseNetworkRange, parseNodeSubnet } from './network-range.js'
import { ROUTING_RANGE, routingIp } from './wireguard.js'

export interface TopologyNode {
  readonly nodeId: number
  /** Its /24. */
  readonly subnet: string
  /** Base64. */
  readonly publicKey: string
  /** `host:port` that others dial; absent on hidden nodes, and where nobody needs to dial. */
  readonly endpoint?: string
  /** The peers it has now: a hidden node keeps the access node it is attached to. */
  readonly peers?: readonly Pick<WireguardPeer, 'wireguard_public_key' | 'endpoint'>[]
}

/** A person's way into the network. */
export interface TopologyAccess {
  /** The node it leads to; never a hidden one. */
  readonly nodeId: number
  readonly subnet: string
  readonly publicKey: string
}

export interface TopologyInput {
  /** The network's /16. */
  readonly ipRange: string
  readonly nodes: readonly TopologyNode[]
  readonly accesses?: readonly TopologyAccess[]
  /** The access node of hidden nodes that have none yet. Chosen when absent. */
  readonly accessNodeId?: number
}

export interface Topology {
  /** Where hidden nodes attach that have no access node yet; undefined when no node is public. */
  readonly accessNodeId?: number
  /** Hidden node → its access node. */
  readonly via: ReadonlyMap<number, number>
  /** Of every node: public peers by id, then who is attached to it, by id and by subnet. */
  readonly peers: ReadonlyMap<number, WireguardPeer[]>
}

/** @throws {InputError|NetworkError} NETWORK_HIDDEN_NODE when a hidden node or a person has no public node to go to;
 *   NETWORK_RANGE, NETWORK_CONFLICT naming both places, INPUT_KEY, INPUT_CIDR, INPUT_IP on an impossible description
 */
export function planTopology(input: TopologyInput): Topology {
  const range = parseNetworkRange(input.ipRange)
  const nodes = [...input.nodes].sort((a, b) => a.nodeId - b.nodeId)
  const accesses = [...(input.accesses ?? [])].sort(bySubnet)
  checkTopology(range, nodes, accesses)

  const { accessNodeId, via } = chooseAccess({ ...input, nodes, accesses })
  const attached = new Map<number, Member[]>(nodes.map(({ nodeId }) => [nodeId, []]))
  for (const node of nodes) attached.get(via.get(node.nodeId) as number)?.push(node)
  for (const access of accesses) attached.get(access.nodeId)?.push(access)

  const publics = nodes
    .filter(node => node.endpoint !== undefined)
    .map(node => {
      const behind = [...(attached.get(node.nodeId) as Member[])].sort(bySubnet)
      return { node, reached: [node, ...behind].flatMap(addressesOf) }
    })

  const peers = new Map<number, WireguardPeer[]>()
  for (const node of nodes) {
    const access = publics.find(other => other.node.nodeId === via.get(node.nodeId))
    if (access) {
      peers.set(node.nodeId, [toPeer(access.node, [formatCidr(range), ROUTING_RANGE])])
    } else {
      const others = publics.filter(other => other.node !== node)
      const dialling = attached.get(node.nodeId) as Member[]
      peers.set(node.nodeId, [
        ...others.map(other => toPeer(other.node, [...other.reached])),
        ...dialling.map(other => toPeer(other, addressesOf(other))),
      ])
    }
  }
  return { via, peers, ...(accessNodeId === undefined ? {} : { accessNodeId }) }
}

/** The peers of every node, as `planTopology` finds them.
 *
 * @example
 * const peers = wireguardPeers({ ipRange: '10.249.0.0/16', nodes: [
 *   { nodeId: 11, subnet: '10.249.2.0/24', publicKey: a, endpoint: '185.206.122.31:5566' },
 *   { nodeId: 168, subnet: '10.249.3.0/24', publicKey: b },
 * ] })
 * peers.get(168)[0].allowed_ips // ['10.249.0.0/16', '100.64.0.0/16']
 */
export function wireguardPeers(input: TopologyInput): ReadonlyMap<number, WireguardPeer[]> {
  return planTopology(input).peers
}

type Member = TopologyNode | TopologyAccess

function toPeer(member: Member, allowedIps: string[]): WireguardPeer {
  return {
    subnet: formatCidr(parseNodeSubnet(member.subnet)),
    wireguard_public_key: member.publicKey,
    allowed_ips: allowedIps,
    endpoint: 'endpoint' in member ? (member.endpoint ?? '') : '',
  }
}

function addressesOf({ subnet }: Member): string[] {
  return [formatCidr(parseNodeSubnet(subnet)), routingIp(subnet)]
}

function bySubnet(a: Member, b: Member): number {
  return Number(parseNodeSubnet(a.subnet).value - parseNodeSubnet(b.subnet).value)
}
