/**
 * The namespace that networks leave the node through: addresses towards them, one link out for each family, and NAT.
 * Source: threefoldtech/zosbase pkg/network/ndmz.
 */
import type { NodeNetworkConfig } from '../config/config.js'
import { nodeMac } from '../decide/device-names.js'
import { ndmzRuleset } from '../nft/rulesets/ndmz-ruleset.js'
import { ROOT } from '../state/desired.js'
import { dynamicLink, type StateDraft, stableMac, staticLink } from './draft.js'
import type { NodeFacts } from './facts.js'
import { BRIDGE, LINK_LOCAL_GATEWAY, NAMESPACE, NDMZ_GATEWAY4, NDMZ_LINK } from './names.js'
import { withoutDetection } from './uplink.js'

export function addNdmz(draft: StateDraft, config: NodeNetworkConfig, facts: NodeFacts): void {
  const root = draft.in(ROOT)
  root.link({ ...staticLink(BRIDGE.ndmz, 'bridge'), kind: 'bridge', vlanFiltering: false })
  root.ofLink(BRIDGE.ndmz, { disable_ipv6: 1 })

  const { networks, ipv4, ipv6 } = NDMZ_LINK
  const ndmz = draft.in(NAMESPACE.ndmz)
  ndmz.link({
    ...staticLink(networks, 'ndmz', `${NDMZ_GATEWAY4}/16`, `${LINK_LOCAL_GATEWAY}/64`, 'fd00::1/64'),
    macWhenMade: stableMac(NAMESPACE.ndmz, networks),
    kind: 'macvlan',
    parent: BRIDGE.ndmz,
  })
  ndmz.link({
    ...dynamicLink(ipv4, 'ndmz'),
    mac: nodeMac(config.node, '-ndmz4'),
    kind: 'macvlan',
    parent: BRIDGE.uplink,
  })
  ndmz.link({
    ...dynamicLink(ipv6, 'ndmz'),
    mac: nodeMac(config.node, '-ndmz6'),
    kind: 'macvlan',
    parent: BRIDGE.public,
  })
  ndmz.ofLink(ipv4, { disable_ipv6: 1 })
  // A router, and it listens to other routers all the same.
  ndmz.ofLink(ipv6, { accept_ra: 2, accept_ra_defrtr: 1, ...withoutDetection(config) })
  // Never inherited from the namespace it is made in.
  ndmz.sysctl('net.ipv4.ip_forward', 1)
  ndmz.sysctl('net.ipv6.conf.all.forwarding', 1)
  ndmz.nft(ndmzRuleset({ uplinks: [ipv4, ipv6] }))
  draft.service(facts.keepLease(ipv4, NAMESPACE.ndmz, { dns: false }))
}
