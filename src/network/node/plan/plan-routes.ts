/** Routes of the main table. Only those with protocol static are ours; one that is there is enough, whoever made it. */
import { linkAt, namespaceOf, placeKey } from '../simulate/edit-state.js'
import { type DesiredState, type LinkPlace, ROOT, type Route } from '../state/desired.js'
import type { ObservedRoute, ObservedState } from '../state/observed.js'
import type { Conflict, Operation } from '../state/operation.js'
import { isUsable, type JudgedLinks } from './judge-links.js'

export interface RouteOperations {
  /** Additions, and before each the deletion of the route of ours that it takes the place of. */
  readonly adds: readonly Operation[]
  readonly removals: readonly Operation[]
  readonly conflicts: readonly Conflict[]
}

/** @param left what is there when links that are not wanted are gone: their routes need no deletion */
export function planRoutes(
  desired: DesiredState,
  judged: JudgedLinks,
  state: ObservedState,
  left: ObservedState,
): RouteOperations {
  const adds: Operation[] = []
  const removals: Operation[] = []
  const conflicts: Conflict[] = []
  for (const { name: namespace, routes } of desired.namespaces) {
    const observed = namespaceOf(state, namespace)?.routes ?? []
    const replaced = new Set<ObservedRoute>()
    const remove = (route: ObservedRoute, because: string): Operation => {
      return { kind: 'route-delete', namespace, route: plain(route), because }
    }
    // A next hop must be reachable before it is used: routes that lead to a link come first.
    for (const route of [...routes].sort((one, other) => rank(one) - rank(other))) {
      const link = judged.get(placeKey({ namespace, name: route.link }))
      const isPossible = link ? isUsable(link) : linkAt(state, { namespace, name: route.link }) !== undefined
      if (!isPossible || observed.some(one => isSameRoute(one, route))) continue
      const inPlace = observed.filter(one => isInPlace(one, route))
      const foreign = inPlace.find(({ protocol }) => protocol !== 'static')
      if (foreign) {
        conflicts.push(conflictWith(namespace, foreign))
        continue
      }
      for (const old of inPlace) {
        replaced.add(old)
        adds.push(remove(old, `${shown(old)} leads elsewhere`))
      }
      adds.push({ kind: 'route-add', namespace, route: plain(route), because: `${shown(route)} is missing` })
    }
    removals.push(
      ...(namespaceOf(left, namespace)?.routes ?? [])
        .filter(route => route.protocol === 'static' && isOurs(namespace, route, judged, state))
        .filter(route => !replaced.has(route) && !routes.some(one => isSameRoute(route, one)))
        .map(route => remove(route, `${shown(route)} is not wanted`)),
    )
  }
  return { adds, removals, conflicts }
}

/** A link that is not wanted, and holds a route that nobody can delete but with it, where one of ours must be. */
export function holdsRouteOfOurs(desired: DesiredState, state: ObservedState): (place: LinkPlace) => boolean {
  return ({ namespace, name }) => {
    const wanted = desired.namespaces.find(one => one.name === namespace)?.routes ?? []
    const held = namespaceOf(state, namespace)?.routes.filter(({ link }) => link === name) ?? []
    return held.some(route => route.protocol !== 'static' && wanted.some(one => isInPlace(route, one)))
  }
}

/** In a namespace that is ours all are; in the root namespace those over our links. */
function isOurs(namespace: string, { link }: Route, judged: JudgedLinks, state: ObservedState): boolean {
  if (namespace !== ROOT) return true
  const kind = judged.get(placeKey({ namespace, name: link }))?.desired.kind
  return kind === undefined ? linkAt(state, { namespace, name: link })?.mark !== undefined : kind !== 'physical'
}

function isSameRoute(one: Route, other: Route): boolean {
  return isInPlace(one, other) && one.link === other.link && one.via === other.via
}

/** The kernel keeps one route to a range with the same metric. */
function isInPlace(one: Route, other: Route): boolean {
  return one.to === other.to && metricOf(one) === metricOf(other)
}

/** What the kernel gives a route that names none: include/uapi/linux/ipv6_route.h, IP6_RT_PRIO_USER. */
export function metricOf({ to, metric }: Route): number {
  return metric ?? (to.includes(':') ? 1024 : 0)
}

function rank({ via }: Route): number {
  return via === undefined ? 0 : 1
}

function plain({ to, link, via, metric }: Route): Route {
  return { to, link, ...(via === undefined ? {} : { via }), ...(metric === undefined ? {} : { metric }) }
}

function shown({ to, via, link }: Route): string {
  return `route ${to}${via === undefined ? '' : ` via ${via}`} over ${link}`
}

function conflictWith(namespace: string, route: ObservedRoute): Conflict {
  return {
    namespace,
    name: route.link,
    message: `${shown(route)} (protocol ${route.protocol}) stands where ours must be`,
    hint: 'remove it, or give it another metric',
  }
}
