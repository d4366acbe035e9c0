/**
 * The farmer's public addresses, static, in a namespace of their own on the public segment. WireGuard sockets are born
 * there. Source: threefoldtech/zosbase pkg/network/public.
 */
import type { NodeNetworkConfig } from '../config/config.js'
import { nodeMac } from '../decide/device-names.js'
import { publicNamespaceRuleset } from '../nft/rulesets/public-namespace-ruleset.js'
import { type StateDraft, staticLink } from './draft.js'
import { BRIDGE, NAMESPACE } from './names.js'
import { withoutDetection } from './uplink.js'

const LINK = 'public'
/** Better than 1024, which the kernel gives the route that a router advertises: that one may be there before ours. */
const STATIC_METRIC = 512

export function addPublicNamespace(draft: StateDraft, config: NodeNetworkConfig): void {
  const { ipv4, gateway4, ipv6, gateway6 } = config.public ?? {}
  if (ipv4 === undefined && ipv6 === undefined) return
  const detect = config.duplicateAddressDetection !== false
  const inside = draft.in(NAMESPACE.public)
  inside.link({
    ...staticLink(LINK, 'public'),
    addresses: [ipv4, ipv6]
      .filter(cidr => cidr !== undefined)
      .map(cidr => ({ cidr, duplicateDetection: detect && cidr.includes(':') })),
    // With IPv6 a router may add addresses of its own prefix.
    addressing: 'dynamic',
    mac: nodeMac(config.node, '-public'),
    kind: 'macvlan',
    parent: BRIDGE.public,
  })
  inside.ofLink(LINK, { accept_ra: 2, accept_ra_defrtr: 1, ...withoutDetection(config) })
  const wireguardPorts = (config.networks ?? [])
    .filter(({ data }) => data.wireguard_private_key !== '')
    .map(({ data }) => data.wireguard_listen_port)
  inside.nft(publicNamespaceRuleset({ wireguardPorts }))
  if (gateway4 !== undefined) inside.route({ to: '0.0.0.0/0', via: gateway4, link: LINK })
  if (gateway6 !== undefined) inside.route({ to: '::/0', via: gateway6, link: LINK, metric: STATIC_METRIC })
}
