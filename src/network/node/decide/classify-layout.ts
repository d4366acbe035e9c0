/**
 * What kind of place a node stands in, and what a farmer should know about it.
 *
 * No code of the Go node names a layout; farmers do (threefoldtech/zosbase docs/internals/network/setup_farm_network.md):
 *  - data centre with two segments, a NATed one to boot and a public one: `oob-split`;
 *  - data centre with one segment: `public-dual`, `public4-only`, `public6-only`, or `nat4-routed6` behind NAT;
 *  - home: `nat4-only`, `cgnat4-only`, or `nat4-firewalled6`; `nat4-routed6` once the router lets IPv6 in.
 * A home with open IPv6 and a data centre with NATed IPv4 look the same from inside, and so they have one label. Whether
 * IPv6 gets in can be seen from outside only: without that test a node is not called hidden, nor reachable.
 */
import { chooseExit, type ExitChoice } from './choose-exit.js'
import { explainLayout, layoutWarnings, type NodeFamilies } from './layout-warnings.js'
import { globalIpv6, isFree, type NicProbe, shareSegment, usableIpv4, type Warning } from './probe.js'
import { selectUplink } from './select-uplink.js'

export type LayoutLabel =
  | 'no-uplink'
  | 'oob-split'
  | 'ha-candidate'
  | 'public-dual'
  | 'public4-only'
  | 'public6-only'
  | 'nat4-routed6'
  | 'nat4-firewalled6'
  | 'nat4-unknown6' // nobody has looked from outside
  | 'nat4-only'
  | 'cgnat4-only'
  | 'ula6-only' // private IPv6 and nothing else

export interface LayoutFacts {
  readonly probes: readonly NicProbe[]
  /** What a look from outside has shown. */
  readonly inboundIpv6?: 'open' | 'closed'
  readonly publicConfig?: boolean
  /** The farmer's word, instead of the rule's. */
  readonly exitNic?: string
  readonly uplinkNic?: string
  /** The two NICs were not named but chosen before, and are in use. */
  readonly standing?: boolean
  /** The exit was named all the same. */
  readonly exitNamed?: boolean
  readonly vlans?: { readonly private?: number; readonly public?: number }
}

export interface Layout {
  readonly uplink?: string
  /** The NIC of the public segment; absent when that is the uplink's. */
  readonly exit?: string
  readonly mode: 'single' | 'dual'
  /** What workloads get out with. */
  readonly stack: 'v4' | 'v6' | 'dual' | 'none'
  /** Nobody can dial it: its networks need peers that can be dialled. */
  readonly hidden: 'yes' | 'no' | 'unknown'
  readonly label: LayoutLabel
  readonly reason: string
  readonly warnings: readonly Warning[]
  /** Nothing can be done now; look again. */
  readonly retry?: boolean
}

/** @throws {InputError} INPUT_IP, INPUT_CIDR when a probe holds what is no address */
export function classifyLayout(facts: LayoutFacts): Layout {
  const choice = uplinkOf(facts)
  if (choice.nic === undefined) return noUplink(choice.reason, [])
  const uplink = facts.probes.find(probe => probe.nic === choice.nic)
  if (uplink === undefined || !hasWayOut(uplink)) return uplinkUnusable(choice.nic, choice.reason)

  const exit = chooseExit(facts.probes, choice.nic, {
    ...(facts.exitNic === undefined ? {} : { nic: facts.exitNic }),
    ...(facts.standing === undefined ? {} : { standing: facts.standing && facts.exitNamed !== true }),
    ...(facts.publicConfig === undefined ? {} : { publicConfig: facts.publicConfig }),
  })
  const exitProbe = facts.probes.find(probe => probe.nic === exit.nic)
  const ipv4 = usableIpv4(uplink)
  const families: NodeFamilies = {
    // Workloads leave over IPv4 by the uplink, also where the exit has an IPv4 lease.
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ipv6: [uplink, exitProbe].some(probe => probe !== undefined && globalIpv6(probe).length > 0),
  }

  const hidden = hiddenOf(facts, exit, families)
  const warnings = layoutWarnings({ facts, exit, families, hidden })
  const hasSecondCable = facts.probes.some(other => other !== uplink && isFree(other) && shareSegment(uplink, other))
  const label = exit.mode === 'dual' ? 'oob-split' : hasSecondCable ? 'ha-candidate' : labelOf(facts, families)
  return {
    uplink: choice.nic,
    ...(exit.nic === undefined ? {} : { exit: exit.nic }),
    mode: exit.mode,
    stack: ipv4 === undefined ? 'v6' : families.ipv6 ? 'dual' : 'v4',
    hidden,
    label,
    reason: `${explainLayout(label)}: ${choice.reason}; ${exit.reason}`,
    warnings,
  }
}

function uplinkOf({ uplinkNic, standing, probes }: LayoutFacts): { nic?: string; reason: string } {
  if (uplinkNic !== undefined) {
    return { nic: uplinkNic, reason: `${standing ? 'the node has' : 'the configuration names'} ${uplinkNic} as uplink` }
  }
  return selectUplink(probes)
}

function hasWayOut(probe: NicProbe): boolean {
  return 'nic' in selectUplink([probe])
}

function labelOf({ inboundIpv6 }: LayoutFacts, { ipv4, ipv6 }: NodeFamilies): LayoutLabel {
  if (ipv4 === 'public') return ipv6 ? 'public-dual' : 'public4-only'
  if (ipv4 === undefined) return ipv6 ? 'public6-only' : 'ula6-only'
  if (!ipv6) return ipv4 === 'cgnat' ? 'cgnat4-only' : 'nat4-only'
  return ({ open: 'nat4-routed6', closed: 'nat4-firewalled6', unknown: 'nat4-unknown6' } as const)[
    inboundIpv6 ?? 'unknown'
  ]
}

function hiddenOf(facts: LayoutFacts, exit: ExitChoice, { ipv4, ipv6 }: NodeFamilies): Layout['hidden'] {
  // Static public addresses are there to be dialled, unless they may stand on the wrong segment.
  if (facts.publicConfig === true && !exit.warnings.some(warning => warning.code === 'exit-not-chosen')) return 'no'
  if (ipv4 === 'public') return 'no'
  if (!ipv6) return 'yes'
  return ({ open: 'no', closed: 'yes', unknown: 'unknown' } as const)[facts.inboundIpv6 ?? 'unknown']
}

function uplinkUnusable(nic: string, reason: string): Layout {
  return noUplink(`${reason}, and it has no way out`, [
    {
      code: 'uplink-unusable',
      message: `The uplink ${nic} has neither a lease with a router nor an IPv6 default route: check its cable and the router behind it, or name another NIC.`,
    },
  ])
}

function noUplink(reason: string, warnings: readonly Warning[]): Layout {
  return {
    mode: 'single',
    stack: 'none',
    hidden: 'unknown',
    label: 'no-uplink',
    reason,
    warnings: [
      ...warnings,
      {
        code: 'no-uplink',
        message:
          'No NIC has found a way out: check cables, and that the router gives out addresses by DHCP or router advertisements. The node keeps trying.',
      },
    ],
    retry: true,
  }
}
