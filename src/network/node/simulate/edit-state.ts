/** Looking things up in an observed state, and copies of it with one thing changed. */
import type { LinkPlace } from '../state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedState } from '../state/observed.js'

export function namespaceOf(state: ObservedState, name: string): ObservedNamespace | undefined {
  return state.namespaces.find(namespace => namespace.name === name)
}

export function linkAt(state: ObservedState, place: LinkPlace): ObservedLink | undefined {
  return namespaceOf(state, place.namespace)?.links.find(link => link.name === place.name)
}

export function samePlace(one: LinkPlace | undefined, other: LinkPlace): boolean {
  return one !== undefined && one.namespace === other.namespace && one.name === other.name
}

/** One text for a place: `ndmz/npub4`. Neither names of links nor of namespaces hold a `/`. */
export function placeKey({ namespace, name }: LinkPlace): string {
  return `${namespace}/${name}`
}

export function changeNamespace(
  state: ObservedState,
  name: string,
  change: (namespace: ObservedNamespace) => ObservedNamespace,
): ObservedState {
  const namespaces = state.namespaces.map(namespace => (namespace.name === name ? change(namespace) : namespace))
  return { ...state, namespaces }
}

export function changeLink(
  state: ObservedState,
  place: LinkPlace,
  change: (link: ObservedLink) => ObservedLink,
): ObservedState {
  return changeNamespace(state, place.namespace, namespace => ({
    ...namespace,
    links: namespace.links.map(link => (link.name === place.name ? change(link) : link)),
  }))
}

/** The link that a sysctl belongs to, if it does: `eth0` of `net.ipv6.conf.eth0.accept_ra`. */
export function linkOfSysctl(key: string): string | undefined {
  const name = /^net\.ipv[46]\.(?:conf|neigh)\.(.+)\.[^.]+$/.exec(key)?.[1]?.replaceAll('/', '.')
  return name === 'all' || name === 'default' ? undefined : name
}
