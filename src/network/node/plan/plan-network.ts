/**
 * Desired state + observed state → what has to be done, in an order in which each step finds what it needs.
 *
 * What is removed goes last and backwards, except for what is in the way. The planner writes nothing and reads nothing else.
 */
import type { DesiredState } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { NetworkPlan, Operation } from '../state/operation.js'
import { deleteWrongLinks, evacuate, makeNamespaces } from './clear-the-way.js'
import { judgeLinks } from './judge-links.js'
import { addAddresses, removeAddresses } from './plan-addresses.js'
import { joinBridges, makeLinks, moveFromBirthplace, raiseLinks, settleLinks } from './plan-links.js'
import { planNft } from './plan-nft.js'
import { freePorts, holdsPortOfOurs, removeLinks, removeNamespaces } from './plan-removals.js'
import { holdsRouteOfOurs, planRoutes } from './plan-routes.js'
import { startServices, stopServices } from './plan-services.js'
import { planSysctls } from './plan-sysctls.js'
import { planVlans } from './plan-vlans.js'
import { planWireguard } from './plan-wireguard.js'

/** Empty when everything is as desired. Conflicts and what depends on them are left out of the operations.
 *
 * @example
 * const { operations, conflicts } = planNetwork(desired, await system.observe(interestOf(desired)))
 * if (conflicts.length === 0) await system.apply(operations)
 */
export function planNetwork(desired: DesiredState, observed: ObservedState): NetworkPlan {
  const home = evacuate(desired, observed)
  const stops = stopServices(desired, observed)
  const namespaces = makeNamespaces(desired, home.state)
  const wrong = deleteWrongLinks(desired, namespaces.state)
  const freed = freePorts(desired, wrong.state)
  const holdsRoute = holdsRouteOfOurs(desired, freed.state)
  const holdsPort = holdsPortOfOurs(desired, freed.state)
  const inTheWay = removeLinks(desired, freed.state, place => holdsRoute(place) || holdsPort(place))
  const moves = moveFromBirthplace(judgeLinks(desired, inTheWay.state), inTheWay.state)

  // From here on nothing is deleted that is desired: every difference is against what is left.
  const judged = judgeLinks(desired, moves.state)
  const settled = settleLinks(judged)
  const links = makeLinks(judged)
  const nft = planNft(desired, moves.state)
  const vlans = planVlans(judged, moves.state)
  const raised = raiseLinks(judged, moves.state)
  const addresses = addAddresses(judged, raised.state)

  const leftLinks = removeLinks(desired, addresses.state)
  const leftAddresses = removeAddresses(judged, leftLinks.state)
  const leftNamespaces = removeNamespaces(desired, leftAddresses.state)
  const routes = planRoutes(desired, judged, addresses.state, leftLinks.state)

  const operations: readonly Operation[] = [
    ...home.operations,
    ...stops,
    ...namespaces.operations,
    ...wrong.operations,
    ...freed.operations,
    ...inTheWay.operations,
    ...moves.operations,
    ...settled,
    ...links,
    ...planSysctls(desired, judged, moves.state),
    ...nft.replacements,
    ...joinBridges(judged, moves.state),
    ...vlans.adds,
    ...raised.operations,
    ...addresses.operations,
    ...routes.adds,
    ...planWireguard(judged, moves.state),
    ...startServices(desired, observed, [...moves.operations, ...settled, ...links]),
    ...routes.removals,
    ...leftAddresses.operations,
    ...vlans.removals,
    ...leftLinks.operations,
    ...nft.removals,
    ...leftNamespaces.operations,
  ]
  const foreign = [...judged.values()].flatMap(({ verdict }) => (verdict.is === 'foreign' ? [verdict.conflict] : []))
  const awaited = [...judged.values()].flatMap(({ place, verdict }) => (verdict.is === 'awaited' ? [place] : []))
  return Object.freeze({
    operations: Object.freeze(operations.map(operation => Object.freeze(operation))),
    conflicts: Object.freeze([...home.conflicts, ...foreign, ...routes.conflicts]),
    awaited: Object.freeze(awaited),
  })
}
