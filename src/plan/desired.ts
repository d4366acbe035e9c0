/**
 * What a module wants of the grid, in few kinds. plan/ knows nothing of machines: it makes these true.
 */
import type { WorkloadData, WorkloadType } from '../zos/workloads/data.js'

export type DesiredWorkload = {
  [T in WorkloadType]: {
    readonly type: T
    readonly name: string
    readonly data: WorkloadData[T]
    readonly metadata: string
    readonly description: string
  }
}[WorkloadType]

/** One deployment: all that a (contract type, name) has on one node. */
export interface DesiredDeployment {
  readonly kind: 'deployment'
  readonly nodeId: number
  readonly name: string
  /** `vm`, `network`, `network-light` …: the `type` of the contract's data. */
  readonly contractType: string
  /** The contract's data, JSON as written on chain. */
  readonly contractData: string
  readonly metadata: string
  readonly description: string
  /** IPv4 addresses the contract reserves; cannot change later. */
  readonly publicIps: number
  readonly solutionProviderId?: bigint
  /** In the order they are hashed and sent. */
  readonly workloads: readonly DesiredWorkload[]
  /** Lower ranks are sent to a node first: networks before the machines that need them. */
  readonly rank: number
  /** The node did not answer when it was asked for facts: a new contract there would be paid for nothing. */
  readonly unreachable?: boolean
  /** Why it is wanted, when the model does not say so by itself. */
  readonly because?: string
}

/** A contract that must not exist any more. */
export interface UnwantedContract {
  readonly kind: 'unwanted'
  readonly contractId: bigint
  readonly nodeId: number
  readonly name: string
  readonly contractType: string
  readonly because: string
  /** What ends with it: workload names. */
  readonly lost: readonly string[]
  /** `first`: whatever else happens. `last`: only when everything new stands. */
  readonly when: 'first' | 'last'
  /** Lower ranks end first: machines before their network. */
  readonly rank: number
}

export type Desired = DesiredDeployment | UnwantedContract

/** What makes a deployment the same one on the next run. */
export function deploymentKey(of: { nodeId: number; contractType: string; name: string }): string {
  return `${of.contractType}/${of.name}@${of.nodeId}`
}
