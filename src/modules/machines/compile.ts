/**
 * Machine models and facts → desired deployments, one per node, with every address decided. Pure.
 */
import { fromHex, toHex } from '../../core/hex.js'
import { GridError } from '../../errors/grid.js'
import { allocateMachineIps, deriveMachineSeed, machineAddressBehind } from '../../network/address/index.js'
import { type DesiredDeployment, type DesiredWorkload, deploymentKey } from '../../plan/desired.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import type { PlannedAddress } from '../../plan/plan.js'
import { encodeContractData } from '../../zos/contract-data.js'
import type { MyceliumIp } from '../../zos/workloads/data.js'
import { minimalRootSize } from '../../zos/workloads/root-size.js'
import type { NodeFacts } from '../networks/facts.js'
import type { PlannedNetwork } from '../networks/network-input.js'
import { belongings } from './belongings.js'
import type { MachineModel } from './model.js'
import { checkSeedsOn, type SeedHolder } from './seed-conflicts.js'

const GIB = 1024 ** 3
const MIB = 1024 ** 2

export interface MachinesInput {
  /** Of the deployment. */
  readonly name: string
  readonly metadata: string
  readonly description: string
  readonly projectName: string
  readonly machines: readonly MachineModel[]
  readonly network: PlannedNetwork
  readonly nodes: ReadonlyMap<number, NodeFacts>
  /** What the deployment has now. */
  readonly existing: readonly ObservedDeployment[]
  /** Addresses in the network that other deployments use, by node. */
  readonly reservedIps: ReadonlyMap<number, readonly string[]>
  /** Machines of other deployments in the network, where a seed that is given could be one of theirs. */
  readonly neighbours?: readonly SeedHolder[]
  /** `all`: the machines given are all there shall be. `some`: whatever else is there stays as it is. */
  readonly scope: 'all' | 'some'
  readonly account: { readonly secret: Uint8Array; readonly twinId: number }
}

export interface CompiledMachines {
  readonly deployments: readonly DesiredDeployment[]
  readonly addresses: readonly PlannedAddress[]
}

export function compileMachines(input: MachinesInput): CompiledMachines {
  const nodeIds = [...new Set(input.machines.map(machine => machine.node_id))]
  const addresses: PlannedAddress[] = []
  const deployments = nodeIds.map(nodeId => {
    const machines = input.machines.filter(machine => machine.node_id === nodeId)
    // Nothing can be decided for a node that holds part of the network and does not answer.
    if (input.network.silent.has(nodeId))
      return { ...compileDeployment(nodeId, machines, [], input), unreachable: true }
    const current = workloadsOn(input.existing, nodeId)
    const ips = assignIps(machines, nodeId, current, input)

    const compiled: DesiredWorkload[] = []
    for (const machine of machines) {
      const ip = ips.get(machine.name) as string
      const now = current.find(workload => workload.name === machine.name)
      const mycelium = myceliumOf(machine, now, input)
      compiled.push(...compileMachine(machine, ip, mycelium, input))
      addresses.push(plannedAddress(machine, ip, mycelium, input.network))
    }
    const staying = input.scope === 'all' ? [] : stayingBeside(machines, compiled, current, input.name)
    const workloads = [...staying, ...compiled]
    checkSeedsOn(nodeId, workloads, input)
    return compileDeployment(nodeId, machines, workloads, input)
  })
  return { deployments, addresses }
}

/** What is there and not of these machines. Their own disks and addresses are wanted already; others' are not theirs. */
function stayingBeside(
  machines: readonly MachineModel[],
  compiled: readonly DesiredWorkload[],
  current: readonly DesiredWorkload[],
  deployment: string,
): readonly DesiredWorkload[] {
  const isThere = (name: string) => current.some(w => w.name === name && w.type.startsWith('zmachine'))
  const own = new Set(machines.flatMap(({ name }) => (isThere(name) ? [...belongings(name, current)] : [])))
  const names = new Set(compiled.map(({ name }) => name))
  const taken = current.find(({ name }) => names.has(name) && !own.has(name))
  if (!taken) return current.filter(({ name }) => !names.has(name))
  const owner = current.find(other => other !== taken && belongings(other.name, current).has(taken.name))
  throw new GridError('GRID_CONFLICT', `${taken.name} (${taken.type}) is in ${deployment} already`, {
    where: owner ? `machine ${owner.name}` : deployment,
    hint: 'choose another name: each disk, address and machine of a deployment has its own',
    details: { name: taken.name, type: taken.type, deployment },
  })
}

function compileDeployment(
  nodeId: number,
  machines: readonly MachineModel[],
  workloads: readonly DesiredWorkload[],
  input: MachinesInput,
): DesiredDeployment {
  const facts = factsOf(nodeId, input)
  const before = input.existing.find(observed => observed.nodeId === nodeId)
  const contractData =
    before?.contract.type.kind === 'node'
      ? before.contract.type.data
      : encodeContractData({
          version: facts.wireguard ? 3 : 4,
          type: 'vm',
          name: input.name,
          projectName: input.projectName || `vm/${input.name}`,
        })
  // A machine that joins changes nothing of what the others were given.
  const now = input.scope === 'some' && before?.node.kind === 'present' ? before.node.deployment : input
  const provider = machines.find(machine => machine.solutionProviderId !== undefined)?.solutionProviderId

  return {
    kind: 'deployment',
    nodeId,
    name: input.name,
    contractType: 'vm',
    contractData,
    metadata: now.metadata,
    description: now.description,
    publicIps: workloads.filter(workload => workload.type === 'ip' && workload.data.v4).length,
    ...(provider === undefined ? {} : { solutionProviderId: BigInt(provider) }),
    workloads,
    rank: 1,
    ...(facts.reachable ? {} : { unreachable: true }),
  }
}

/** One machine and what belongs to it, in the order nodes and the peer client list them. */
function compileMachine(
  machine: MachineModel,
  ip: string,
  mycelium: MyceliumIp | undefined,
  input: MachinesInput,
): readonly DesiredWorkload[] {
  const texts = { metadata: input.metadata, description: input.description }
  const facts = factsOf(machine.node_id, input)
  const disks = machine.disks ?? []
  const memory = BigInt(Math.round(machine.memory * MIB))
  const publicIpName = `${machine.name}_pubip`
  const wantsPublicIp = machine.public_ip || machine.public_ip6 === true
  if (machine.qsfs_disks && machine.qsfs_disks.length > 0) {
    throw new GridError(
      'GRID_UNSUPPORTED',
      `machine ${machine.name} asks for qsfs disks, which Hyphae cannot make yet`,
      {
        where: machine.name,
        hint: 'use disks, or mount the storage from inside of the machine',
      },
    )
  }

  const common = {
    flist: machine.flist,
    size: machine.rootfs_size ? BigInt(Math.round(machine.rootfs_size * GIB)) : minimalRootSize(machine.cpu, memory),
    compute_capacity: { cpu: machine.cpu, memory },
    mounts: disks.map(disk => ({ name: disk.name, mountpoint: disk.mountpoint })),
    entrypoint: machine.entrypoint,
    env: { ...machine.env },
    corex: machine.corex ?? false,
    gpu: [...(machine.gpus ?? [])],
  }
  const network = { interfaces: [{ network: input.network.name, ip }], ...(mycelium ? { mycelium } : {}) }
  const workloads: DesiredWorkload[] = disks.map(disk => ({
    type: 'zmount',
    name: disk.name,
    data: { size: BigInt(Math.round(disk.size * GIB)) },
    ...texts,
  }))
  if (wantsPublicIp) {
    const data = { v4: machine.public_ip, v6: machine.public_ip6 ?? false }
    workloads.push({ type: 'ip', name: publicIpName, data, ...texts })
  }
  if (facts.light) {
    workloads.push({ type: 'zmachine-light', name: machine.name, data: { ...common, network }, ...texts })
  } else {
    const full = { ...network, public_ip: wantsPublicIp ? publicIpName : '', planetary: machine.planetary }
    workloads.push({ type: 'zmachine', name: machine.name, data: { ...common, network: full }, ...texts })
  }
  if (machine.zlogsOutput) {
    const data = { zmachine: machine.name, output: machine.zlogsOutput }
    workloads.push({ type: 'zlogs', name: `zlogs_${machine.name}`, data, ...texts })
  }
  return workloads
}

/** The seed the model gives, else the one the machine has, else one derived from the account: always the same. */
function myceliumOf(
  machine: MachineModel,
  now: DesiredWorkload | undefined,
  input: MachinesInput,
): MyceliumIp | undefined {
  if (!machine.mycelium) return undefined
  const network = input.network.name
  const isMachine = now?.type === 'zmachine' || now?.type === 'zmachine-light'
  const before = isMachine ? now.data.network.mycelium : undefined
  const seed = machine.myceliumSeed?.toLowerCase() ?? (before?.network === network ? before.hex_seed : undefined)
  // Two deployments may have machines of one name in one network.
  const origin = { ...input.account, network, nodeId: machine.node_id, name: `${input.name}/${machine.name}` }
  return { network, hex_seed: seed ?? toHex(deriveMachineSeed(origin)) }
}

/** Who has an address keeps it; who asks for one gets it; the others take the next free ones, in the order of their names. */
function assignIps(
  machines: readonly MachineModel[],
  nodeId: number,
  current: readonly DesiredWorkload[],
  input: MachinesInput,
): ReadonlyMap<string, string> {
  const member = memberOf(nodeId, input)
  const held = new Map<string, string>()
  for (const workload of current) {
    if (workload.type !== 'zmachine' && workload.type !== 'zmachine-light') continue
    const [first] = workload.data.network.interfaces
    if (first && first.network === input.network.name) held.set(workload.name, first.ip)
  }
  const staying = input.scope === 'all' ? [] : [...held].filter(([name]) => !machines.some(m => m.name === name))
  return allocateMachineIps({
    subnet: member.subnet,
    reserved: [
      ...(input.reservedIps.get(nodeId) ?? []),
      ...staying.map(([name, ip]) => ({ ip, by: `machine ${name}` })),
    ],
    machines: machines.map(machine => {
      const now = held.get(machine.name)
      const where = `machine ${machine.name}`
      return { name: machine.name, where, ...(machine.ip ? { ip: machine.ip } : {}), ...(now ? { held: now } : {}) }
    }),
  })
}

function plannedAddress(
  machine: MachineModel,
  ip: string,
  mycelium: MyceliumIp | undefined,
  network: PlannedNetwork,
): PlannedAddress {
  const member = network.members.get(machine.node_id)
  const daemon = member?.myceliumAddress
  return {
    machine: machine.name,
    nodeId: machine.node_id,
    ip,
    subnet: member?.subnet ?? '',
    network: network.name,
    ...(mycelium && daemon
      ? { mycelium: machineAddressBehind(daemon, fromHex(mycelium.hex_seed, 'myceliumSeed', 6)) }
      : {}),
    publicIp: machine.public_ip,
    planetary: machine.planetary,
  }
}

function workloadsOn(existing: readonly ObservedDeployment[], nodeId: number): DesiredWorkload[] {
  const observed = existing.find(deployment => deployment.nodeId === nodeId)
  if (observed?.node.kind !== 'present') return []
  return observed.node.deployment.workloads
    .filter(workload => workload.result.state !== 'deleted')
    .map(
      ({ type, name, data, metadata, description }) => ({ type, name, data, metadata, description }) as DesiredWorkload,
    )
}

function memberOf(nodeId: number, input: MachinesInput) {
  const member = input.network.members.get(nodeId)
  if (member) return member
  throw new GridError('GRID_CONFLICT', `network ${input.network.name} was not planned for node ${nodeId}`, {
    where: deploymentKey({ nodeId, contractType: 'vm', name: input.name }),
  })
}

function factsOf(nodeId: number, input: MachinesInput): NodeFacts {
  const facts = input.nodes.get(nodeId)
  if (facts) return facts
  throw new GridError('GRID_NOT_FOUND', `nothing is known of node ${nodeId}`, { where: `node ${nodeId}` })
}
