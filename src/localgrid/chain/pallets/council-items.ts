/** Who sits in the council: Council 40 and CouncilMembership 41 hold the same list. */
import { accountId } from '../runtime/primitives.js'
import { vec } from '../scale/composed.js'
import { storageOf } from '../state/item.js'
import type { State } from '../state/overlay.js'

export const councilStorage = storageOf('Council')
export const membershipStorage = storageOf('CouncilMembership')

const collectiveMembers = councilStorage.value('Members', [], vec(accountId), () => [])
export const councilPrime = councilStorage.optional('Prime', [], accountId)
export const councilMembers = membershipStorage.value('Members', [], vec(accountId), () => [])
export const membershipPrime = membershipStorage.optional('Prime', [], accountId)

/** Sets both lists, in account order. */
export function setCouncil(state: State, members: readonly string[]): void {
  const sorted = [...new Set(members)].sort()
  councilMembers.put(state, sorted)
  collectiveMembers.put(state, sorted)
}
