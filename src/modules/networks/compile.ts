/**
 * A network as it shall be on every node it has: subnets, keys, peers, Mycelium. Pure.
 *
 * What a node already has wins, so that planning again changes nothing; what is new is derived from the account, so
 * that every address is known before anything is written and nothing has to be stored.
 */
import { fromHex, toHex } from '../../core/hex.js'
import { NetworkError } from '../../errors/network.js'
import {
  allocateSubnets,
  chooseListenPort,
  contains,
  deriveKey,
  deriveNetworkSeed,
  deriveWireguardKey,
  formatEndpoint,
  nodeAddress,
  parseCidr,
  parseIp,
  type TopologyNode,
  wireguardKeysFrom,
  wireguardPeers,
} from '../../network/address/index.js'
import type { DesiredDeployment, DesiredWorkload } from '../../plan/desired.js'
import { encodeContractData } from '../../zos/contract-data.js'
import type { NetworkData, WireguardPeer } from '../../zos/workloads/data.js'
import { accessesOf, configOf, planAccess } from './accesses.js'
import { type ExistingAccess, type ExistingNetwork, ipRangeOf, writeAccesses } from './existing.js'
import type { Member, NetworkInput, PlannedMember, PlannedNetwork } from './network-input.js'
import { checkPlaces, keepSilentRoutes, type SilentMember, silentMembers, strangerSubnets } from './silent-members.js'

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
  const points = accesses.map(access => planAccess(access, subnets.access, input))
  const planned = wireguardPeers({
    ipRange: wish.ipRange,
    nodes: [...members.filter(member => isRouted(member, existing)), ...silent].map(member =>
      toTopology(member, existing),
    ),
    accesses: points.map(({ subnet, nodeId, publicKey }) => ({ subnet, nodeId, publicKey })),
    ...(input.accessNodeId === undefined ? {} : { accessNodeId: input.accessNodeId }),
  })

  const peers = keepSilentRoutes(planned, silent, existing)

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

interface Subnets {
  readonly nodes: ReadonlyMap<number, string>
  readonly access: string
}

const NEW_ACCESS = 'access'

function assignSubnets(input: NetworkInput, accesses: readonly ExistingAccess[]): Subnets {
  const { wish, existing } = input
  const held = new Map(existing.nodes.map(({ nodeId, workload }) => [String(nodeId), workload.data.subnet]))
  const strangers = strangerSubnets(input, accesses)
  const wanted = new Map(
    wish.members.flatMap(({ nodeId, ip }) => (ip === undefined ? [] : [[String(nodeId), ip] as const])),
  )

  checkPlaces(input, strangers, memberIds(input), accesses)
  // Who leaves has its place until it has left.
  const places = existing.nodes.filter(({ nodeId }) => wish.leaving.has(nodeId)).map(node => node.workload.data.subnet)
  const kept = places.filter(subnet => ![...wanted.values()].some(ip => contains(parseCidr(subnet), parseIp(ip))))

  const assigned = allocateSubnets({
    ipRange: wish.ipRange,
    reserved: [...strangers, ...kept, ...accesses.map(({ subnet }) => subnet).filter(subnet => subnet !== '')],
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

/** A daemon keeps the key it started with, and machines the addresses of that key: another one would part the two. */
function checkSeed(nodeId: number, held: string | undefined, { wish }: NetworkInput): void {
  const given = wish.seeds.get(nodeId)
  if (given === undefined || held === undefined || given === held.toLowerCase()) return
  throw new NetworkError(
    'NETWORK_CONFLICT',
    `network ${wish.name} has another Mycelium key on node ${nodeId} already`,
    {
      where: `network.myceliumSeeds, node ${nodeId}`,
      hint: 'leave the seed out to keep the key that is there; for another key delete the network there first',
      details: { nodeId, network: wish.name },
    },
  )
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

  checkSeed(nodeId, now?.mycelium?.hex_key, input)
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
    ...endpointOf(nodeId, keys?.publicKey, listenPort, input),
    ...(myceliumKey === undefined ? {} : { myceliumKey }),
  }
}

/** Where others dial it; as they know it, when the node could not be asked just now. */
function endpointOf(
  nodeId: number,
  publicKey: string | undefined,
  listenPort: number,
  { nodes, existing }: NetworkInput,
): { endpoint?: string } {
  const facts = nodes.get(nodeId)
  if (facts?.endpoint !== undefined && publicKey !== undefined) {
    return { endpoint: formatEndpoint(facts.endpoint, listenPort) }
  }
  if (facts?.reachable !== false) return {}
  const peers = existing.nodes.flatMap(({ workload }) => workload.data.peers)
  const known = peers.find(peer => peer.wireguard_public_key === publicKey && peer.endpoint !== '')
  return known ? { endpoint: known.endpoint } : {}
}

function compileMember(
  member: Member,
  peers: readonly WireguardPeer[],
  accesses: readonly ExistingAccess[],
  input: NetworkInput,
): DesiredDeployment {
  const { wish } = input
  const { facts } = member
  const before = input.existing.nodes.find(({ nodeId }) => nodeId === member.nodeId)
  const contractType = before?.contractType ?? (facts.wireguard ? 'network' : 'network-light')
  const contractData =
    before?.contractData ??
    encodeContractData({
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

/** Nodes without WireGuard have no peers; of a new node that does not answer nobody knows where it will be. */
function isRouted({ nodeId, publicKey, facts, endpoint }: Member, existing: ExistingNetwork): boolean {
  const isThere = existing.nodes.some(node => node.nodeId === nodeId)
  return publicKey !== '' && (facts.reachable || endpoint !== undefined || isThere)
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
