import type { DesiredState } from '../state/desired.js'
import type { Interest } from '../system/system.js'

/** What must be observed before a plan can be made: the desired namespaces, their sysctls, and whatever is left over. */
export function interestOf(desired: DesiredState): Interest {
  const sysctls = desired.namespaces.map(({ name, sysctls }) => [name, Object.keys(sysctls)] as const)
  return { sysctls: Object.fromEntries(sysctls), leftovers: true }
}
