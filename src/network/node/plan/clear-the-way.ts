/** What must be done before anything is made: NICs back home, services and wrong links out of the way, namespaces. */
import { isProbeNamespace } from '../internet/probe-namespace.js'
import { withMovedLink, withoutLink } from '../simulate/consequences.js'
import { linkAt, namespaceOf } from '../simulate/edit-state.js'
import { type DesiredState, type LinkPlace, ROOT } from '../state/desired.js'
import type { ObservedNamespace, ObservedState } from '../state/observed.js'
import type { Conflict, Operation } from '../state/operation.js'
import { judgeLinks } from './judge-links.js'
import type { PlanPart } from './plan-part.js'

/** Kinds of links that may be a NIC: hardware, and what stands for it in a lab or a virtual machine. */
const NIC_KINDS: ReadonlySet<string> = new Set(['device', 'veth', 'tun'])

/** Namespaces that are ours and not desired: marked, or left behind by probing. */
export function surplusNamespaces(desired: DesiredState, observed: ObservedState): readonly ObservedNamespace[] {
  const wanted = new Set(desired.namespaces.map(({ name }) => name))
  return observed.namespaces.filter(
    ({ name, marked }) => name !== ROOT && !wanted.has(name) && (marked || isProbeNamespace(name)),
  )
}

/** Deleting a namespace destroys a veth in it, and sends hardware to the machine's first namespace, which need not be ours:
 * NICs are brought back before. */
export function evacuate(
  desired: DesiredState,
  observed: ObservedState,
): PlanPart & { conflicts: readonly Conflict[] } {
  const operations: Operation[] = []
  const conflicts: Conflict[] = []
  let state = observed
  for (const { name: namespace, links } of surplusNamespaces(desired, observed)) {
    for (const { name, kind, mark } of links) {
      const isNic = kind === 'device' || (isProbeNamespace(namespace) && mark === undefined && NIC_KINDS.has(kind))
      if (!isNic) continue
      if (linkAt(state, { namespace: ROOT, name })) {
        const message = `the NIC ${name} cannot be brought back from ${namespace}: the root namespace has a ${name} too`
        conflicts.push({ namespace, name, message, hint: 'rename or remove one of them' })
        continue
      }
      const because = `the NIC ${name} was left in ${namespace}`
      operations.push({ kind: 'link-move', namespace, name, to: ROOT, because })
      state = withMovedLink(state, { namespace, name }, ROOT)
    }
  }
  return { operations, conflicts, state }
}

export function makeNamespaces(desired: DesiredState, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const { name: namespace } of desired.namespaces) {
    if (namespace === ROOT) continue
    const there = namespaceOf(state, namespace)
    if (!there) {
      operations.push({ kind: 'namespace-add', namespace, because: `namespace ${namespace} is missing` })
      state = { ...state, namespaces: [...state.namespaces, emptyNamespace(namespace)] }
    } else if (!there.marked) {
      operations.push({ kind: 'namespace-adopt', namespace, because: `namespace ${namespace} is not marked` })
    }
  }
  return { operations, state }
}

export function deleteWrongLinks(desired: DesiredState, observed: ObservedState): PlanPart {
  const operations: Operation[] = []
  let state = observed
  for (const { place, desired: link, verdict } of judgeLinks(desired, state).values()) {
    if (verdict.is !== 'wrong') continue
    const at = whereItStands(place, link.kind === 'wireguard' ? link.birthplace : place.namespace, state)
    // The other end of a veth that is deleted here is gone already.
    if (!at) continue
    operations.push({ kind: 'link-delete', ...at, because: verdict.because })
    state = withoutLink(state, at)
  }
  return { operations, state }
}

function whereItStands(place: LinkPlace, birthplace: string, state: ObservedState): LinkPlace | undefined {
  return [place, { namespace: birthplace, name: place.name }].find(one => linkAt(state, one))
}

function emptyNamespace(name: string): ObservedNamespace {
  return { name, marked: true, links: [], routes: [], sysctls: {}, nft: [] }
}
