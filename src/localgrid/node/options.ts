/** What the nodes of a local grid need from the rest of it. */
import type { KeyType } from '../../chain/identity.js'
import type { FaultBoard } from '../faults.js'
import type { ChainControl, NodeDirectory, RelayPort, Store } from '../ports.js'
import type { ProvisionDriver } from './provision/driver.js'
import type { NodeSpec } from './spec.js'

/** Is this the signature of that key over the message? Filled by chain/keys. */
export type VerifySignature = (
  keyType: KeyType,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean

export interface StartNodesOptions {
  readonly chain: ChainControl
  readonly relay: RelayPort
  readonly faults: FaultBoard
  readonly store: Store
  readonly verify: VerifySignature
  /** VERIFIED, PENDING, REJECTED or UNVERIFIED. */
  readonly kycStatus: (twinId: number) => string | Promise<string>
  /** Twins that may call `zos.debug.*`. */
  readonly adminTwins?: readonly number[]
  readonly nodes: readonly NodeSpec[]
  /** What provisioning does to the machine it runs on; simulated when absent. */
  readonly driver?: ProvisionDriver
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

export interface RunningNodes extends NodeDirectory {
  /** Resolves when no node has a job left. */
  idle(): Promise<void>
  /** What a real node does at start and every hour: forget deployments whose contract is gone, follow grace periods. */
  sync(nodeId?: number): Promise<void>
  /** Stops answering, finishes the job under way. Idempotent. */
  close(): Promise<void>
}
