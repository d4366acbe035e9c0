/** What a machine on a node must be seen as from the Internet, by the words of the scenario alone. */
import { INTERNET } from '../../../src/network/node/lab/internet-addresses.js'
import { isUla } from '../../../src/network/node/lab/router-config.js'
import type { NodeSpec, Scenario, SegmentSpec } from '../../../src/network/node/lab/scenario.js'

export interface Way {
  readonly segment: SegmentSpec
  /** The router's address, or the one that the node has on the segment; undefined: the Internet knows no way back. */
  readonly seenAs: 'router' | 'own' | undefined
  /** Whether somebody outside can begin. */
  readonly open: boolean
}

export interface Ways {
  /** Absent: there is no way out over the family. */
  readonly ipv4?: Way
  readonly ipv6?: Way
}

/** IPv4 leaves by the uplink, IPv6 by the exit where there is one. */
export function expectedWays(scenario: Scenario, { nics, expected }: NodeSpec): Ways {
  const segmentOf = (nic: string | undefined) => {
    const name = nics.find(one => one.name === nic)?.segment
    return scenario.segments.find(segment => segment.name === name)
  }
  const uplink = segmentOf(expected.uplink)
  const exit = segmentOf(expected.exit ?? expected.uplink)
  const { ipv4 } = uplink ?? {}
  const { ipv6 } = exit ?? {}
  return {
    ...(uplink && ipv4?.dhcp?.gateway
      ? { ipv4: { segment: uplink, seenAs: ipv4.nat ? 'router' : 'own', open: !ipv4.nat } }
      : {}),
    ...(exit && ipv6?.advertise === 'gateway'
      ? { ipv6: { segment: exit, seenAs: isUla(ipv6.router) ? undefined : 'own', open: ipv6.inbound === 'open' } }
      : {}),
  }
}

/** @param own what the node has on the segment, with prefix length */
export function sourceOf({ seenAs }: Way, own: string): string | undefined {
  if (seenAs === undefined) return undefined
  return seenAs === 'router' ? INTERNET.routerIpv4 : plain(own)
}

/** Without prefix length. */
export function plain(cidr: string): string {
  return cidr.replace(/\/.*/, '')
}
