/** What the kernel takes away together with an address. */
import { formatCidr, networkOf, parseCidr } from '../../address/index.js'
import type { LinkPlace } from '../state/desired.js'
import type { ObservedAddress, ObservedState } from '../state/observed.js'
import { changeLink, changeNamespace, linkAt } from './edit-state.js'

/** Without it and, where it is the first IPv4 address of its subnet, without the others of that subnet (promote_secondaries
 * is off by default); with a link's last IPv4 address its IPv4 routes go too. */
export function withoutAddress(state: ObservedState, place: LinkPlace, cidr: string): ObservedState {
  const before = linkAt(state, place)?.addresses ?? []
  const left = before.filter(address => address.cidr !== cidr && !follows(address, cidr, before))
  const subnets = new Set(left.map(address => subnetOf(address.cidr)))
  const lastIpv4 = !isIpv6(cidr) && left.every(address => isIpv6(address.cidr))
  const rest = changeLink(state, place, link => ({ ...link, addresses: left }))
  return changeNamespace(rest, place.namespace, namespace => ({
    ...namespace,
    routes: namespace.routes.filter(
      ({ link, family, protocol, to }) =>
        link !== place.name ||
        !((lastIpv4 && family === 4) || (protocol === 'kernel' && to === subnetOf(cidr) && !subnets.has(to))),
    ),
  }))
}

/** `10.1.2.0/24` of `10.1.2.1/24`. */
export function subnetOf(cidr: string): string {
  return formatCidr(networkOf(parseCidr(cidr)))
}

function follows(address: ObservedAddress, cidr: string, all: readonly ObservedAddress[]): boolean {
  if (isIpv6(cidr) || isIpv6(address.cidr)) return false
  const subnet = subnetOf(cidr)
  if (subnetOf(address.cidr) !== subnet) return false
  return all.find(one => !isIpv6(one.cidr) && subnetOf(one.cidr) === subnet)?.cidr === cidr
}

function isIpv6(cidr: string): boolean {
  return cidr.includes(':')
}
