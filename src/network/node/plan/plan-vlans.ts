/** VLANs of bridges and their ports: only where some are desired, because not every kernel has them. */
import { linkAt } from '../simulate/edit-state.js'
import type { BridgeVlan, DesiredLink, LinkPlace } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { isUsable, type JudgedLinks } from './judge-links.js'

export interface VlanOperations {
  readonly adds: readonly Operation[]
  readonly removals: readonly Operation[]
}

export function planVlans(judged: JudgedLinks, state: ObservedState): VlanOperations {
  const adds: Operation[] = []
  const removals: Operation[] = []
  for (const { place, desired } of [...judged.values()].filter(isUsable)) {
    const now = vlansNow(place, desired, state)
    const wanted = vlansOf(desired)
    // A link that knows no VLANs needs none to be told.
    if (!wanted || (now.length === 0 && !hasVlans(desired))) continue
    const self = desired.kind === 'bridge'
    for (const vlan of wanted) {
      const there = now.find(({ id }) => id === vlan.id)
      if (there && there.pvid === vlan.pvid && there.untagged === vlan.untagged) continue
      const because = `VLAN ${vlan.id} of ${place.name} is ${there ? 'tagged otherwise' : 'missing'}`
      adds.push({ kind: 'vlan-add', place, vlan, self, because })
    }
    for (const { id } of now) {
      if (wanted.some(vlan => vlan.id === id)) continue
      removals.push({ kind: 'vlan-delete', place, id, self, because: `VLAN ${id} of ${place.name} is not wanted` })
    }
  }
  return { adds, removals }
}

/** What the kernel gives a filtering bridge and each link that joins it: frames without a tag. */
const VLAN_1: BridgeVlan = { id: 1, pvid: true, untagged: true }

/** A link in one VLAN without a tag is in no other: frames without a tag are of another segment. Links of which nothing is
 * said are as the kernel made them, whatever was said before. */
function vlansOf(desired: DesiredLink): readonly BridgeVlan[] | undefined {
  if (desired.kind !== 'bridge' && desired.kind !== 'veth' && desired.kind !== 'physical') return undefined
  const { vlans = [] } = desired
  const without = vlans.some(({ pvid }) => pvid) || (desired.kind === 'physical' && desired.withoutVlan1 === true)
  return without ? vlans : [VLAN_1, ...vlans]
}

function hasVlans(desired: DesiredLink): boolean {
  return 'vlans' in desired && desired.vlans !== undefined
}

function vlansNow(place: LinkPlace, desired: DesiredLink, state: ObservedState): readonly BridgeVlan[] {
  const observed = linkAt(state, place)
  const joins = desired.kind !== 'bridge' && observed?.master !== desired.master
  const known = joins ? undefined : observed?.vlans
  // They are told of bridges that filter, and of their ports: others have what the kernel gives them.
  return known ?? (hasVlans(desired) ? [VLAN_1] : [])
}
