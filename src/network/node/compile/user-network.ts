/**
 * A user's private network on this node: a bridge for its machines, and a namespace that is their gateway, leads out
 * through ndmz, and to the network's other nodes by WireGuard and Mycelium.
 * Source: threefoldtech/zosbase pkg/network/{networker.go,nr}; pkg/netlight for light networks.
 */
import { Secret } from '../../../core/secret.js'
import type { NetworkConfig, NodeNetworkConfig } from '../config/config.js'
import { ndmzIpv6 } from '../decide/ndmz-leases.js'
import { networkGateway, networkUla, networkWireguard } from '../decide/network-addresses.js'
import { networkRuleset } from '../nft/rulesets/network-ruleset.js'
import type { DesiredLink, WireguardConfig } from '../state/desired.js'
import { ROOT } from '../state/desired.js'
import { type StateDraft, stableMac, staticLink } from './draft.js'
import type { NodeFacts } from './facts.js'
import { addMycelium } from './mycelium.js'
import { BRIDGE, LINK_LOCAL_GATEWAY, NAMESPACE, NDMZ_GATEWAY4 } from './names.js'
import { addNetworkBridge, devicesOf, type NetworkDevices } from './network-devices.js'

const WIREGUARD_MTU = 1420
/** Hidden nodes keep their way in open with it. */
const KEEPALIVE_SECONDS = 20
const OUT = 'public'

/** @param lease the network's address in 100.127.0.0/16 */
export function addUserNetwork(
  draft: StateDraft,
  network: NetworkConfig,
  given: { readonly config: NodeNetworkConfig; readonly facts: NodeFacts; readonly lease: string },
): void {
  const devices = devicesOf(network)
  const { config, facts, lease } = given
  const { data } = network
  const inside = draft.in(devices.namespace)

  addNetworkBridge(draft, devices.bridge)
  const gateway = networkGateway(data.subnet)
  const prefixLength = data.subnet.split('/')[1]
  inside.link({
    ...staticLink(
      devices.inner,
      'network',
      `${gateway}/${prefixLength}`,
      `${LINK_LOCAL_GATEWAY}/64`,
      networkUla(devices.id, gateway),
    ),
    macWhenMade: stableMac(devices.namespace, devices.inner),
    kind: 'macvlan',
    parent: devices.bridge,
  })
  inside.link({
    ...staticLink(OUT, 'network', `${lease}/16`, `${ndmzIpv6(lease)}/64`),
    macWhenMade: stableMac(devices.namespace, OUT),
    kind: 'macvlan',
    parent: BRIDGE.ndmz,
  })
  inside.route({ to: '0.0.0.0/0', via: NDMZ_GATEWAY4, link: OUT })
  inside.route({ to: '::/0', via: LINK_LOCAL_GATEWAY, link: OUT })
  inside.sysctl('net.ipv4.ip_forward', 1)
  inside.sysctl('net.ipv6.conf.all.forwarding', 1)
  inside.nft(networkRuleset({ blockedPorts: config.blockedPorts ?? [], uplink: OUT }))

  if (data.wireguard_private_key !== '') {
    inside.link(wireguardLink(network, devices, config.public === undefined ? ROOT : NAMESPACE.public))
    inside.route({ to: data.ip_range, link: devices.wireguard })
  }
  if (data.mycelium !== undefined) addMycelium(draft, devices, data.mycelium.hex_key, { config, facts })
}

function wireguardLink({ data }: NetworkConfig, { wireguard: name }: NetworkDevices, birthplace: string): DesiredLink {
  const wireguard: WireguardConfig = {
    privateKey: new Secret(data.wireguard_private_key),
    listenPort: data.wireguard_listen_port,
    peers: data.peers.map(({ wireguard_public_key: publicKey, endpoint, allowed_ips: allowedIps }) => ({
      publicKey,
      ...(endpoint === '' ? {} : { endpoint }),
      allowedIps,
      keepaliveSeconds: KEEPALIVE_SECONDS,
    })),
  }
  const link = staticLink(name, 'wireguard', networkWireguard(data.subnet))
  return {
    ...link,
    // Nothing else tells where a device was born, and it sends from there as long as it lives.
    ...(birthplace === ROOT ? {} : { mark: `${link.mark}@${birthplace}` }),
    mtu: WIREGUARD_MTU,
    kind: 'wireguard',
    birthplace,
    wireguard,
  }
}
