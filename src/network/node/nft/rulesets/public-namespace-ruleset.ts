/**
 * The namespace `public`: the node's own static addresses, on which it takes what its services need and nothing else.
 *
 * WireGuard devices of networks are born here, so their packets arrive here, whatever namespace the devices are in.
 */
import type { NftTable } from '../ruleset.js'
import { gateFilter } from './gate-ruleset.js'
import { goesToPorts, portSet } from './port-set.js'
import { accept, isProtocol, rule } from './statements.js'

/** Mycelium over TCP and QUIC, and the measurement server of farmers. */
const NODE_PORTS = [300, 9651]

export interface PublicNamespaceOptions {
  /** UDP ports of the networks of this node. */
  readonly wireguardPorts?: readonly number[]
}

/** @throws {NodeNetworkError} NODE_NET_PORT */
export function publicNamespaceRuleset({ wireguardPorts = [] }: PublicNamespaceOptions = {}): readonly NftTable[] {
  const node = portSet('node-ports', NODE_PORTS)
  const wireguard = portSet('wireguard-ports', wireguardPorts)
  return [
    gateFilter({
      ways: ['public'],
      input: [
        rule(isProtocol('icmp'), accept),
        rule(isProtocol('ipv6-icmp'), accept),
        rule(goesToPorts('tcp', node), accept),
        rule(goesToPorts('udp', node), accept),
        rule(goesToPorts('udp', wireguard), accept),
      ],
      sets: [node, wireguard],
    }),
  ]
}
