/** One cable: homes, and the plain machine in a datacentre. */
import type { NodeNetworkConfig } from '../../config/config.js'
import type { ExpectedLayout, Scenario, SegmentSpec } from '../scenario.js'
import { CARRIER, HOME, homeWithIpv6, OOB, PUBLIC_DUAL, PUBLIC4, PUBLIC6 } from './segments.js'

interface OneNic {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly segment: SegmentSpec
  readonly expected: Omit<ExpectedLayout, 'label' | 'mode'> & { readonly label?: string }
  readonly config?: Partial<NodeNetworkConfig>
}

const UPLINK = { uplink: 'eth0' } as const

function oneNic({ name, title, description, segment, expected, config = {} }: OneNic): Scenario {
  return {
    name,
    title,
    description,
    segments: [segment],
    nodes: [
      {
        name: 'node1',
        nics: [{ name: 'eth0', segment: segment.name }],
        config: { node: `lab ${name} node1`, nics: ['eth0'], duplicateAddressDetection: false, ...config },
        expected: { label: name, mode: 'single', ...expected },
      },
    ],
    users: [],
  }
}

export const ONE_NIC: readonly Scenario[] = [
  oneNic({
    name: 'nat4-only',
    title: 'a home without IPv6',
    description: 'The node gets a private address and leaves through its router. Nobody can dial it.',
    segment: HOME,
    expected: { ...UPLINK, stack: 'v4', hidden: 'yes', warnings: [] },
  }),
  oneNic({
    name: 'nat4-routed6',
    title: 'IPv4 behind NAT, IPv6 that can be reached',
    description: 'A home whose router lets IPv6 in, or a datacentre behind NAT: they look the same from inside.',
    segment: homeWithIpv6('open'),
    config: { inboundIpv6: 'open' },
    expected: { ...UPLINK, stack: 'dual', hidden: 'no', warnings: [] },
  }),
  oneNic({
    name: 'nat4-firewalled6',
    title: 'a home with IPv6 behind a firewall',
    description: 'The node has a global IPv6 address, and the router keeps out what the node has not asked for.',
    segment: homeWithIpv6('closed'),
    config: { inboundIpv6: 'closed' },
    expected: { ...UPLINK, stack: 'dual', hidden: 'yes', warnings: [] },
  }),
  oneNic({
    name: 'nat4-unknown6',
    title: 'a home with IPv6 that nobody has tried to reach',
    description: 'Whether the router lets IPv6 in can be seen from outside only: until then nobody knows.',
    segment: homeWithIpv6('open'),
    expected: { ...UPLINK, stack: 'dual', hidden: 'unknown', warnings: ['run-inbound-test'] },
  }),
  oneNic({
    name: 'public4-only',
    title: 'public IPv4, no IPv6',
    description: 'A machine in a datacentre with an address that anybody can dial.',
    segment: PUBLIC4,
    expected: { ...UPLINK, stack: 'v4', hidden: 'no', warnings: ['no-ipv6'] },
  }),
  oneNic({
    name: 'public6-only',
    title: 'IPv6 only',
    description: 'No DHCP at all: router advertisements carry the node. Nothing on it reaches anything over IPv4.',
    segment: PUBLIC6,
    config: { inboundIpv6: 'open' },
    expected: { ...UPLINK, stack: 'v6', hidden: 'no', warnings: ['ipv4-workloads-cannot-egress'] },
  }),
  oneNic({
    name: 'public-dual',
    title: 'public IPv4 and IPv6 on one segment',
    description: 'The simplest place in a datacentre.',
    segment: PUBLIC_DUAL,
    config: { inboundIpv6: 'open' },
    expected: { ...UPLINK, stack: 'dual', hidden: 'no', warnings: [] },
  }),
  oneNic({
    name: 'cgnat4-only',
    title: "behind the provider's NAT",
    description: 'The address is not private, and still nobody can dial it.',
    segment: CARRIER,
    expected: { ...UPLINK, stack: 'v4', hidden: 'yes', warnings: [] },
  }),
  oneNic({
    name: 'ula6-only',
    title: 'private IPv6 and nothing else',
    description: 'The router advertises a private prefix and itself; the Internet knows no way back.',
    segment: {
      name: 'island',
      title: 'private segment, IPv6 only',
      ipv6: { router: 'fd12:3456:789a::1/64', advertise: 'gateway', inbound: 'closed' },
    },
    expected: { ...UPLINK, stack: 'v6', hidden: 'yes', warnings: ['ipv4-workloads-cannot-egress'] },
  }),
  oneNic({
    name: 'no-uplink',
    title: 'leases without a way out',
    description: 'The DHCP server names no router, and nothing advertises one: the node keeps asking.',
    segment: {
      ...OOB,
      ipv4: { router: '10.0.0.1/24', dhcp: { from: '10.0.0.50', to: '10.0.0.99', gateway: false }, nat: false },
    },
    expected: { stack: 'none', hidden: 'unknown', warnings: ['no-uplink'] },
  }),
]
