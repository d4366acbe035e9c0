/** Several cables: one segment to boot, others for the public. */
import type { NodeNetworkConfig } from '../../config/config.js'
import type { ExpectedLayout, Scenario, SegmentSpec } from '../scenario.js'
import { HOME, OOB, PUBLIC_DUAL, PUBLIC_STATIC4, PUBLIC6, SECOND_PUBLIC6, SILENT_PUBLIC4 } from './segments.js'

interface MoreNics {
  readonly name: string
  readonly title: string
  readonly description: string
  /** Of eth0, eth1 …; a segment may come twice. */
  readonly cables: readonly SegmentSpec[]
  readonly expected: ExpectedLayout
  readonly config?: Partial<NodeNetworkConfig>
}

function moreNics({ name, title, description, cables, expected, config }: MoreNics): Scenario {
  const nics = cables.map((segment, index) => ({ name: `eth${index}`, segment: segment.name }))
  return {
    name,
    title,
    description,
    segments: [...new Set(cables)],
    nodes: [
      {
        name: 'node1',
        nics,
        config: {
          node: `lab ${name} node1`,
          nics: nics.map(nic => nic.name),
          duplicateAddressDetection: false,
          inboundIpv6: 'open',
          ...config,
        },
        expected,
      },
    ],
    users: [],
  }
}

const SPLIT = { label: 'oob-split', uplink: 'eth0', exit: 'eth1', mode: 'dual', stack: 'dual', hidden: 'no' } as const
const PUBLIC_ADDRESS = { ipv4: '203.0.113.11/24', gateway4: '203.0.113.1' } as const

export const MORE_NICS: readonly Scenario[] = [
  moreNics({
    name: 'oob-split',
    title: 'a private segment to boot, a public one for workloads',
    description: 'The classic datacentre: eth0 has a private lease, eth1 global IPv6 and no DHCP.',
    cables: [OOB, PUBLIC6],
    expected: { ...SPLIT, warnings: [] },
  }),
  moreNics({
    name: 'oob-split-reversed',
    title: 'the same with the cables the other way round, and public leases',
    description: 'The order of NICs means nothing: the private segment carries the uplink.',
    cables: [PUBLIC_DUAL, OOB],
    expected: { ...SPLIT, uplink: 'eth1', exit: 'eth0', warnings: [] },
  }),
  moreNics({
    name: 'oob-split-public4',
    title: 'the same with a public IPv4 address of its own',
    description: 'The farmer has given the node static addresses: they live in a namespace behind eth1.',
    cables: [OOB, PUBLIC_STATIC4],
    config: { public: { ...PUBLIC_ADDRESS, ipv6: '2001:db8:1::11/64', gateway6: '2001:db8:1::1' } },
    expected: { ...SPLIT, warnings: [] },
  }),
  moreNics({
    name: 'exit-by-choice',
    title: 'a public segment that does not show itself',
    description: 'Nothing on eth1 tells that it is public: the farmer says so, and gives the node its address.',
    cables: [OOB, SILENT_PUBLIC4],
    config: { exit: { nic: 'eth1' }, public: PUBLIC_ADDRESS },
    expected: { ...SPLIT, stack: 'v4', warnings: [] },
  }),
  moreNics({
    name: 'exit-not-chosen',
    title: 'the same, and the farmer has not said so',
    description: 'The node will not guess: its public address stays on the segment of the uplink, with a warning.',
    cables: [OOB, SILENT_PUBLIC4],
    config: { public: PUBLIC_ADDRESS },
    expected: {
      label: 'nat4-only',
      uplink: 'eth0',
      mode: 'single',
      stack: 'v4',
      hidden: 'yes',
      warnings: ['exit-not-chosen'],
    },
  }),
  moreNics({
    name: 'ha-candidate',
    title: 'two cables into one segment',
    description: 'Both get a lease from the same router; one is used, the other waits for bonding to be supported.',
    cables: [HOME, HOME],
    expected: {
      label: 'ha-candidate',
      uplink: 'eth0',
      mode: 'single',
      stack: 'v4',
      hidden: 'yes',
      warnings: ['bonding-unsupported'],
    },
  }),
  moreNics({
    name: 'two-exits',
    title: 'two public segments',
    description: 'Either could be the exit: the lowest name is, after every start.',
    cables: [OOB, PUBLIC6, SECOND_PUBLIC6],
    expected: { ...SPLIT, warnings: ['exit-ambiguous'] },
  }),
  moreNics({
    name: 'public-vlan-ignored',
    title: 'a public VLAN where there is a public NIC',
    description: 'The exit is a NIC of its own, so the tag that was configured is not used.',
    cables: [OOB, PUBLIC6],
    config: { exit: { vlan: 304 } },
    expected: { ...SPLIT, warnings: ['public-vlan-ignored'] },
  }),
]
