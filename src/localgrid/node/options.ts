/** What the nodes of a local grid need from the rest of it. */
import type { Verify } from '../../chain/keys.js'
import type { FaultBoard } from '../faults.js'
import type { ChainControl, NodeDirectory, RelayPort, Store } from '../ports.js'
import type { ProvisionDriver } from './provision/driver.js'
import type { NodeSpec } from './spec.js'

export interface StartNodesOptions {
  readonly chain: ChainControl
  readonly relay: RelayPort
  readonly faults: FaultBoard
  readonly store: Store
  /** Filled by chain/keys. */
  readonly verifier: Verify
  /** VERIFIED, PENDING, REJECTED or UNVERIFIED. */
  readonly kycStatus: (twinId: number) => string | Promise<string>
  /** Twins that may call `zos.debug.*`. */
  readonly adminTwins?: readonly number[]
  readonly nodes: readonly NodeSpec[]
  /** What provisioning does to the machine it runs on; simulated when absent. */
  readonly driver?: ProvisionDriver
  /** Where a public name points to: gateways with a domain of their own ask. Absent: everywhere but `.invalid`. */
  readonly resolve?: (host: string) => readonly string[] | Promise<readonly string[]>
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

export interface RunningNodes extends NodeDirectory {
  /** Resolves when no node has a job left. */
  idle(): Promise<void>
  /** What a real node does at start and every hour: forget deployments whose contract is gone, follow grace periods. */
  sync(nodeId?: number): Promise<void>
  /** Wipes the node's queue and provisions what runs there anew, without asking the chain for its hash. */
  reboot(nodeId: number): void
  /** Stops answering, finishes the job under way. Idempotent. */
  close(): Promise<void>
}
