/**
 * A private network on a light node: Mycelium always, WireGuard where there is a key.
 * Source: threefoldtech/zosbase pkg/gridtypes/zos/network_light.go (hashed like a full network since v1.0.0).
 */
import { list, struct } from '../json/composites.js'
import { cidr } from '../json/go-types.js'
import { text, uint } from '../json/scalars.js'
import type { NetworkLightData } from './data.js'
import { myceliumNetwork, networkChallenge, peer, validateMycelium } from './network-parts.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const networkLight: WorkloadSpec<'network-light'> = {
  type: 'network-light',
  codec: struct<NetworkLightData>('zos', 'NetworkLight', {
    subnet: cidr,
    mycelium: myceliumNetwork,
    ip_range: cidr,
    wireguard_private_key: text(),
    wireguard_listen_port: uint(16),
    peers: list(peer),
  }),
  validate(data) {
    if (data.subnet === '') return 'network resource subnet cannot empty'
    return validateMycelium(data.mycelium)
  },
  challenge: networkChallenge,
  capacity: () => noCapacity,
  updatable: true,
  sharable: true,
}
