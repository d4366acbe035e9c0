/** Configurations between which every kind of operation happens. */
import type { NodeNetworkConfig } from '../../../src/network/node/config/config.js'

/** With a public address of a machine and with Mycelium. */
export function fullOf(config: NodeNetworkConfig, mycelium: string): NodeNetworkConfig {
  const publicIp = { id: '7-9-ip', ipv4: '203.0.113.77/24', gateway4: '203.0.113.1' }
  return {
    ...config,
    mycelium: { binary: mycelium, peers: ['tcp://192.0.2.1:9651'] },
    networks: (config.networks ?? []).map(network => ({
      ...network,
      data: { ...network.data, mycelium: { hex_key: '05'.repeat(32), peers: [] } },
    })),
    machines: (config.machines ?? []).flatMap(machine => [
      machine,
      { ...machine, id: '7-9-vm', ip: machine.ip.replace(/\.2$/, '.9'), publicIp },
    ]),
  }
}

export function bareOf({ networks: _, machines: __, public: ___, ...config }: NodeNetworkConfig): NodeNetworkConfig {
  return { ...config, networks: [], machines: [] }
}

/** Another subnet and port of its network, another gateway of the node, other blocked ports. */
export function changedOf(config: NodeNetworkConfig): NodeNetworkConfig {
  const moved = (text: string) => text.replace(/^10\.77\.(\d)\./, '10.77.4$1.')
  return {
    ...config,
    blockedPorts: [25, 465],
    public: { ...config.public, gateway6: '2001:db8:1::2' },
    networks: (config.networks ?? []).map(network => ({
      ...network,
      data: {
        ...network.data,
        subnet: moved(network.data.subnet),
        wireguard_listen_port: 3015,
        peers: network.data.peers.map(peer => ({ ...peer, endpoint: peer.endpoint.replace(':3011', ':3015') })),
      },
    })),
    machines: (config.machines ?? []).map(machine => ({ ...machine, ip: moved(machine.ip) })),
  }
}
