/**
 * Observe, decide, plan, apply, and plan again until there is nothing to do.
 *
 * An apply that fails leaves a node half changed: it is looked at again, and the rest is planned from what is there.
 */
import { type Clock, systemClock } from '../../core/clock.js'
import { Deadline } from '../../core/deadline.js'
import { type Backoff, delays } from '../../core/retry.js'
import { NodeNetworkError } from '../../errors/node-network.js'
import { CancelledError } from '../../errors/wait.js'
import { describeOperation } from './plan/describe-operation.js'
import { planNetwork } from './plan/plan-network.js'
import type { DesiredState } from './state/desired.js'
import type { ObservedState } from './state/observed.js'
import type { NetworkPlan, Operation } from './state/operation.js'
import type { Interest, NodeSystem } from './system/system.js'

export interface ReconcileOptions {
  readonly system: NodeSystem
  /** Made anew for every observation: what is there decides too. */
  readonly desired: (observed: ObservedState) => DesiredState
  /** What `desired` and the plan look at. */
  readonly interest: Interest
  readonly signal?: AbortSignal
  /** How often it is applied at most; 5 when absent. */
  readonly attempts?: number
  /** How long links that services make are waited for; 10 s when absent. */
  readonly awaitMs?: number
  readonly clock?: Clock
}

export interface Reconciled {
  /** Of the attempts that succeeded as a whole. */
  readonly applied: readonly Operation[]
  /** How often something was applied; 0 when nothing had to be. */
  readonly attempts: number
  readonly elapsedMs: number
  readonly state: ObservedState
}

const ATTEMPTS = 5
const AWAIT_MS = 10_000
const PAUSE: Backoff = { firstMs: 50, factor: 2, maxMs: 2_000, jitter: 0.5 }
const SHOWN_OPERATIONS = 20

/** @throws {NodeNetworkError} NODE_NET_CONFLICT before the first operation; NODE_NET_NOT_CONVERGED with what remains; what
 * the last attempt failed with; NODE_NET_LOCKED
 * @throws {CancelledError} by the signal
 * @example await reconcile({ system, interest: interestOf(desired), desired: () => desired })
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const unlock = options.system.lock?.()
  try {
    return await converge(options)
  } finally {
    unlock?.()
  }
}

async function converge(options: ReconcileOptions): Promise<Reconciled> {
  const { system, desired, interest, signal, attempts: most = ATTEMPTS, clock = systemClock } = options
  const startedAt = performance.now()
  const links = new Deadline('the links that services make', options.awaitMs ?? AWAIT_MS, signal)
  const pauses = delays(PAUSE)
  const applied: Operation[] = []
  const pause = (ms: number) =>
    clock.sleep(ms, signal).catch(error => {
      throw signal?.aborted ? cancelled(signal) : error
    })
  let attempts = 0
  let failure: unknown
  for (;;) {
    if (signal?.aborted) throw cancelled(signal)
    const state = await system.observe(interest)
    const plan = planNetwork(desired(state), state)
    if (plan.conflicts.length > 0) throw conflicting(plan)
    const { operations, awaited } = plan
    if (operations.length === 0) {
      if (awaited.length === 0) return { applied, attempts, elapsedMs: performance.now() - startedAt, state }
      if (links.expired) throw notConverged(plan, attempts)
      await pause(Math.min(pauses.next().value, links.remainingMs))
      continue
    }
    if (attempts === most) throw failure ?? notConverged(plan, attempts)
    if (failure !== undefined) await pause(pauses.next().value)
    attempts++
    try {
      await system.apply(operations)
      applied.push(...operations)
      failure = undefined
    } catch (error) {
      failure = error
    }
  }
}

function cancelled(signal: AbortSignal): CancelledError {
  return new CancelledError("the set-up of the node's network", { cause: signal.reason })
}

function conflicting({ conflicts }: NetworkPlan): NodeNetworkError {
  const [first] = conflicts
  const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : ''
  return new NodeNetworkError('NODE_NET_CONFLICT', `${first?.message}${more}`, {
    where: `${first?.name} in namespace ${first?.namespace}`,
    hint: first?.hint,
    details: { conflicts },
  })
}

function notConverged({ operations, awaited }: NetworkPlan, attempts: number): NodeNetworkError {
  const remaining = operations.slice(0, SHOWN_OPERATIONS).map(operation => {
    return `${describeOperation(operation)}: ${operation.because}`
  })
  const missing = awaited.map(({ namespace, name }) => `${name} in ${namespace}`)
  const what = operations.length > 0 ? `${operations.length} operations remain` : `not there: ${missing.join(', ')}`
  return new NodeNetworkError('NODE_NET_NOT_CONVERGED', `after ${attempts} attempts ${what}`, {
    hint: operations.length > 0 ? 'something changes it back: see what else runs' : 'see why nobody makes it',
    details: { remaining, awaited: missing },
  })
}
