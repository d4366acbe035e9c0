/**
 * A user's network: like ndmz, and closed towards the other networks on `br-ndmz`.
 *
 * The node's own rule against mail (host-ruleset.ts) works only where bridges call the IP hooks, and its answer gets
 * lost: here the connection is refused where it is routed, and the machine sees it.
 */
import type { NftTable } from '../ruleset.js'
import { gateFilter, gateNat } from './gate-ruleset.js'
import { goesToPorts, portSet } from './port-set.js'
import { accept, counter, field, leavesBy, match, resetTcp, rule } from './statements.js'

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
    forward: [rule(leavesBy(uplink), goesToPorts('tcp', ports), counter, resetTcp)],
    sets: [ports],
  })
  return [filter, gateNat([uplink])]
}
