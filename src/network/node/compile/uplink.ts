/**
 * The way out: the uplink's NIC in the bridge `zos`, and the bridge of the public segment, which has a NIC of its own or
 * goes through `zos` by a veth pair. Source: threefoldtech/zosbase pkg/network/{bootstrap,public}.
 */
import type { NodeNetworkConfig } from '../config/config.js'
import type { BridgeVlan, DesiredLink } from '../state/desired.js'
import { ROOT } from '../state/desired.js'
import { dynamicLink, type StateDraft, staticLink } from './draft.js'
import type { NodeFacts } from './facts.js'
import { BRIDGE, PUBLIC_VETH } from './names.js'

export function addUplink(draft: StateDraft, config: NodeNetworkConfig, facts: NodeFacts): void {
  const root = draft.in(ROOT)
  const { uplink, uplinkMac } = facts
  const vlans = vlansOf(config, facts)

  root.link({
    ...nic(uplink, BRIDGE.uplink),
    ...(vlans.nic.length === 0 ? {} : { vlans: vlans.nic, withoutVlan1: vlans.nic.length > 1 }),
  })
  root.ofLink(uplink, { disable_ipv6: 1 })
  root.link({
    ...dynamicLink(BRIDGE.uplink, 'bridge'),
    ...(uplinkMac === undefined ? {} : { mac: uplinkMac }),
    kind: 'bridge',
    // Not every kernel can filter, so it is asked for only where it is needed.
    vlanFiltering: vlans.nic.length > 0,
    ...(vlans.self === undefined ? {} : { vlans: [vlans.self] }),
  })
  root.ofLink(BRIDGE.uplink, { accept_ra: 1, ...withoutDetection(config) })
  // A router does not listen to other routers; the node's own namespace is none.
  root.sysctl('net.ipv6.conf.all.forwarding', 0)
  draft.service(facts.keepLease(BRIDGE.uplink, ROOT, { dns: true }))

  addPublicBridge(draft, facts, vlans.publicEnd)
  // Up, so that their cables are seen; in no bridge: one that was an uplink before must not join two segments.
  for (const idle of facts.idleNics) root.link({ ...dynamicLink(idle, 'nic'), kind: 'physical' })
}

function addPublicBridge(draft: StateDraft, { exit }: NodeFacts, vlan: BridgeVlan | undefined): void {
  const root = draft.in(ROOT)
  root.link({ ...staticLink(BRIDGE.public, 'bridge'), kind: 'bridge', vlanFiltering: false })
  root.ofLink(BRIDGE.public, { disable_ipv6: 1 })
  if (exit !== undefined) {
    root.link(nic(exit, BRIDGE.public))
    root.ofLink(exit, { disable_ipv6: 1 })
    return
  }
  const { uplinkEnd, publicEnd } = PUBLIC_VETH
  root.link({
    ...staticLink(uplinkEnd, 'veth'),
    kind: 'veth',
    peer: { namespace: ROOT, name: publicEnd },
    master: BRIDGE.uplink,
    ...(vlan === undefined ? {} : { vlans: [vlan] }),
  })
  root.link({
    ...staticLink(publicEnd, 'veth'),
    kind: 'veth',
    peer: { namespace: ROOT, name: uplinkEnd },
    master: BRIDGE.public,
  })
  root.ofLink(uplinkEnd, { disable_ipv6: 1 })
  root.ofLink(publicEnd, { disable_ipv6: 1 })
}

function nic(name: string, master: string): DesiredLink {
  return { ...staticLink(name, 'nic'), kind: 'physical', master }
}

/** The private segment's tag is the bridge's own; the public one's leads to the veth. Its own NIC needs no tag. */
function vlansOf({ uplink, exit }: NodeNetworkConfig, facts: NodeFacts) {
  const own = uplink?.vlan
  const shared = facts.exit === undefined ? exit?.vlan : undefined
  const ids = [own, shared].filter(id => id !== undefined)
  const access = (id: number): BridgeVlan => ({ id, pvid: true, untagged: true })
  return {
    nic: ids.map(id => ({ id, pvid: false, untagged: false })),
    self: own === undefined ? undefined : access(own),
    publicEnd: shared === undefined ? undefined : access(shared),
  }
}

/** For tests: an address made of a router's prefix is used at once. */
export function withoutDetection({ duplicateAddressDetection }: NodeNetworkConfig): Readonly<Record<string, number>> {
  return duplicateAddressDetection === false ? { accept_dad: 0, dad_transmits: 0 } : {}
}
