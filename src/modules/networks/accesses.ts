/** People's ways into a network: those that are there, the one that is asked for, their keys and configurations. Pure. */
import { Secret } from '../../core/secret.js'
import { deriveWireguardKey, type TopologyAccess, userConfig, wireguardKeysFrom } from '../../network/address/index.js'
import type { ExistingAccess } from './existing.js'
import type { Member, NetworkInput, PlannedNetwork } from './network-input.js'

/** Ways in that are there, and a new one when the model asks for it and there is none. */
export function accessesOf(input: NetworkInput): readonly ExistingAccess[] {
  const { wish, existing, accessNodeId } = input
  const known = new Map(
    existing.nodes.flatMap(({ accesses }) => accesses).map(access => [access.subnet, access] as const),
  )
  const there = [...known.values()].filter(({ nodeId }) => !wish.leaving.has(nodeId))
  // A node that does not answer may hold the way in: then a second one would be made.
  const unknown = existing.silent.length > 0
  if (!wish.addAccess || there.length > 0 || accessNodeId === undefined || unknown) return there
  return [...there, { nodeId: accessNodeId, subnet: '' }]
}

export interface AccessPoint extends TopologyAccess {
  readonly privateKey: string
  /** Kept on the node only where another client left it there. */
  readonly foreignKey?: string
}

/** @param fresh the /24 of the way in that is new */
export function planAccess(access: ExistingAccess, fresh: string, input: NetworkInput): AccessPoint {
  const subnet = access.subnet || fresh
  const origin = { ...input.account, network: input.wish.name, nodeId: access.nodeId, name: subnet }
  const derived = deriveWireguardKey({ ...origin, purpose: 'wireguard-access' })
  const keys = wireguardKeysFrom(access.privateKey ?? derived)
  const foreign = access.privateKey === undefined ? {} : { foreignKey: access.privateKey }
  return { nodeId: access.nodeId, subnet, publicKey: keys.publicKey, privateKey: keys.privateKey, ...foreign }
}

/** None while the node behind a way in does not answer: nobody knows then where it can be dialled. */
export function configOf(
  point: AccessPoint,
  members: readonly Member[],
  ipRange: string,
): PlannedNetwork['userConfigs'] {
  const node = members.find(member => member.nodeId === point.nodeId)
  if (node?.endpoint === undefined) return []
  const { privateKey, subnet } = point
  const config = userConfig({ privateKey, subnet, ipRange, peerPublicKey: node.publicKey, endpoint: node.endpoint })
  return [{ nodeId: point.nodeId, subnet, config: new Secret(config) }]
}
