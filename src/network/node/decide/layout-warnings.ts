/** What a farmer should know about a layout, in sentences that say what to do. */
import { compareNaturally } from '../../address/index.js'
import type { ExitChoice } from './choose-exit.js'
import type { Layout, LayoutFacts, LayoutLabel } from './classify-layout.js'
import { type Ipv4Kind, isFree, type NicProbe, shareSegment, type Warning } from './probe.js'

/** What the node gets out with. */
export interface NodeFamilies {
  readonly ipv4?: Ipv4Kind
  /** Global, not ULA. */
  readonly ipv6: boolean
}

export interface LayoutFindings {
  readonly facts: LayoutFacts
  readonly exit: ExitChoice
  readonly families: NodeFamilies
  readonly hidden: Layout['hidden']
}

/** Those of the exit's choice first. */
export function layoutWarnings({ facts, exit, families, hidden }: LayoutFindings): readonly Warning[] {
  const warnings: Warning[] = [...exit.warnings]
  const pair = samePair(facts.probes)
  if (pair !== undefined) {
    warnings.push({
      code: 'bonding-unsupported',
      message: `${pair[0]} and ${pair[1]} are two cables into one segment, and only one of them is used: bonding is not supported, so unplug one or connect it to another segment.`,
    })
  }
  if (exit.mode === 'dual' && facts.vlans?.public !== undefined) {
    warnings.push({
      code: 'public-vlan-ignored',
      message: `The public VLAN ${facts.vlans.public} is not used on the exit ${exit.nic}, which is a NIC of its own: let the switch deliver it untagged, or remove it from the configuration.`,
    })
  }
  if (families.ipv4 === undefined) {
    warnings.push({
      code: 'ipv4-workloads-cannot-egress',
      message:
        'The uplink has no IPv4, so workloads reach nothing over it: add a DHCPv4 server to its segment if they must.',
    })
  }
  if (exit.mode === 'single' && families.ipv4 === 'public' && !families.ipv6) {
    warnings.push({
      code: 'no-ipv6',
      message: 'The node has no IPv6, so workloads get none: let the router advertise a global prefix on its segment.',
    })
  }
  if (hidden === 'unknown') {
    warnings.push({
      code: 'run-inbound-test',
      message:
        'Whether the IPv6 of this node can be reached cannot be seen from inside: connect to it from outside, and write the outcome (open or closed) into the configuration.',
    })
  }
  return warnings
}

/** What the label means, as the beginning of a sentence. */
export function explainLayout(label: LayoutLabel): string {
  return LABELS[label]
}

const LABELS: Readonly<Record<LayoutLabel, string>> = {
  'no-uplink': 'no way out',
  'oob-split': 'one segment to boot and talk to the grid, another for public traffic',
  'ha-candidate': 'two cables into one segment, of which one is used',
  'public-dual': 'public IPv4 and IPv6 on one segment',
  'public4-only': 'public IPv4, no IPv6',
  'public6-only': 'IPv6 only',
  'nat4-routed6': 'IPv4 behind NAT, IPv6 that can be reached',
  'nat4-firewalled6': 'IPv4 behind NAT, IPv6 behind a firewall',
  'nat4-unknown6': 'IPv4 behind NAT, IPv6 that nobody has tried to reach',
  'nat4-only': 'IPv4 behind NAT, no IPv6',
  'cgnat4-only': 'IPv4 behind the NAT of the provider, no IPv6',
  'ula6-only': 'private IPv6 only',
}

function samePair(probes: readonly NicProbe[]): readonly [string, string] | undefined {
  const free = probes.filter(isFree).sort((a, b) => compareNaturally(a.nic, b.nic))
  for (const [index, first] of free.entries()) {
    const second = free.slice(index + 1).find(other => shareSegment(first, other))
    if (second !== undefined) return [first.nic, second.nic]
  }
  return undefined
}
