/** The envelope a node accepts. Source: threefoldtech/zosbase pkg/gridtypes/{deployment,workload}.go. */
import type { WorkloadResult } from './results.js'
import type { WorkloadData, WorkloadType } from './workloads/data.js'

export interface SignatureRequest {
  twin_id: number
  required: boolean
  /** `uint` on the node: a bigint where a number would lose digits. */
  weight: number | bigint
}

export interface DeploymentSignature {
  twin_id: number
  /** Hex without `0x`. */
  signature: string
  signature_type: 'sr25519' | 'ed25519' | (string & {})
}

export interface SignatureRequirement {
  requests: SignatureRequest[]
  weight_required: number | bigint
  signatures: DeploymentSignature[]
  signature_style: '' | 'polka-wallet' | (string & {})
}

export interface WorkloadOf<T extends WorkloadType> {
  version: number
  name: string
  type: T
  data: WorkloadData[T]
  metadata: string
  description: string
  result: WorkloadResult
}

/** A workload of any type; `type` tells which `data` it has. */
export type Workload = { [T in WorkloadType]: WorkloadOf<T> }[WorkloadType]

export interface Deployment {
  version: number
  twin_id: number
  /** Given by the chain; not part of the hash. */
  contract_id: bigint
  metadata: string
  description: string
  expiration: bigint
  signature_requirement: SignatureRequirement
  workloads: Workload[]
}
