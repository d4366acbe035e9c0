/**
 * A network as it shall be on every node it has: subnets, keys, peers, Mycelium. Pure.
 *
 * What a node already has wins, so that planning again changes nothing; what is new is derived from the account, so
 * that every address is known before anything is written and nothing has to be stored.
 */
import { fromHex, toHex } from '../../core/hex.js'
import { Secret } from '../../core/secret.js'
import { NetworkError } from '../../errors/network.js'
import {
  allocateSubnets,
  chooseListenPort,
  deriveKey,
  deriveNetworkSeed,
  deriveWireguardKey,
  formatEndpoint,
  nodeAddress,
  type TopologyAccess,
  type TopologyNode,
  userConfig,
  wireguardKeysFrom,
  wireguardPeers,
} from '../../network/address/index.js'
import type { DesiredDeployment, DesiredWorkload } from '../../plan/desired.js'
import { encodeContractData } from '../../zos/contract-data.js'
import type { NetworkData, WireguardPeer } from '../../zos/workloads/data.js'
import { type ExistingAccess, type ExistingNetwork, ipRangeOf, writeAccesses } from './existing.js'
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
interface Member {
  readonly nodeId: number
  readonly facts: NodeFacts
  readonly subnet: string
  readonly privateKey: string
  readonly publicKey: string
  readonly listenPort: number
  readonly endpoint?: string
  readonly myceliumKey?: string
}

export function compileNetwork(input: NetworkInput): PlannedNetwork {
  const { wish, existing } = input
  const range = ipRangeOf(existing)
  if (range !== undefined && range !== wish.ipRange) {
    throw new NetworkError(
      'NETWORK_CONFLICT',
      `network ${wish.name} exists with ${range}, the model says ${wish.ipRange}`,
      {
        where: 'network.ip_range',
        hint: `use ${range}, or another name for the other range`,
      },
    )
  }

  const accesses = accessesOf(input)
  const subnets = assignSubnets(input, accesses)
  const members = memberIds(input).map(nodeId => planMember(nodeId, subnets.nodes.get(nodeId) as string, input))
  const silent = silentMembers(input, members, accesses)
  const points = accesses.map(access => planAccess(access, subnets, input))
  const peers = wireguardPeers({
    ipRange: wish.ipRange,
    nodes: [...members.filter(isRouted), ...silent].map(member => toTopology(member, existing)),
    accesses: points.map(({ subnet, nodeId, publicKey }) => ({ subnet, nodeId, publicKey })),
    ...(input.accessNodeId === undefined ? {} : { accessNodeId: input.accessNodeId }),
  })

  const written = points.map(({ nodeId, subnet, foreignKey }) => ({
    nodeId,
    subnet,
    ...(foreignKey === undefined ? {} : { privateKey: foreignKey }),
  }))
  return {
    name: wish.name,
    deployments: members.map(member => compileMember(member, peers.get(member.nodeId) ?? [], written, input)),
    members: new Map(members.map(member => [member.nodeId, toPlanned(member)])),
    silent: new Set(existing.silent),
    userConfigs: points.flatMap(point => configOf(point, members, wish.ipRange)),
  }
}

function memberIds(input: NetworkInput): readonly number[] {
  const { wish, existing, accessNodeId } = input
  const ids = new Set([
    ...existing.nodes.map(({ nodeId }) => nodeId),
    ...wish.members.map(({ nodeId }) => nodeId),
    ...(accessNodeId === undefined ? [] : [accessNodeId]),
  ])
  return [...ids].filter(id => !wish.leaving.has(id) && !existing.silent.includes(id)).sort((a, b) => a - b)
}

/** Ways in that are there, and a new one when the model asks for it and there is none. */
function accessesOf(input: NetworkInput): readonly ExistingAccess[] {
  const { wish, existing, accessNodeId } = input
  const known = new Map(
    existing.nodes.flatMap(({ accesses }) => accesses).map(access => [access.subnet, access] as const),
  )
  const there = [...known.values()].filter(({ nodeId }) => !wish.leaving.has(nodeId))
  if (!wish.addAccess || there.length > 0 || accessNodeId === undefined) return there
  return [...there, { nodeId: accessNodeId, subnet: '' }]
}

interface Subnets {
  readonly nodes: ReadonlyMap<number, string>
  readonly access: string
}

const NEW_ACCESS = 'access'

function assignSubnets(input: NetworkInput, accesses: readonly ExistingAccess[]): Subnets {
  const { wish, existing } = input
  const held = new Map(existing.nodes.map(({ nodeId, workload }) => [String(nodeId), workload.data.subnet]))
  const strangers = strangerPeers(input, accesses).map(peer => peer.subnet)
  const wanted = new Map(
    wish.members.flatMap(({ nodeId, ip }) => (ip === undefined ? [] : [[String(nodeId), ip] as const])),
  )

  const assigned = allocateSubnets({
    ipRange: wish.ipRange,
    reserved: [...strangers, ...accesses.map(({ subnet }) => subnet).filter(subnet => subnet !== '')],
    requests: [
      ...memberIds(input).map(String),
      ...(accesses.some(({ subnet }) => subnet === '') ? [NEW_ACCESS] : []),
    ].map(owner => {
      const now = held.get(owner)
      const ip = wanted.get(owner)
      return { owner, ...(now === undefined ? {} : { held: now }), ...(ip === undefined ? {} : { containing: ip }) }
    }),
  })
  return {
    nodes: new Map(memberIds(input).map(id => [id, assigned.get(String(id)) as string])),
    access: assigned.get(NEW_ACCESS) ?? '',
  }
}

function planMember(nodeId: number, subnet: string, input: NetworkInput): Member {
  const { wish, existing, account } = input
  const facts = input.nodes.get(nodeId)
  if (!facts)
    throw new NetworkError('NETWORK_CONFLICT', `nothing is known of node ${nodeId}`, { where: `node ${nodeId}` })
  const now = existing.nodes.find(node => node.nodeId === nodeId)?.workload.data
  const origin = { ...account, network: wish.name, nodeId }

  // Light nodes may have no WireGuard: their networks carry neither keys nor peers, and nodes hash the port all the same.
  const derivedKey = deriveWireguardKey({ ...origin, purpose: 'wireguard-node' })
  const keys = facts.wireguard ? wireguardKeysFrom(now?.wireguard_private_key || derivedKey) : undefined
  const portSeed = deriveKey({ ...origin, purpose: 'wireguard-port' }, 4)
  const listenPort = keys
    ? now?.wireguard_listen_port || chooseListenPort({ seed: portSeed, taken: facts.takenPorts })
    : 0

  const wantsMycelium = facts.light || wish.members.some(member => member.nodeId === nodeId && member.mycelium)
  const derived = wantsMycelium ? toHex(deriveNetworkSeed(origin)) : undefined
  const myceliumKey = wish.seeds.get(nodeId) ?? now?.mycelium?.hex_key ?? derived
  return {
    nodeId,
    facts,
    subnet,
    privateKey: keys?.privateKey ?? '',
    publicKey: keys?.publicKey ?? '',
    listenPort,
    ...(facts.endpoint === undefined ? {} : { endpoint: formatEndpoint(facts.endpoint, listenPort) }),
    ...(myceliumKey === undefined ? {} : { myceliumKey }),
  }
}

/** Peers that nodes have and that are neither a known node nor a known way in: silent nodes of this network. */
function strangerPeers(input: NetworkInput, accesses: readonly ExistingAccess[]): readonly WireguardPeer[] {
  if (input.existing.silent.length === 0) return []
  const known = new Set([
    ...input.existing.nodes.map(({ workload }) => workload.data.subnet),
    ...accesses.map(({ subnet }) => subnet),
  ])
  const peers = input.existing.nodes.flatMap(({ workload }) => workload.data.peers)
  const strangers = new Map(
    peers.filter(peer => !known.has(peer.subnet)).map(peer => [peer.wireguard_public_key, peer]),
  )
  return [...strangers.values()]
}

interface SilentMember {
  readonly nodeId: number
  readonly subnet: string
  readonly publicKey: string
  readonly endpoint?: string
}

/** A node that does not answer stays in the others' peers as they know it, so that it finds its place when it is back. */
function silentMembers(
  input: NetworkInput,
  members: readonly Member[],
  accesses: readonly ExistingAccess[],
): readonly SilentMember[] {
  const own = new Set(members.map(({ publicKey }) => publicKey))
  return strangerPeers(input, accesses)
    .filter(peer => !own.has(peer.wireguard_public_key))
    .map((peer, index) => ({
      // Its id cannot be told from its key when another client made that; any id that is not used will do.
      nodeId: input.existing.silent[index] ?? -1 - index,
      subnet: peer.subnet,
      publicKey: peer.wireguard_public_key,
      ...(peer.endpoint === '' ? {} : { endpoint: peer.endpoint }),
    }))
}

interface AccessPoint extends TopologyAccess {
  readonly privateKey: string
  /** Kept on the node only where another client left it there. */
  readonly foreignKey?: string
}

function planAccess(access: ExistingAccess, subnets: Subnets, input: NetworkInput): AccessPoint {
  const subnet = access.subnet || subnets.access
  const origin = { ...input.account, network: input.wish.name, nodeId: access.nodeId, name: subnet }
  const derived = deriveWireguardKey({ ...origin, purpose: 'wireguard-access' })
  const keys = wireguardKeysFrom(access.privateKey ?? derived)
  const foreign = access.privateKey === undefined ? {} : { foreignKey: access.privateKey }
  return { nodeId: access.nodeId, subnet, publicKey: keys.publicKey, privateKey: keys.privateKey, ...foreign }
}

/** None while the node behind a way in does not answer: nobody knows then where it can be dialled. */
function configOf(point: AccessPoint, members: readonly Member[], ipRange: string): PlannedNetwork['userConfigs'] {
  const node = members.find(member => member.nodeId === point.nodeId)
  if (node?.endpoint === undefined) return []
  const { privateKey, subnet } = point
  const config = userConfig({ privateKey, subnet, ipRange, peerPublicKey: node.publicKey, endpoint: node.endpoint })
  return [{ nodeId: point.nodeId, subnet, config: new Secret(config) }]
}

function compileMember(
  member: Member,
  peers: readonly WireguardPeer[],
  accesses: readonly ExistingAccess[],
  input: NetworkInput,
): DesiredDeployment {
  const { wish } = input
  const { facts } = member
  const contractType = facts.wireguard ? 'network' : 'network-light'
  const contractData = encodeContractData({
    version: facts.wireguard ? 3 : 4,
    type: contractType,
    name: wish.name,
    projectName: input.projectName,
  })
  const data: NetworkData = {
    ip_range: wish.ipRange,
    subnet: member.subnet,
    wireguard_private_key: member.privateKey,
    wireguard_listen_port: member.listenPort,
    peers: [...peers],
    ...(member.myceliumKey === undefined ? {} : { mycelium: { hex_key: member.myceliumKey, peers: [] } }),
  }
  const texts = {
    name: wish.name,
    description: '',
    metadata: facts.wireguard
      ? writeAccesses(accesses.filter(({ nodeId }) => nodeId === member.nodeId))
      : '{"version":4}',
  }
  return {
    kind: 'deployment',
    nodeId: member.nodeId,
    name: wish.name,
    contractType,
    contractData,
    metadata: contractData,
    description: '',
    publicIps: 0,
    workloads: [{ type: facts.light ? 'network-light' : 'network', data, ...texts } as DesiredWorkload],
    rank: 0,
    ...(facts.reachable ? {} : { unreachable: true }),
  }
}

/** Nodes without WireGuard have no peers; of a hidden node that does not answer nobody knows where it will be. */
function isRouted({ publicKey, facts, endpoint }: Member): boolean {
  return publicKey !== '' && (facts.reachable || endpoint !== undefined)
}

function toTopology(member: Member | SilentMember, existing: ExistingNetwork): TopologyNode {
  const { nodeId, subnet, publicKey, endpoint } = member
  const peers = existing.nodes.find(node => node.nodeId === nodeId)?.workload.data.peers
  return { nodeId, subnet, publicKey, ...(endpoint === undefined ? {} : { endpoint }), ...(peers ? { peers } : {}) }
}

function toPlanned({ nodeId, subnet, myceliumKey }: Member): PlannedMember {
  if (myceliumKey === undefined) return { nodeId, subnet }
  return { nodeId, subnet, myceliumAddress: nodeAddress(fromHex(myceliumKey, `mycelium key of node ${nodeId}`, 32)) }
}
