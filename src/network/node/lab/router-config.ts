/** What a lab's router is told: `ip`, `nft` and `dnsmasq` read it. Pure. */
import { formatCidr, formatIp, networkOf, parseCidr } from '../../address/index.js'
import { INTERNET } from './internet-addresses.js'
import type { SegmentSpec } from './scenario.js'

/** The router's NIC towards the Internet. */
export const WAN = 'wan'

export interface Served {
  readonly dhcp: boolean
  readonly advertisements: boolean
  /** Instead of the segments' own. */
  readonly leaseSeconds?: number
  /** Of the way out, 4 at least: as long as the pause between advertisements is then. Half an hour when absent. */
  readonly routerLifetimeSeconds?: number
}

export interface Reservation {
  readonly mac: string
  readonly ipv4: string
}

/** Lines for `ip -batch`. */
export function routerLinks(segments: readonly SegmentSpec[]): readonly string[] {
  return [
    ...addressed(WAN, [
      `${INTERNET.routerIpv4}/${INTERNET.prefixLength4}`,
      `${INTERNET.routerIpv6}/${INTERNET.prefixLength6}`,
    ]),
    ...segments.flatMap(({ name, ipv4, ipv6 }) => addressed(name, [ipv4?.router, ipv6?.router])),
    `route add default via ${INTERNET.ipv4}`,
    `route add ::/0 via ${INTERNET.ipv6}`,
  ]
}

/** Lines for `ip -batch`: a NIC with addresses, and up. */
export function addressed(nic: string, cidrs: readonly (string | undefined)[]): readonly string[] {
  return [
    `link set dev ${nic} up`,
    ...cidrs.filter(cidr => cidr !== undefined).map(cidr => `address add ${formatCidr(parseCidr(cidr))} dev ${nic}`),
  ]
}

/** Lines for `ip -batch`, on the Internet: the way to what is public behind the router, and to nothing else. */
export function routesBack(segments: readonly SegmentSpec[]): readonly string[] {
  return segments.flatMap(({ ipv4, ipv6 }) => [
    ...(ipv4 && !ipv4.nat ? [`route add ${rangeOf(ipv4.router)} via ${INTERNET.routerIpv4}`] : []),
    ...(ipv6 && !isUla(ipv6.router) ? [`route add ${rangeOf(ipv6.router)} via ${INTERNET.routerIpv6}`] : []),
  ])
}

/** Text for `nft -f`. */
export function routerRules(segments: readonly SegmentSpec[]): string {
  const closed = segments.flatMap(({ name, ipv4, ipv6 }) => [
    ...(ipv4?.nat ? [`iifname != "${name}" oifname "${name}" meta nfproto ipv4 drop`] : []),
    ...(ipv6?.inbound === 'closed' ? [`iifname != "${name}" oifname "${name}" meta nfproto ipv6 drop`] : []),
  ])
  const hidden = segments.flatMap(({ name, ipv4 }) =>
    ipv4?.nat ? [`ip saddr ${rangeOf(ipv4.router)} oifname != "${name}" masquerade`] : [],
  )
  return [
    'table inet lab {',
    'chain forward {',
    'type filter hook forward priority 0; policy accept;',
    'ct state established,related accept',
    ...closed,
    '}',
    'chain leaving {',
    'type nat hook postrouting priority 100; policy accept;',
    ...hidden,
    '}',
    '}',
    '',
  ].join('\n')
}

export interface DnsmasqInput {
  readonly segments: readonly SegmentSpec[]
  readonly served: Served
  readonly reservations: readonly Reservation[]
  /** Name → address; absent: no DNS. */
  readonly names?: Readonly<Record<string, string>>
}

/** Text of a configuration file. Leases of less than two minutes are two minutes long: dnsmasq(8). */
export function dnsmasqConfig({ segments, served, reservations, names }: DnsmasqInput): string {
  const ranges = segments.flatMap(({ name, ipv4, ipv6 }) => {
    const lines: string[] = []
    if (served.dhcp && ipv4?.dhcp) {
      const { from, to, gateway, leaseSeconds = 3600 } = ipv4.dhcp
      lines.push(`dhcp-range=set:${name},${from},${to},${maskOf(ipv4.router)},${served.leaseSeconds ?? leaseSeconds}`)
      // An empty option is not sent; without this line dnsmasq names itself.
      if (!gateway) lines.push(`dhcp-option=tag:${name},option:router`)
    }
    if (served.advertisements && ipv6 && ipv6.advertise !== 'nothing') {
      lines.push(`dhcp-range=${rangeOf(ipv6.router).replace('/', ',ra-only,')}`)
      // A lifetime of 0: addresses, and no way out.
      if (ipv6.advertise === 'prefix') lines.push(`ra-param=${name},0,0`)
      else if (served.routerLifetimeSeconds !== undefined) {
        lines.push(`ra-param=${name},4,${served.routerLifetimeSeconds}`)
      }
    }
    return lines.length === 0 ? [] : [`interface=${name}`, ...lines]
  })
  const dns = Object.entries(names ?? {}).map(([name, address]) => `address=/${name}/${address}`)
  return [
    `port=${names === undefined ? 0 : 53}`,
    `except-interface=${WAN}`,
    'no-resolv',
    'no-hosts',
    // Nobody has these addresses but those they are given to: no second of asking.
    'no-ping',
    'dhcp-authoritative',
    ...(served.advertisements ? ['enable-ra'] : []),
    ...ranges,
    ...reservations.map(({ mac, ipv4 }) => `dhcp-host=${mac},${ipv4}`),
    ...dns,
    '',
  ].join('\n')
}

/** Whether there is anything to serve. */
export function serves(segments: readonly SegmentSpec[], served: Served): boolean {
  return segments.some(
    ({ ipv4, ipv6 }) =>
      (served.dhcp && ipv4?.dhcp !== undefined) ||
      (served.advertisements && ipv6 !== undefined && ipv6.advertise !== 'nothing'),
  )
}

export function isUla(cidr: string): boolean {
  return /^f[cd]/i.test(formatCidr(parseCidr(cidr)))
}

function rangeOf(cidr: string): string {
  return formatCidr(networkOf(parseCidr(cidr)))
}

function maskOf(cidr: string): string {
  const { prefixLength } = parseCidr(cidr)
  return formatIp({ version: 4, value: ((1n << BigInt(prefixLength)) - 1n) << BigInt(32 - prefixLength) })
}
