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
    if (!('vlans' in desired) || !desired.vlans) continue
    const self = desired.kind === 'bridge'
    const now = vlansNow(place, desired, state)
    for (const vlan of desired.vlans) {
      const there = now.find(({ id }) => id === vlan.id)
      if (there && there.pvid === vlan.pvid && there.untagged === vlan.untagged) continue
      const because = `VLAN ${vlan.id} of ${place.name} is ${there ? 'tagged otherwise' : 'missing'}`
      adds.push({ kind: 'vlan-add', place, vlan, self, because })
    }
    for (const { id } of now) {
      if (desired.vlans.some(vlan => vlan.id === id) || (id === 1 && !removesVlan1(desired))) continue
      removals.push({ kind: 'vlan-delete', place, id, self, because: `VLAN ${id} of ${place.name} is not wanted` })
    }
  }
  return { adds, removals }
}

/** A link that joins a filtering bridge gets VLAN 1 from the kernel, and so does the bridge itself. */
function vlansNow(place: LinkPlace, desired: DesiredLink, state: ObservedState): readonly BridgeVlan[] {
  const observed = linkAt(state, place)
  const joins = desired.kind === 'bridge' ? !observed : observed?.master !== desired.master
  return joins ? [{ id: 1, pvid: true, untagged: true }] : (observed?.vlans ?? [])
}

function removesVlan1(desired: DesiredLink): boolean {
  return desired.kind === 'physical' && desired.withoutVlan1 === true
}
