/** What was found out about each NIC, and what the choices that follow from it have in common. */
import { contains, type Ip, overlaps, parseCidr, parseIp } from '../../address/index.js'

export interface NicProbe {
  readonly nic: string
  readonly mac?: string
  /** A cable with something at its other end. */
  readonly carrier: boolean
  /** A port of something that is not ours already: nobody takes it away from there. */
  readonly enslaved?: boolean
  /** DHCPv4: own address with prefix length, and the router where the lease names one. */
  readonly leases: readonly { readonly address: string; readonly router?: string }[]
  /** Own addresses with prefix length, global or ULA; not the link-local ones. */
  readonly ipv6: readonly string[]
  /** Whom router advertisements name as the way out. */
  readonly gateway6?: string
  /** Hardware addresses of the routers that answered. */
  readonly routerMacs?: readonly string[]
}

/** A sentence for a farmer, with what to do; the code is for programs. */
export interface Warning<Code extends string = WarningCode> {
  readonly code: Code
  readonly message: string
}

export type WarningCode =
  | 'run-inbound-test' // whether IPv6 reaches the node is not known
  | 'no-ipv6' // a public node without it
  | 'ipv4-workloads-cannot-egress'
  | 'bonding-unsupported' // two cables to one segment
  | 'public-vlan-ignored' // the exit is a NIC of its own
  | 'exit-ambiguous' // several NICs could be the exit
  | 'exit-not-chosen' // a public configuration, and no NIC that shows itself as public
  | 'exit-unusable' // the NIC that was named is not there, or belongs to something else
  | 'exit-no-carrier'
  | 'uplink-unusable' // the NIC that was named has no way out
  | 'no-uplink'

export type Ipv4Kind = 'private' | 'cgnat' | 'public'

const PRIVATE4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'].map(text => parseCidr(text))
const CGNAT = parseCidr('100.64.0.0/10')
const ULA = parseCidr('fc00::/7')
const LINK_LOCAL6 = parseCidr('fe80::/10')
/** All that is given out as global unicast. Overlays (200::/7, 400::/7) are elsewhere, and no way to the internet. */
const GLOBAL6 = parseCidr('2000::/3')

/** Documentation ranges count as public: labs are built of them. */
export function ipv4Kind(address: Ip): Ipv4Kind {
  if (PRIVATE4.some(range => contains(range, address))) return 'private'
  return contains(CGNAT, address) ? 'cgnat' : 'public'
}

/** A gateway that only a private segment has. */
export function isPrivateGateway(gateway: Ip): boolean {
  return gateway.version === 4 ? ipv4Kind(gateway) === 'private' : contains(ULA, gateway)
}

export function isLinkLocal6(address: Ip): boolean {
  return contains(LINK_LOCAL6, address)
}

/** The addresses with which a NIC is on the IPv6 internet. */
export function globalIpv6(probe: NicProbe): readonly string[] {
  return probe.ipv6.filter(text => contains(GLOBAL6, addressOf(text)))
}

/** The address of `address/length`. @throws {InputError} INPUT_IP, INPUT_CIDR */
export function addressOf(cidr: string): Ip {
  const { version, value } = parseCidr(cidr)
  return { version, value }
}

/** It can be chosen at all. */
export function isFree(probe: NicProbe): boolean {
  return probe.carrier && probe.enslaved !== true
}

/** The best IPv4 that the NIC can leave the segment with. */
export function usableIpv4(probe: NicProbe): Ipv4Kind | undefined {
  const kinds = probe.leases
    .filter(lease => lease.router !== undefined)
    .map(lease => ipv4Kind(addressOf(lease.address)))
  return (['public', 'private', 'cgnat'] as const).find(kind => kinds.includes(kind))
}

/** Two cables into one segment: the same router answers, in the same range.
 *
 * The router's hardware address alone does not say it: a switch routes all of its VLANs with one.
 */
export function shareSegment(a: NicProbe, b: NicProbe): boolean {
  const macs = new Set(a.routerMacs?.map(mac => mac.toLowerCase()))
  if (!b.routerMacs?.some(mac => macs.has(mac.toLowerCase()))) return false
  return rangesOf(a).some(range => rangesOf(b).some(other => overlaps(range, other)))
}

function rangesOf(probe: NicProbe) {
  return [...probe.leases.map(lease => lease.address), ...probe.ipv6].map(text => parseCidr(text))
}

/** @throws {InputError} INPUT_IP */
export function gatewayOf(text: string): Ip {
  return parseIp(text, 'the gateway')
}
