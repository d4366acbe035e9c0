/** `ip -j -d route show table all`: the main table of both families. */
import type { ObservedRoute } from '../state/observed.js'
import { type JsonObject, JsonPlace } from './read-ip-json.js'

/** Unicast routes of the main table; local and multicast ones are the kernel's alone.
 *
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readRoutes(command: string, document: unknown): readonly ObservedRoute[] {
  return new JsonPlace(command, 'routes').objects(document).flatMap(({ object, place }) => {
    const { table = 'main', type = 'unicast' } = object
    if (table !== 'main' || type !== 'unicast') return []
    const hops = object.nexthops === undefined ? [{ object, place }] : place.at('nexthops').objects(object.nexthops)
    return hops.flatMap(hop => readHop(object, place, hop.object, hop.place) ?? [])
  })
}

function readHop(route: JsonObject, place: JsonPlace, hop: JsonObject, hopPlace: JsonPlace): ObservedRoute | undefined {
  const to = place.text(route, 'dst')
  // What leads nowhere (a multipath hop whose link is gone) or over the other family is nobody's of ours.
  if (hop.dev === undefined || hop.via !== undefined) return undefined
  const via = hopPlace.optionalText(hop, 'gateway')
  const metric = place.optionalWhole(route, 'metric')
  const isIpv6 = to.includes(':') || (to === 'default' && (via?.includes(':') ?? route.pref !== undefined))
  return {
    to: to === 'default' ? (isIpv6 ? '::/0' : '0.0.0.0/0') : withLength(to, isIpv6),
    link: hopPlace.text(hop, 'dev'),
    ...(via === undefined ? {} : { via }),
    ...(metric === undefined ? {} : { metric }),
    family: isIpv6 ? 6 : 4,
    protocol: place.text(route, 'protocol'),
  }
}

/** `ip` leaves the length of a single address out. */
function withLength(to: string, isIpv6: boolean): string {
  return to.includes('/') ? to : `${to}/${isIpv6 ? 128 : 32}`
}
