/** Links of ours that nobody wants any more. */
import { withoutLink, withoutNamespace } from '../simulate/consequences.js'
import { linkAt, placeKey } from '../simulate/edit-state.js'
import { type DesiredState, type LinkPlace, ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { surplusNamespaces } from './clear-the-way.js'
import { wireguardPorts } from './judge-links.js'
import type { PlanPart } from './plan-part.js'

/** Marked, not desired, in a namespace that stays and is ours. Hardware is never deleted.
 *
 * @param which of them; all when absent
 */
export function removeLinks(
  desired: DesiredState,
  observed: ObservedState,
  which: (place: LinkPlace) => boolean = () => true,
): PlanPart {
  const wanted = new Set(
    desired.namespaces.flatMap(({ name: namespace, links }) => links.map(({ name }) => placeKey({ namespace, name }))),
  )
  const wantedNamespaces = new Set(desired.namespaces.map(({ name }) => name))
  const surplus = observed.namespaces
    .filter(({ name }) => name === ROOT || wantedNamespaces.has(name))
    .flatMap(({ name: namespace, links }) =>
      links.filter(isRemovable).map(link => ({ link, place: { namespace, name: link.name } })),
    )
    .filter(({ place }) => !wanted.has(placeKey(place)) && which(place))
    // What stands on others goes before them.
    .sort((one, other) => rank(one.link) - rank(other.link))

  const operations: Operation[] = []
  let state = observed
  for (const { place } of surplus) {
    if (!linkAt(state, place)) continue
    operations.push({ kind: 'link-delete', ...place, because: `${place.name} is not wanted` })
    state = withoutLink(state, place)
  }
  return { operations, state }
}

/** Devices of the kernel in namespaces that go last, with ports that others must have before. Those in user space end with
 * their services, first of all. */
export function freePorts(desired: DesiredState, observed: ObservedState): PlanPart {
  const ports = wireguardPorts(desired)
  const operations: Operation[] = []
  let state = observed
  for (const { name: namespace, links } of surplusNamespaces(desired, observed)) {
    for (const { name, kind, wireguard } of links) {
      const owner = ports.get(wireguard?.listenPort ?? 0)
      if (kind !== 'wireguard' || owner === undefined) continue
      const because = `${name} listens on ${wireguard?.listenPort}, which is the port of ${owner}`
      operations.push({ kind: 'link-delete', namespace, name, because })
      state = withoutLink(state, { namespace, name })
    }
  }
  return { operations, state }
}

/** A link that is not wanted, and has a port that one of ours must have. */
export function holdsPortOfOurs(desired: DesiredState, state: ObservedState): (place: LinkPlace) => boolean {
  const ports = wireguardPorts(desired)
  return place => {
    const owner = ports.get(linkAt(state, place)?.wireguard?.listenPort ?? 0)
    // The owner itself, where it was born: it is only moved.
    return owner !== undefined && owner !== place.name
  }
}

export function removeNamespaces(desired: DesiredState, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const { name: namespace } of surplusNamespaces(desired, observed)) {
    operations.push({ kind: 'namespace-delete', namespace, because: `namespace ${namespace} is not wanted` })
    state = withoutNamespace(state, namespace)
  }
  return { operations, state }
}

function isRemovable({ kind, mark }: ObservedLink): boolean {
  return mark !== undefined && kind !== 'device' && kind !== 'loopback'
}

function rank({ kind }: ObservedLink): number {
  return kind === 'macvlan' || kind === 'veth' ? 0 : 1
}
