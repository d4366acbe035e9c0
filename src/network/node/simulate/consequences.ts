/** What the kernel takes away together with a link or a namespace: planner and model must agree on it. */
import { type LinkPlace, ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedState } from '../state/observed.js'
import { changeNamespace, linkAt, linkOfSysctl, namespaceOf, placeKey, samePlace } from './edit-state.js'

/** A veth takes its other end along, any link the macvlans on it; routes and sysctls of a link go, its ports are free. */
export function withoutLink(state: ObservedState, place: LinkPlace): ObservedState {
  const gone = new Map<string, LinkPlace>()
  const take = (taken: LinkPlace): void => {
    const link = linkAt(state, taken)
    if (!link || gone.has(placeKey(taken))) return
    gone.set(placeKey(taken), taken)
    if (link.kind === 'veth' && link.lower) take(link.lower)
    for (const namespace of state.namespaces) {
      for (const { name, kind, lower } of namespace.links) {
        if (kind !== 'veth' && samePlace(lower, taken)) take({ namespace: namespace.name, name })
      }
    }
  }
  take(place)
  return [...gone.values()].reduce(
    (rest, { namespace, name }) => changeNamespace(rest, namespace, there => detached(there, name)),
    state,
  )
}

/** Hardware goes to the root namespace, down; everything else in it is destroyed, with its consequences elsewhere. */
export function withoutNamespace(state: ObservedState, name: string): ObservedState {
  let rest = state
  for (const link of namespaceOf(state, name)?.links ?? []) {
    const place = { namespace: name, name: link.name }
    rest = link.kind === 'device' ? withMovedLink(rest, place, ROOT) : withoutLink(rest, place)
  }
  return { ...rest, namespaces: rest.namespaces.filter(namespace => namespace.name !== name) }
}

/** In another namespace: down, without addresses, routes and master, as `ip link set … netns` leaves it. */
export function withMovedLink(state: ObservedState, place: LinkPlace, to: string): ObservedState {
  const link = linkAt(state, place)
  if (!link || place.namespace === to) return state
  const target = { namespace: to, name: link.name }
  const { master: _, ...kept } = link
  const taken = new Set(namespaceOf(state, to)?.links.map(({ index }) => index))
  const index = taken.has(link.index) ? Math.max(0, ...taken) + 1 : link.index
  const moved: ObservedLink = { ...kept, index, up: false, carrier: false, addresses: [] }
  const left = changeNamespace(state, place.namespace, there => detached(there, place.name))
  const arrived = changeNamespace(left, to, there => ({ ...there, links: [...there.links, moved] }))
  return {
    ...arrived,
    namespaces: arrived.namespaces.map(there =>
      there.links.some(({ lower }) => samePlace(lower, place))
        ? {
            ...there,
            links: there.links.map(one => (samePlace(one.lower, place) ? { ...one, lower: target } : one)),
          }
        : there,
    ),
  }
}

/** Administratively down: IPv6 addresses go (keep_addr_on_down is off by default), and all routes over it. */
export function withLinkDown(state: ObservedState, place: LinkPlace): ObservedState {
  return changeNamespace(state, place.namespace, there => ({
    ...there,
    links: there.links.map(link =>
      link.name === place.name
        ? { ...link, up: false, carrier: false, addresses: link.addresses.filter(({ cidr }) => !cidr.includes(':')) }
        : link,
    ),
    routes: there.routes.filter(({ link }) => link !== place.name),
  }))
}

function detached(namespace: ObservedNamespace, name: string): ObservedNamespace {
  const free = ({ master, ...link }: ObservedLink): ObservedLink =>
    master === undefined || master === name ? link : { ...link, master }
  return {
    ...namespace,
    links: namespace.links.filter(link => link.name !== name).map(free),
    routes: namespace.routes.filter(route => route.link !== name),
    sysctls: Object.fromEntries(Object.entries(namespace.sysctls).filter(([key]) => linkOfSysctl(key) !== name)),
  }
}
