/** The segments that scenarios are made of: each has the addresses it would have in the world, or their stand-ins. */
import type { SegmentSpec } from '../scenario.js'

export const HOME: SegmentSpec = {
  name: 'home',
  title: 'home, behind NAT',
  ipv4: { router: '192.168.1.1/24', dhcp: { from: '192.168.1.50', to: '192.168.1.99', gateway: true }, nat: true },
}

export const CARRIER: SegmentSpec = {
  name: 'carrier',
  title: "a provider's access network, behind the provider's NAT",
  ipv4: { router: '100.64.0.1/24', dhcp: { from: '100.64.0.50', to: '100.64.0.99', gateway: true }, nat: true },
}

/** Out of band: where nodes boot and talk to the grid. */
export const OOB: SegmentSpec = {
  name: 'oob',
  title: 'private segment of a datacentre, behind NAT',
  ipv4: { router: '10.0.0.1/24', dhcp: { from: '10.0.0.50', to: '10.0.0.99', gateway: true }, nat: true },
}

const PUBLIC_IPV4 = { router: '203.0.113.1/24', nat: false } as const
const PUBLIC_DHCP = { from: '203.0.113.50', to: '203.0.113.99', gateway: true } as const
const PUBLIC_IPV6 = { router: '2001:db8:1::1/64', advertise: 'gateway', inbound: 'open' } as const

export const PUBLIC4: SegmentSpec = {
  name: 'public',
  title: 'public segment, IPv4 only',
  ipv4: { ...PUBLIC_IPV4, dhcp: PUBLIC_DHCP },
}

export const PUBLIC6: SegmentSpec = { name: 'public', title: 'public segment, IPv6 only', ipv6: PUBLIC_IPV6 }

export const PUBLIC_DUAL: SegmentSpec = {
  name: 'public',
  title: 'public segment',
  ipv4: { ...PUBLIC_IPV4, dhcp: PUBLIC_DHCP },
  ipv6: PUBLIC_IPV6,
}

/** IPv4 for those who have been given an address: nothing on the segment says so. */
export const PUBLIC_STATIC4: SegmentSpec = {
  name: 'public',
  title: 'public segment, IPv4 by arrangement',
  ipv4: PUBLIC_IPV4,
  ipv6: PUBLIC_IPV6,
}

export const SILENT_PUBLIC4: SegmentSpec = {
  name: 'public',
  title: 'public segment, IPv4 by arrangement and no IPv6',
  ipv4: PUBLIC_IPV4,
}

export const SECOND_PUBLIC6: SegmentSpec = {
  name: 'public2',
  title: 'another public segment, IPv6 only',
  ipv6: { router: '2001:db8:2::1/64', advertise: 'gateway', inbound: 'open' },
}

/** The home segment, with IPv6 that the provider routes to it. */
export function homeWithIpv6(inbound: 'open' | 'closed'): SegmentSpec {
  const title = inbound === 'open' ? 'home, IPv6 open to the outside' : 'home, IPv6 behind a firewall'
  return { ...HOME, title, ipv6: { router: '2001:db8:3::1/64', advertise: 'gateway', inbound } }
}
