/**
 * The node's root namespace: machines cannot send mail past the rules of their networks (network-ruleset.ts), on their
 * bridge itself or by a way that somebody has made through the node.
 *
 * The Go node refuses in `prerouting`, before the network sees the packet; its answer has no way back where the node itself
 * has no default route of the family, and the machine waits. Frames on bridges come by here only while
 * `net.bridge.bridge-nf-call-iptables` is 1; the table has a name of its own, so that it stands beside whatever the machine
 * has. Source: threefoldtech/zos cmds/modules/networkd/nft.go.
 */
import type { NftTable } from '../ruleset.js'
import { goesToPorts, portSet } from './port-set.js'
import { at, chain, comesFrom, counter, resetTcp, rule } from './statements.js'

/** The bridges of all networks. */
const NETWORK_BRIDGES = 'b-*'

/** @throws {NodeNetworkError} NODE_NET_PORT */
export function hostRuleset({ blockedPorts }: { readonly blockedPorts: readonly number[] }): readonly NftTable[] {
  const ports = portSet('blocked-ports', blockedPorts)
  const block = rule(comesFrom(NETWORK_BRIDGES), goesToPorts('tcp', ports), counter, resetTcp)
  return [{ family: 'inet', name: 'zos-host', sets: [ports], chains: [chain('forward', [block], at('forward', 0))] }]
}
