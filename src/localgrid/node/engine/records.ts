/**
 * What a node writes down. Every change of its state is one record in one append-only topic, so the state after a
 * SIGKILL is the state after some whole number of records, and that is all a restart has to cope with.
 */
import type { Deployment, Workload } from '../../../zos/deployment.js'

/** Space that a workload holds on one of the node's disks. */
export interface Held {
  readonly pool: string
  readonly bytes: bigint
}

/** Operations of zosbase's engine. `reprovision` is what a reboot does: no hash check, running workloads anew. */
export type JobOperation = 'provision' | 'update' | 'deprovision' | 'pause' | 'resume' | 'reprovision'

export interface DeploymentKey {
  readonly twinId: number
  readonly contractId: bigint
}

/** A deployment as it is stored: what `get` shows, plus what it holds and its whole log. */
export interface DeploymentSnapshot {
  /** Without workloads: version, requirement, texts. */
  readonly envelope: Deployment
  readonly live: readonly {
    readonly workload: Workload
    readonly held: readonly Held[]
    readonly installed: boolean
  }[]
  readonly log: readonly Workload[]
}

export interface Job {
  readonly operation: JobOperation
  readonly key: DeploymentKey
  /** What was asked for: provision and update. */
  readonly target?: Deployment
  /** What ran when an update was accepted; the update is worked out against it. */
  readonly source?: Deployment
  readonly reason?: string
}

export type NodeRecord =
  /** Accepted: stored with every workload in `init`, and its job queued. */
  | { readonly kind: 'create'; readonly at: number; readonly deployment: Deployment }
  /** Accepted: version, requirement and texts are stored before anything of it is tried. */
  | { readonly kind: 'update'; readonly deployment: Deployment }
  | { readonly kind: 'job'; readonly job: Job }
  /** One entry of the transaction log; with it a workload may join or leave the deployment. */
  | {
      readonly kind: 'transaction'
      readonly key: DeploymentKey
      readonly workload: Workload
      /** What it holds from now on; absent when that stays as it was. */
      readonly held?: readonly Held[]
      readonly membership?: 'joins' | 'leaves'
    }
  /** Every workload of the deployment is in error. */
  | { readonly kind: 'failed'; readonly at: number; readonly key: DeploymentKey; readonly message: string }
  /** The job at the head of the queue is done; `erase` forgets its deployment. */
  | { readonly kind: 'done'; readonly erase?: boolean }
  | { readonly kind: 'forget'; readonly key: DeploymentKey }
  /** A reboot empties the queue. */
  | { readonly kind: 'rebooted' }
  /** What a compacted log begins with. */
  | { readonly kind: 'snapshot'; readonly deployment: DeploymentSnapshot }

const KINDS = new Set<NodeRecord['kind']>([
  'create',
  'update',
  'job',
  'transaction',
  'failed',
  'done',
  'forget',
  'rebooted',
  'snapshot',
])

/** Is this one of ours? Checked at the door of the store; the rest of the record was written by this file's types. */
export function isNodeRecord(value: unknown): value is NodeRecord {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return KINDS.has(value.kind as NodeRecord['kind'])
}
