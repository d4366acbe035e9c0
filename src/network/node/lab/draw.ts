/** A scenario as a tree for a terminal: the Internet at the top, every cable a line. Pure. */
import { INTERNET } from './internet-addresses.js'
import type { NicSpec, NodeSpec, Scenario, SegmentSpec } from './scenario.js'

interface Branch {
  readonly text: string
  readonly below: readonly Branch[]
}

/** @returns lines without colours
 * @example
 * drawScenario(findScenario('nat4-only'))
 * // internet  198.51.100.1, 2001:db8:ffff::1
 * // └─ router  198.51.100.2, 2001:db8:ffff::2
 * //    └─ home  192.168.1.0/24 …
 */
export function drawScenario(scenario: Scenario): readonly string[] {
  const router: Branch = {
    text: `router  ${INTERNET.routerIpv4}, ${INTERNET.routerIpv6}`,
    below: scenario.segments.map(segment => ({
      text: `${segment.name}  ${segmentText(segment)}`,
      below: scenario.nodes.flatMap(node => cables(node, segment)),
    })),
  }
  const users = scenario.users.map(({ name, ipv4, ipv6 }) => ({ text: `${name}  ${ipv4}, ${ipv6}`, below: [] }))
  const root: Branch = { text: `internet  ${INTERNET.ipv4}, ${INTERNET.ipv6}`, below: [...users, router] }
  return [root.text, ...draw(root.below)]
}

function draw(branches: readonly Branch[]): readonly string[] {
  return branches.flatMap(({ text, below }, index) => {
    const isLast = index === branches.length - 1
    const lines = draw(below).map(line => `${isLast ? '   ' : '│  '}${line}`)
    return [`${isLast ? '└─ ' : '├─ '}${text}`, ...lines]
  })
}

function segmentText({ title, ipv4, ipv6 }: SegmentSpec): string {
  const parts = [title]
  if (ipv4) {
    const leases = ipv4.dhcp ? (ipv4.dhcp.gateway ? 'DHCP' : 'DHCP without a gateway') : 'no DHCP'
    parts.push(`${ipv4.router}, ${leases}, ${ipv4.nat ? 'NAT' : 'routed'}`)
  }
  if (ipv6) {
    const advertised = { gateway: 'advertised', prefix: 'advertised without a gateway', nothing: 'not advertised' }
    parts.push(`${ipv6.router}, ${advertised[ipv6.advertise]}, ${ipv6.inbound} from outside`)
  }
  return parts.join(' · ')
}

function cables({ name, nics, config }: NodeSpec, segment: SegmentSpec): readonly Branch[] {
  const isHere = (nic: NicSpec) => nic.segment === segment.name
  return nics.filter(isHere).map(nic => {
    const role = [
      ...(nic.reserved === undefined ? [] : [`lease ${nic.reserved}`]),
      ...(config.exit?.nic === nic.name ? ['exit by choice'] : []),
    ]
    return { text: `${name} ${nic.name}${role.length === 0 ? '' : `  ${role.join(', ')}`}`, below: [] }
  })
}
