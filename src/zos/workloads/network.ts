/** A private network on a full node: WireGuard, and Mycelium where asked. Source: zosbase pkg/gridtypes/zos/network.go. */
import { list, optional, struct } from '../json/composites.js'
import { cidr } from '../json/go-types.js'
import { text, uint } from '../json/scalars.js'
import type { NetworkData } from './data.js'
import { myceliumNetwork, networkChallenge, peer, validateMycelium, validatePeer } from './network-parts.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const network: WorkloadSpec<'network'> = {
  type: 'network',
  codec: struct<NetworkData>('zos', 'Network', {
    ip_range: cidr,
    subnet: cidr,
    wireguard_private_key: text(),
    wireguard_listen_port: uint(16),
    peers: list(peer),
    mycelium: optional(myceliumNetwork),
  }),
  validate(data) {
    if (data.ip_range === '') return 'network IP range cannot be empty'
    if (data.subnet === '') return 'network resource subnet cannot empty'
    if (data.wireguard_private_key === '') return 'network resource wireguard private key cannot empty'
    for (const other of data.peers) {
      const problem = validatePeer(other)
      if (problem !== undefined) return problem
    }
    return data.mycelium && validateMycelium(data.mycelium)
  },
  challenge: networkChallenge,
  capacity: () => noCapacity,
  updatable: true,
  sharable: true,
}
