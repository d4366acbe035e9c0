/** Is a description of a network possible? Everybody has a place and a key of their own. Pure; runs in a browser. */
import { NetworkError } from '../../errors/network.js'
import { type Cidr, formatCidr } from './cidr.js'
import { parseNodeSubnet } from './network-range.js'
import type { TopologyAccess, TopologyNode } from './topology.js'
import { parseEndpoint } from './wireguard.js'
import { parseWireguardKey } from './wireguard-keys.js'

/** @throws {InputError|NetworkError} NETWORK_RANGE, NETWORK_CONFLICT naming both places, INPUT_KEY, INPUT_CIDR, INPUT_IP */
export function checkTopology(range: Cidr, nodes: readonly TopologyNode[], accesses: readonly TopologyAccess[]): void {
  const ids = new Set<number>()
  for (const { nodeId, endpoint } of nodes) {
    if (ids.has(nodeId)) throw new NetworkError('NETWORK_CONFLICT', `node ${nodeId} is in the network twice`)
    ids.add(nodeId)
    if (endpoint !== undefined) parseEndpoint(endpoint, `the endpoint of node ${nodeId}`)
  }

  const members = [
    ...nodes.map(node => ({ ...node, place: `node ${node.nodeId}` })),
    ...accesses.map(access => ({ ...access, place: `the way in at node ${access.nodeId} with ${access.subnet}` })),
  ]
  const subnets = new Map<string, string>()
  const keys = new Map<string, string>()
  for (const { place, subnet, publicKey } of members) {
    parseWireguardKey(publicKey, `the WireGuard public key of ${place}`)
    const text = formatCidr(parseNodeSubnet(subnet, range, `the subnet of ${place}`))
    claim(subnets, text, place, `the subnet ${text}`)
    claim(keys, publicKey, place, 'the same WireGuard key')
  }
}

function claim(owners: Map<string, string>, value: string, place: string, what: string): void {
  const other = owners.get(value)
  if (other !== undefined) {
    throw new NetworkError('NETWORK_CONFLICT', `${other} and ${place} both have ${what}`, {
      where: place,
      details: { places: [other, place] },
    })
  }
  owners.set(value, place)
}
