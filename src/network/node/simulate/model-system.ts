/** A node in memory: for `--simulate`, and for tests. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { describeOperation } from '../plan/describe-operation.js'
import { ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import type { NodeSystem } from '../system/system.js'
import { simulate } from './simulate.js'

export interface ModelSystem extends NodeSystem {
  /** Everything that was done, oldest first. */
  readonly applied: readonly Operation[]
  readonly state: ObservedState
  /** Somebody else changes something. */
  change(change: (state: ObservedState) => ObservedState): void
}

export interface ModelSystemOptions {
  /** The operation that fails, once, counted from 0 over all calls. */
  readonly failAt?: number
}

const EMPTY: ObservedState = {
  namespaces: [{ name: ROOT, marked: false, links: [], routes: [], sysctls: {}, nft: [] }],
  services: [],
}

/** @example
 * const model = modelSystem(await system.observe(interest))
 * await model.apply(planNetwork(desired, model.state).operations)
 */
export function modelSystem(initial: ObservedState = EMPTY, { failAt }: ModelSystemOptions = {}): ModelSystem {
  let state = initial
  let attempted = 0
  const applied: Operation[] = []
  return {
    applied,
    get state() {
      return state
    },
    change(change) {
      state = change(state)
    },
    async observe() {
      return state
    },
    async apply(operations) {
      for (const operation of operations) {
        if (attempted++ === failAt) throw failed(operation)
        state = simulate(state, operation)
        applied.push(operation)
      }
    },
  }
}

function failed(operation: Operation): NodeNetworkError {
  const what = describeOperation(operation)
  return new NodeNetworkError('NODE_NET_COMMAND', `${what} was told to fail`, { details: { operation: what } })
}
