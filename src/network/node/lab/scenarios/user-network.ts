/** A user's network over several nodes of a lab, with a machine on each: WireGuard between them, as on the grid. */
import { deriveWireguardKey, wireguardKeysFrom, wireguardPeers } from '../../../address/index.js'
import type { NodeNetworkConfig } from '../../config/config.js'

export interface Member {
  /** Where others dial it; absent for a hidden node. */
  readonly endpoint?: string
}

export interface UserNetwork {
  readonly twin: number
  readonly name: string
  /** A /16, each node with the /24 of its number in it: `10.77` is 10.77.0.0/16. */
  readonly range: string
  readonly port: number
}

type Networks = Pick<NodeNetworkConfig, 'networks' | 'machines'>

/** Nobody's secret: a lab's keys are the same everywhere, so that two runs can be compared. */
const SECRET = new TextEncoder().encode('the secret of all hyphae labs')

/** What each node is configured with, in order: its part of the network, and the machine `.2` in it.
 *
 * @param members the nodes; their numbers begin at 1
 */
export function userNetwork(network: UserNetwork, members: readonly Member[]): readonly Networks[] {
  const { twin, name, range, port } = network
  const nodes = members.map(({ endpoint }, index) => {
    const nodeId = index + 1
    const origin = { secret: SECRET, purpose: 'wireguard-node', twinId: twin, network: name, nodeId } as const
    return {
      nodeId,
      subnet: `${range}.${nodeId}.0/24`,
      keys: wireguardKeysFrom(deriveWireguardKey(origin)),
      ...(endpoint === undefined ? {} : { endpoint: `${endpoint}:${port}` }),
    }
  })
  const peers = wireguardPeers({
    ipRange: `${range}.0.0/16`,
    nodes: nodes.map(({ keys, ...node }) => ({ ...node, publicKey: keys.publicKey })),
  })
  return nodes.map(({ nodeId, subnet, keys }) => ({
    networks: [
      {
        twin,
        name,
        type: 'network',
        data: {
          ip_range: `${range}.0.0/16`,
          subnet,
          wireguard_private_key: keys.privateKey,
          wireguard_listen_port: port,
          peers: peers.get(nodeId) ?? [],
        },
      },
    ],
    machines: [{ id: `${twin}-${nodeId}-vm`, twin, network: name, ip: `${range}.${nodeId}.2`, attach: 'namespace' }],
  }))
}
