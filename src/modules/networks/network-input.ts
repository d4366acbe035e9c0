/** What a network is compiled from, and its nodes on the way to being deployments. */

import type { Secret } from '../../core/secret.js'
import type { DesiredDeployment } from '../../plan/desired.js'
import type { ExistingNetwork } from './existing.js'
import type { NodeFacts } from './facts.js'

/** What the models ask of a network. */
export interface NetworkWish {
  readonly name: string
  readonly ipRange: string
  /** A person's way in, through an access node. */
  readonly addAccess: boolean
  /** Nodes that machines need, and what of them. */
  readonly members: readonly { readonly nodeId: number; readonly mycelium: boolean; readonly ip?: string }[]
  /** Mycelium keys that the model gives, lower-case hex by node. */
  readonly seeds: ReadonlyMap<number, string>
  /** Nodes that shall leave. */
  readonly leaving: ReadonlySet<number>
}

export interface NetworkInput {
  readonly wish: NetworkWish
  readonly existing: ExistingNetwork
  /** Of every node of the network, the access node included. */
  readonly nodes: ReadonlyMap<number, NodeFacts>
  /** Where people and hidden nodes connect to, when the network needs such a place. */
  readonly accessNodeId?: number
  readonly account: { readonly secret: Uint8Array; readonly twinId: number }
  readonly projectName: string
}

export interface PlannedMember {
  readonly nodeId: number
  readonly subnet: string
  /** Of the network's daemon there: machines' addresses share its first half. */
  readonly myceliumAddress?: string
}

export interface PlannedNetwork {
  readonly name: string
  readonly deployments: readonly DesiredDeployment[]
  readonly members: ReadonlyMap<number, PlannedMember>
  /** Nodes that hold a contract of the network and do not answer. */
  readonly silent: ReadonlySet<number>
  /** wg-quick text of each way in. */
  readonly userConfigs: readonly { readonly nodeId: number; readonly subnet: string; readonly config: Secret<string> }[]
}

/** A node of the network with everything but its peers decided. */
export interface Member {
  readonly nodeId: number
  readonly facts: NodeFacts
  readonly subnet: string
  readonly privateKey: string
  readonly publicKey: string
  readonly listenPort: number
  readonly endpoint?: string
  readonly myceliumKey?: string
}
