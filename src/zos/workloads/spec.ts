/** What there is to know about one type of workload; one file a type fills it. */
import type { Codec } from '../json/codec.js'
import type { JsonNode } from '../json/node.js'
import type { WorkloadData, WorkloadType } from './data.js'

/** What a workload takes of a node. Sizes are bytes. */
export interface Capacity {
  readonly cru: bigint
  readonly mru: bigint
  readonly sru: bigint
  readonly hru: bigint
  readonly ipv4u: bigint
}

export const noCapacity: Capacity = { cru: 0n, mru: 0n, sru: 0n, hru: 0n, ipv4u: 0n }

/** A workload as it is listed, its data not looked at yet. */
export interface ListedWorkload {
  readonly name: string
  readonly type: string
  /** undefined: absent. */
  readonly data: JsonNode | undefined
}

/** What a workload's rules may ask about its deployment. */
export interface Surroundings {
  /** The first workload of this name; undefined too when no workload can be called so. */
  find(name: string): ListedWorkload | undefined
  ofType(type: string): readonly ListedWorkload[]
}

export interface WorkloadSpec<T extends WorkloadType> {
  readonly type: T
  /** Reads data in wire form; what comes out is canonical. */
  readonly codec: Codec<WorkloadData[T]>
  /** The node's objection, or undefined. */
  validate(data: WorkloadData[T], around: Surroundings): string | undefined
  /** What the data adds to the text that is hashed. `data` must be canonical, as the codec gives it. */
  challenge(data: WorkloadData[T]): string
  capacity(data: WorkloadData[T]): Capacity
  /** False: the node refuses a deployment version that changes such a workload. */
  readonly updatable: boolean
  /** True: other deployments of the same twin may use it by name. */
  readonly sharable: boolean
}
