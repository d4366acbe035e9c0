/**
 * A private network as a person writes it. Names and limits are the peer client's.
 * Source: threefoldtech/tfgrid-sdk-ts packages/grid_client/src/modules/models.ts.
 */
import { checks, field, list } from '../rules/field.js'
import { flag, id, longId, name, seed, text } from '../rules/vocabulary.js'
import { checkNetwork, checkNetworkNode, checkNetworkRange } from './rules.js'

/** The key of a network's Mycelium on one node: who holds it decides every address there. */
export class MyceliumNetworkSeed {
  @field(id) nodeId!: number
  /** 64 hex digits, neither all 0 nor all f. */
  @field(seed(64, 'a network seed'), { secret: true, lowerCase: true }) seed!: string
}

/** @example { name: 'hellotest', ip_range: '10.249.0.0/16' } */
@checks(checkNetwork)
export class NetworkModel {
  /** Letters, digits and `_`, at most 35. */
  @field(name) name!: string
  /** A private IPv4 /16. */
  @field(text) ip_range!: string
  /** A way in for a person, through WireGuard. */
  @field(flag, { optional: true }) addAccess?: boolean
  /** The node people enter through; one is chosen when absent. */
  @field(id, { optional: true }) accessNodeId?: number
  /** Keys that are given; the others are derived from the account. */
  @list(() => MyceliumNetworkSeed, { optional: true }) myceliumSeeds?: MyceliumNetworkSeed[]
}

/** `networks.addNode` */
@checks(checkNetworkNode)
export class NetworkAddNodeModel {
  @field(name) name!: string
  @field(text) ipRange!: string
  @field(id) nodeId!: number
  @field(flag) mycelium!: boolean
  @field(longId, { optional: true }) solutionProviderId?: number
  @field(text, { optional: true }) description?: string
  /** 64 hex digits. */
  @field(seed(64, 'a network seed'), { optional: true, secret: true, lowerCase: true }) myceliumSeed?: string
}

/** `networks.hasNode` */
@checks(checkNetworkRange)
export class HasNodeModel {
  @field(name) name!: string
  /** Taken from the peer client's scripts; the name alone says which network is meant. */
  @field(text, { optional: true }) ipRange?: string
  @field(id) nodeId!: number
}

/** `networks.getWireGuardConfigs` */
@checks(checkNetworkRange)
export class NetworkNameModel {
  @field(name) name!: string
  @field(text, { optional: true }) ipRange?: string
}
