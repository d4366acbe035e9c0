/**
 * The steps of a plan: frozen plain data with a `kind`, exhaustively switched by whoever renders or applies them.
 *
 * What is sent to a node holds keys and environment values, so it hides in a Secret: a plan can be printed, saved and
 * diffed without giving any of it away.
 */
import type { Secret } from '../core/secret.js'
import type { Deployment } from '../zos/deployment.js'
import type { WorkloadType } from '../zos/workloads/data.js'

/** One difference that a person reads in the plan. Secret values are shown as `‹secret›`. */
export interface Change {
  /** What happens to the workload: `recreate` is leave in one version, return in the next. */
  readonly action: 'add' | 'remove' | 'update' | 'recreate'
  readonly workload: string
  readonly type: WorkloadType
  /** `compute_capacity.memory`; absent when the whole workload comes or goes. */
  readonly path?: string
  readonly from?: unknown
  readonly to?: unknown
}

export interface StepTarget {
  readonly key: string
  readonly nodeId: number
  readonly name: string
  readonly contractType: string
  /** The field or fact that causes the step. */
  readonly because: string
  /** Steps of a later wave wait until the earlier ones are done and ok. */
  readonly wave: number
  readonly rank: number
}

interface Sending extends StepTarget {
  readonly version: number
  /** What the chain must hold before the node is told: 32 hex characters. */
  readonly hash: string
  readonly contractData: string
  readonly changes: readonly Change[]
  /** Complete but for the contract id and the signature. */
  readonly deployment: Secret<Deployment>
}

/** A new contract and its deployment. */
export interface CreateStep extends Sending {
  readonly kind: 'create'
  readonly publicIps: number
  readonly solutionProviderId?: bigint
}

/** An existing contract whose node gets its deployment's next version. */
export interface UpdateStep extends Sending {
  readonly kind: 'update'
  readonly contractId: bigint
  /** False when the chain already holds this hash: an apply was interrupted after the extrinsic. */
  readonly onChain: boolean
  readonly kept: readonly string[]
  readonly lost: readonly string[]
}

/** An existing contract whose node never got the deployment. */
export interface SendStep extends Sending {
  readonly kind: 'send'
  readonly contractId: bigint
  readonly onChain: boolean
}

/** Nothing to write: the node is still at work on it. */
export interface WaitStep extends StepTarget {
  readonly kind: 'wait'
  readonly contractId: bigint
  readonly version: number
  readonly workloads: readonly { readonly name: string; readonly version: number }[]
}

export interface CancelStep extends StepTarget {
  readonly kind: 'cancel'
  readonly contractId: bigint
  readonly lost: readonly string[]
}

/** What cannot be done now; the rest of the plan goes on, and apply ends with an error that says this. */
export interface HoldStep extends StepTarget {
  readonly kind: 'hold'
  readonly contractId?: bigint
  readonly reason: 'unreachable' | 'grace' | 'shrink' | 'replace'
  /** What replacing it would destroy. */
  readonly lost: readonly string[]
}

export type DeploymentStep = CreateStep | UpdateStep | SendStep | WaitStep
export type Step = DeploymentStep | CancelStep | HoldStep
