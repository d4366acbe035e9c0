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
