/** What is there: own contracts, and what the nodes hold under them. Filled by observe.ts. */
import type { Contract } from '../chain/port.js'
import type { Deployment } from '../zos/deployment.js'

/** What a node says of one contract. */
export type NodeSide =
  | {
      readonly kind: 'present'
      readonly deployment: Deployment
      /** Storage that failed now but worked once: it holds data. Read from the node's log only where something failed. */
      readonly heldData?: ReadonlySet<string>
    }
  /** The contract exists, the node knows no deployment: an apply was interrupted between the two. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable'; readonly error: Error }

export interface ObservedContract {
  readonly contract: Contract
  readonly nodeId: number
  readonly hash: string
  /** From the contract's data; empty where that is not ours to read. */
  readonly contractType: string
  readonly name: string
  readonly projectName: string
  /** Unix seconds where the explorer knows it. */
  readonly createdAt?: number
}

export interface ObservedDeployment extends ObservedContract {
  readonly node: NodeSide
}
