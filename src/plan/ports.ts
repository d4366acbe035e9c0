/** Everything the engine reaches the grid by, passed in; plan/ and modules/ know only these types. */
import type { Identity } from '../chain/identity.js'
import type { ChainPort } from '../chain/port.js'
import type { Host } from '../events/host.js'
import type { ExplorerPort } from '../explorer/port.js'
import type { RmbPort } from '../rmb/port.js'
import type { Journal } from './journal.js'

export interface GridPorts {
  readonly chain: ChainPort
  readonly rmb: RmbPort
  readonly explorer: ExplorerPort
  readonly identity: Identity
  readonly twinId: number
  readonly host: Host
  readonly journal: Journal
  readonly limits: Limits
}

/** Every wait of the engine, in milliseconds. */
export interface Limits {
  /** One answer of one node. */
  readonly nodeReplyMs: number
  /** One batch of extrinsics, from signing to finality. */
  readonly chainMs: number
  /** All workloads of one deployment, from the node's acceptance to ok. */
  readonly deploymentMs: number
}

export const defaultLimits: Limits = { nodeReplyMs: 20_000, chainMs: 120_000, deploymentMs: 600_000 }

/** The most calls one batch holds: what fits a block with room to spare, and what the peer client sends. */
export const MAX_BATCH_CALLS = 400
