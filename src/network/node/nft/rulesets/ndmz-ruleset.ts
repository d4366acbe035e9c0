/**
 * `ndmz`: the way out of all networks, and of the node's own daemons.
 *
 * Networks reach each other neither through it (`tonrs` to `tonrs` is dropped here) nor past it, on `br-ndmz` itself:
 * there the ruleset of each network drops what is new from `public`.
 */
import type { NftTable } from '../ruleset.js'
import { gateFilter, gateNat } from './gate-ruleset.js'
import { accept, comesFrom, counter, drop, field, isProtocol, leavesBy, match, rule } from './statements.js'

/** ndmz's own link to the networks. */
const TO_NETWORKS = 'tonrs'
const LINK_LOCAL = { prefix: { addr: 'fe80::', len: 64 } }

/** @param uplinks the links that lead out: `npub4`, `npub6`
 * @throws {NodeNetworkError} NODE_NET_NAME
 */
export function ndmzRuleset({ uplinks }: { readonly uplinks: readonly string[] }): readonly NftTable[] {
  const fromNeighbour = match(field('ip6', 'saddr'), LINK_LOCAL)
  const filter = gateFilter({
    ways: uplinks,
    input: [
      // Neighbour discovery and router advertisements are ICMPv6; without them there is no IPv6.
      rule(isProtocol('ipv6-icmp'), accept),
      // Mycelium daemons of one segment find each other by beacons, and then connect.
      rule(fromNeighbour, match(field('udp', 'dport'), 9650), accept),
      rule(fromNeighbour, match(field('tcp', 'dport'), 9651), accept),
    ],
    forward: [rule(comesFrom(TO_NETWORKS), leavesBy(TO_NETWORKS), counter, drop)],
  })
  return [filter, gateNat(uplinks)]
}
