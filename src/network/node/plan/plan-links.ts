/** Links: the settings of those that are there, then the missing ones, then what only links that are there can have. */
import { withLinkDown, withMovedLink } from '../simulate/consequences.js'
import { linkAt, placeKey } from '../simulate/edit-state.js'
import type { DesiredLink, LinkPlace } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import type { LinkSettings, Operation } from '../state/operation.js'
import { isUsable, type JudgedLink, type JudgedLinks } from './judge-links.js'
import type { PlanPart } from './plan-part.js'

/** Mark, MAC and MTU of links that are there: before others are made on them, because a macvlan's MTU has its parent's as
 * the limit. */
export function settleLinks(judged: JudgedLinks): readonly Operation[] {
  return parentsFirst(judged).flatMap(({ place, desired, verdict }) => {
    if (verdict.is !== 'there') return []
    const settings = differingSettings(desired, verdict.observed)
    return settings ? [linkSet(place, settings, `${place.name} ${listed(settings, verdict.observed)}`)] : []
  })
}

export function makeLinks(judged: JudgedLinks): readonly Operation[] {
  const operations: Operation[] = []
  const done = new Set<string>()
  for (const { place, desired, verdict } of parentsFirst(judged)) {
    if (verdict.is !== 'missing' || done.has(placeKey(place))) continue
    done.add(placeKey(place))
    const because = `${place.name} is missing`
    if (desired.kind === 'veth') {
      done.add(placeKey(desired.peer))
      const peer = judged.get(placeKey(desired.peer))?.desired
      operations.push({
        kind: 'link-add',
        namespace: place.namespace,
        link: desired,
        ...(peer ? { peer } : {}),
        because,
      })
    } else if (desired.kind === 'wireguard' && desired.birthplace !== place.namespace) {
      const { birthplace: namespace, name } = desired
      operations.push({ kind: 'link-add', namespace, link: desired, because })
      operations.push({
        kind: 'link-move',
        namespace,
        name,
        to: place.namespace,
        because: `${name} was born elsewhere`,
      })
    } else {
      operations.push({ kind: 'link-add', namespace: place.namespace, link: desired, because })
    }
  }
  return operations
}

/** WireGuard devices that a crash, or their supervisor, left where they were born. */
export function moveFromBirthplace(judged: JudgedLinks, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const { place, desired, verdict } of judged.values()) {
    if (verdict.is !== 'in-birthplace' || desired.kind !== 'wireguard') continue
    const from = { namespace: desired.birthplace, name: place.name }
    operations.push({ kind: 'link-move', ...from, to: place.namespace, because: `${place.name} is in its birthplace` })
    state = withMovedLink(state, from, place.namespace)
  }
  return { operations, state }
}

/** Bridges' ports: after all links are there. */
export function joinBridges(judged: JudgedLinks, state: ObservedState): readonly Operation[] {
  return [...judged.values()].filter(isUsable).flatMap(({ place, desired }) => {
    const now = linkAt(state, place)?.master
    const { master = null } = desired
    if (master === null) {
      return now === undefined ? [] : [linkSet(place, { master }, `${place.name} is a port of ${now}`)]
    }
    const bridge = { namespace: place.namespace, name: master }
    const judgedBridge = judged.get(placeKey(bridge))
    const canJoin = judgedBridge ? isUsable(judgedBridge) : linkAt(state, bridge) !== undefined
    if (now === master || !canJoin) return []
    return [linkSet(place, { master }, `${place.name} is not a port of ${master}`)]
  })
}

/** Up, or down where that is wanted. */
export function raiseLinks(judged: JudgedLinks, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const { place, desired } of [...judged.values()].filter(isUsable)) {
    const { up } = desired
    const now = linkAt(observed, place)?.up ?? false
    if (now === up) continue
    operations.push(linkSet(place, { up }, `${place.name} is ${now ? 'up' : 'down'}`))
    if (!up) state = withLinkDown(state, place)
  }
  return { operations, state }
}

const RANKS: Readonly<Partial<Record<DesiredLink['kind'], number>>> = { wireguard: 1, macvlan: 2 }

/** Nothing but macvlans stands on another link. WireGuard devices stand together: they may be processes that start. */
function parentsFirst(judged: JudgedLinks): readonly JudgedLink[] {
  const rank = ({ desired }: JudgedLink) => RANKS[desired.kind] ?? 0
  return [...judged.values()].sort((one, other) => rank(one) - rank(other))
}

function differingSettings(desired: DesiredLink, observed: ObservedLink): LinkSettings | undefined {
  const settings: LinkSettings = {
    ...(desired.kind !== 'physical' && desired.mark !== observed.mark ? { mark: desired.mark } : {}),
    ...(desired.mac !== undefined && desired.mac !== observed.mac ? { mac: desired.mac } : {}),
    ...(desired.mtu !== undefined && desired.mtu !== observed.mtu ? { mtu: desired.mtu } : {}),
    // Turned on, never off: a bridge that filters without VLANs passes everything, and the Go node's bridges do.
    ...(desired.kind === 'bridge' && desired.vlanFiltering && !observed.vlanFiltering ? { vlanFiltering: true } : {}),
  }
  return Object.keys(settings).length === 0 ? undefined : settings
}

function listed({ mark, mac, mtu, vlanFiltering }: LinkSettings, observed: ObservedLink): string {
  const parts = [
    ...(mark === undefined ? [] : [observed.mark === undefined ? 'is not marked' : `is marked ${observed.mark}`]),
    ...(mac === undefined ? [] : [`has MAC ${observed.mac ?? 'none'}, not ${mac}`]),
    ...(mtu === undefined ? [] : [`has MTU ${observed.mtu}, not ${mtu}`]),
    ...(vlanFiltering === undefined ? [] : ['does not filter VLANs']),
  ]
  return parts.join(', ')
}

function linkSet({ namespace, name }: LinkPlace, settings: LinkSettings, because: string): Operation {
  return { kind: 'link-set', namespace, name, settings, because }
}
