/**
 * A user's network: like ndmz, and closed towards the other networks on `br-ndmz`.
 *
 * Mail is refused here, where the connection is routed, and the machine sees it: the answer of the node's own rule
 * (host-ruleset.ts), for what does not come by here, gets lost where the node has no way back. It is refused by ICMP: where
 * bridges call the IP hooks, a packet still has the mark of the bridge in another namespace, and the kernel drops the TCP
 * reset that it makes of it (linux net/ipv4/netfilter/nf_reject_ipv4.c, nf_bridge_get_physindev).
 */
import type { NftTable } from '../ruleset.js'
import { gateFilter, gateNat } from './gate-ruleset.js'
import { goesToPorts, portSet } from './port-set.js'
import { accept, counter, field, leavesBy, match, refuse, rule } from './statements.js'

/** Not all of ICMPv6: machines of other networks could ping this one by its address on `br-ndmz`. */
const NEIGHBOUR_DISCOVERY = ['nd-neighbor-solicit', 'nd-neighbor-advert']

export interface NetworkRulesetOptions {
  /** TCP ports that its machines cannot reach outside. */
  readonly blockedPorts: readonly number[]
  /** `public` when absent. */
  readonly uplink?: string
}

/** @throws {NodeNetworkError} NODE_NET_NAME, NODE_NET_PORT */
export function networkRuleset({ blockedPorts, uplink = 'public' }: NetworkRulesetOptions): readonly NftTable[] {
  const ports = portSet('blocked-ports', blockedPorts)
  const filter = gateFilter({
    ways: [uplink],
    input: NEIGHBOUR_DISCOVERY.map(type => rule(match(field('icmpv6', 'type'), type), accept)),
    forward: [rule(leavesBy(uplink), goesToPorts('tcp', ports), counter, refuse)],
    sets: [ports],
  })
  return [filter, gateNat([uplink])]
}
