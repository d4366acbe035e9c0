/** Addresses of desired links. A link with `dynamic` addressing may have others; the kernel's link-local ones always may. */
import { withoutAddress } from '../simulate/addresses.js'
import { linkAt } from '../simulate/edit-state.js'
import type { LinkPlace } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { isUsable, type JudgedLink, type JudgedLinks } from './judge-links.js'
import type { PlanPart } from './plan-part.js'

/** Missing ones, and before them those that would be in their way. */
export function addAddresses(judged: JudgedLinks, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const link of [...judged.values()].filter(isUsable)) {
    const early = deleteAddresses(surplus(link, state).filter(isInTheWay(link)), link.place, state)
    operations.push(...early.operations)
    state = early.state
    const there = new Set(addressesAt(link.place, state).map(({ cidr }) => cidr))
    for (const address of link.desired.addresses) {
      if (there.has(address.cidr)) continue
      const because = `address ${address.cidr} is missing`
      operations.push({ kind: 'address-add', ...at(link.place), address, because })
    }
  }
  return { operations, state }
}

export function removeAddresses(judged: JudgedLinks, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const link of [...judged.values()].filter(isUsable)) {
    const part = deleteAddresses(surplus(link, state), link.place, state)
    operations.push(...part.operations)
    state = part.state
  }
  return { operations, state }
}

function deleteAddresses(cidrs: readonly string[], place: LinkPlace, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const cidr of cidrs) {
    // One that the kernel deletes with another one of its subnet is gone by now.
    if (!addressesAt(place, state).some(address => address.cidr === cidr)) continue
    const because = `address ${cidr} is not wanted on ${place.name}`
    operations.push({ kind: 'address-delete', ...at(place), cidr, because })
    state = withoutAddress(state, place, cidr)
  }
  return { operations, state }
}

function surplus({ place, desired }: JudgedLink, state: ObservedState): readonly string[] {
  const wanted = new Set(desired.addresses.map(({ cidr }) => cidr))
  const isSurplus = (cidr: string) =>
    !wanted.has(cidr) && ((desired.addressing === 'static' && !isLinkLocal(cidr)) || blocksOne(cidr, wanted))
  return addressesAt(place, state)
    .map(({ cidr }) => cidr)
    .filter(isSurplus)
}

/** IPv4: the first address of a subnet takes the others along, the last one of a link takes its routes. */
function isInTheWay({ desired }: JudgedLink): (cidr: string) => boolean {
  const wanted = new Set(desired.addresses.map(({ cidr }) => cidr))
  return cidr => !cidr.includes(':') || blocksOne(cidr, wanted)
}

/** IPv6: an address is on a link once, whatever its prefix length. */
function blocksOne(cidr: string, wanted: ReadonlySet<string>): boolean {
  const ip = cidr.split('/')[0]
  return cidr.includes(':') && [...wanted].some(other => other.split('/')[0] === ip)
}

function isLinkLocal(cidr: string): boolean {
  return /^fe[89ab]/.test(cidr)
}

function addressesAt(place: LinkPlace, state: ObservedState) {
  return linkAt(state, place)?.addresses ?? []
}

function at({ namespace, name }: LinkPlace) {
  return { namespace, link: name }
}
