import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'

/** A part of a plan, and what is there when it has been done, as far as the next parts depend on it. */
export interface PlanPart {
  readonly operations: readonly Operation[]
  readonly state: ObservedState
}
