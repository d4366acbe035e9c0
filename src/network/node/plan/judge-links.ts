/**
 * How each desired link stands: there, to be made, in the way, or somebody else's.
 *
 * Ours is what carries our mark. What has the right name and kind without it is adopted; what has the right name and
 * another kind is deleted and made again when it is ours, and a conflict when it is not.
 */
import { linkAt, placeKey, samePlace } from '../simulate/edit-state.js'
import { type DesiredLink, type DesiredState, type LinkPlace, ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import type { Conflict } from '../state/operation.js'
import { WIREGUARD_SERVICE } from './wireguard-service.js'

export type Verdict =
  | { readonly is: 'there'; readonly observed: ObservedLink }
  | { readonly is: 'missing' }
  /** A WireGuard device that was made and, after a crash, not moved. */
  | { readonly is: 'in-birthplace'; readonly observed: ObservedLink }
  /** Ours, but it has to be made anew. */
  | { readonly is: 'wrong'; readonly because: string }
  | { readonly is: 'foreign'; readonly conflict: Conflict }
  /** Others make it, or what it stands on. */
  | { readonly is: 'awaited' }
  /** What it stands on cannot be ours. */
  | { readonly is: 'blocked' }

export interface JudgedLink {
  readonly place: LinkPlace
  readonly desired: DesiredLink
  readonly verdict: Verdict
}

/** By `placeKey`, in the order of the desired state. */
export type JudgedLinks = ReadonlyMap<string, JudgedLink>

export function judgeLinks(desired: DesiredState, state: ObservedState): JudgedLinks {
  const judged = new Map<string, JudgedLink>()
  const ports = wireguardPorts(desired)
  for (const { name: namespace, links } of desired.namespaces) {
    for (const link of links) {
      const place = { namespace, name: link.name }
      judged.set(placeKey(place), { place, desired: link, verdict: judge(place, link, state) })
    }
  }
  for (const [key, { place, desired, verdict }] of judged) {
    const because = portOfAnother(desired, verdict, ports)
    if (because !== undefined) judged.set(key, { place, desired, verdict: { is: 'wrong', because } })
  }
  // What stands on another link shares its fate: macvlans on parents, a veth's end on the other one.
  for (const [key, { place, desired, verdict }] of judged) {
    if (verdict.is !== 'missing') continue
    const fate = fateOf(desired, judged, state)
    if (fate) judged.set(key, { place, desired, verdict: { is: fate } })
  }
  return judged
}

/** Listen port → the device that must have it. */
export function wireguardPorts(desired: DesiredState): ReadonlyMap<number, string> {
  const devices = desired.namespaces.flatMap(({ links }) =>
    links.flatMap(link => (link.kind === 'wireguard' ? [link] : [])),
  )
  return new Map(devices.map(({ name, wireguard }) => [wireguard.listenPort, name]))
}

/** Two devices cannot listen on one port, not even while theirs are exchanged: one that holds another's goes first. */
function portOfAnother(desired: DesiredLink, verdict: Verdict, ports: ReadonlyMap<number, string>): string | undefined {
  if (desired.kind !== 'wireguard' || !('observed' in verdict)) return undefined
  const { listenPort = 0 } = verdict.observed.wireguard ?? {}
  const owner = ports.get(listenPort)
  if (owner === undefined || owner === desired.name) return undefined
  return `${desired.name} listens on ${listenPort}, which is the port of ${owner}`
}

/** It is there, or will be when the operations that make links are done. */
export function isUsable({ verdict: { is } }: JudgedLink): boolean {
  return is === 'there' || is === 'missing' || is === 'in-birthplace' || is === 'wrong'
}

function fateOf(link: DesiredLink, judged: JudgedLinks, state: ObservedState): 'awaited' | 'blocked' | undefined {
  if (link.kind !== 'macvlan' && link.kind !== 'veth') return undefined
  const base = link.kind === 'macvlan' ? { namespace: ROOT, name: link.parent } : link.peer
  const other = judged.get(placeKey(base))
  if (other && isUsable(other)) return undefined
  if (other) return other.verdict.is === 'awaited' ? 'awaited' : 'blocked'
  return link.kind === 'veth' || linkAt(state, base) ? undefined : 'awaited'
}

function judge(place: LinkPlace, desired: DesiredLink, state: ObservedState): Verdict {
  const observed = linkAt(state, place)
  if (!observed) return judgeAbsent(place, desired, state)
  const wrong = whatIsWrong(desired, observed)
  if (wrong === undefined) return { is: 'there', observed }
  if (observed.mark !== undefined && desired.kind !== 'tun') return { is: 'wrong', because: wrong }
  return { is: 'foreign', conflict: conflictAt(place, wrong) }
}

function judgeAbsent(place: LinkPlace, desired: DesiredLink, state: ObservedState): Verdict {
  if (desired.kind === 'tun' || desired.kind === 'physical') return { is: 'awaited' }
  if (desired.kind !== 'wireguard' || desired.birthplace === place.namespace) return { is: 'missing' }

  const birthplace = { namespace: desired.birthplace, name: desired.name }
  const observed = linkAt(state, birthplace)
  if (!observed) return { is: 'missing' }
  const wrong = whatIsWrong(desired, observed)
  if (wrong === undefined) return { is: 'in-birthplace', observed }
  // Who keeps services has started its process again, which has not come to answer yet.
  const isStarting = state.services.some(({ name }) => name === `${WIREGUARD_SERVICE}${desired.name}`)
  if (observed.mark !== undefined || (isStarting && observed.tunMode === 'tun')) return { is: 'wrong', because: wrong }
  return { is: 'foreign', conflict: conflictAt(birthplace, wrong) }
}

function whatIsWrong(desired: DesiredLink, observed: ObservedLink): string | undefined {
  const { name } = desired
  switch (desired.kind) {
    case 'physical':
      return undefined // whatever the configuration calls a NIC
    case 'bridge':
      return observed.kind === 'bridge' ? undefined : `${name} is a ${observed.kind}, not a bridge`
    case 'tap':
    case 'tun': {
      if (observed.kind === 'tun' && observed.tunMode === desired.kind) return undefined
      return `${name} is a ${observed.tunMode ?? observed.kind}, not a ${desired.kind}`
    }
    case 'wireguard': {
      if (!observed.wireguard && observed.kind !== 'wireguard') {
        return `${name} is a ${observed.kind} that does not answer as WireGuard`
      }
      // The mark says where it was born, and that cannot be changed. One without a mark is taken as it is.
      const { mark } = observed
      return mark === undefined || mark === desired.mark ? undefined : `${name} is marked ${mark}, not ${desired.mark}`
    }
    case 'macvlan': {
      if (observed.kind !== 'macvlan') return `${name} is a ${observed.kind}, not a macvlan`
      if (samePlace(observed.lower, { namespace: ROOT, name: desired.parent })) return undefined
      return `${name} stands on ${shown(observed.lower)}, not on ${desired.parent}`
    }
    case 'veth': {
      if (observed.kind !== 'veth') return `${name} is a ${observed.kind}, not a veth`
      if (samePlace(observed.lower, desired.peer)) return undefined
      return `the other end of ${name} is ${shown(observed.lower)}, not ${shown(desired.peer)}`
    }
  }
}

function conflictAt({ namespace, name }: LinkPlace, wrong: string): Conflict {
  return {
    namespace,
    name,
    message: `${wrong}, and not marked as ours`,
    hint: `rename or remove ${name} in namespace ${namespace}; nothing of others is changed`,
  }
}

function shown(place: LinkPlace | undefined): string {
  return place ? `${place.name} in ${place.namespace}` : 'a link elsewhere'
}
