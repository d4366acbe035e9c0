import type { NodeNetworkConfig } from '../../../src/network/node/config/config.js'

export type Part = Pick<NodeNetworkConfig, 'networks' | 'machines'>

/** The configuration with more networks and machines. */
export function withParts(config: NodeNetworkConfig, ...parts: readonly Part[]): NodeNetworkConfig {
  const all = [config, ...parts]
  return {
    ...config,
    networks: all.flatMap(({ networks = [] }) => networks),
    machines: all.flatMap(({ machines = [] }) => machines),
  }
}

/** The node as it is before anybody has a network on it. */
export function withoutNetworks(config: NodeNetworkConfig): NodeNetworkConfig {
  return { ...config, networks: [], machines: [] }
}

/** One more peer of a network, which dials in. */
export function withPeer(config: NodeNetworkConfig, name: string, subnet: string): NodeNetworkConfig {
  const peer = {
    subnet,
    wireguard_public_key: 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=',
    allowed_ips: [subnet],
    endpoint: '',
  }
  return {
    ...config,
    networks: (config.networks ?? []).map(network =>
      network.name === name ? { ...network, data: { ...network.data, peers: [...network.data.peers, peer] } } : network,
    ),
  }
}
