/** The port between decisions and a node: the real Linux, or a model of it. */
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'

/** What an observation must hold. Namespaces that do not exist are left out of it. */
export interface Interest {
  /** Namespaces with the sysctls that are wanted of each; `root` is always observed. */
  readonly sysctls: Readonly<Record<string, readonly string[]>>
  /** Also every namespace that bears our mark or a name of ours, so that what is left over is found. Those in which NICs
   * are probed are always observed. */
  readonly leftovers: boolean
  /** False: rulesets are not read, and look empty. True when absent. */
  readonly rulesets?: boolean
}

export interface NodeSystem {
  observe(interest: Interest): Promise<ObservedState>
  /** All of them, in an order that has the same end as the given one.
   *
   * @throws {NodeNetworkError} at the first that fails; others may have been done, before and after it
   */
  apply(operations: readonly Operation[]): Promise<void>
  /** Takes the node for this process until the function that is returned is called; may be taken several times.
   *
   * @throws {NodeNetworkError} NODE_NET_LOCKED when another process has it
   */
  lock?(): () => void
}
