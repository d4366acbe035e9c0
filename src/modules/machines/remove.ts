/**
 * What ends with a deployment or one of its machines: contracts, networks nobody uses any more, peers of the others.
 *
 * A node that does not answer is no obstacle: its contract is on the chain. What cannot be asked is decided from
 * contracts alone, and stays where another deployment of the account may still need it.
 */

import { isHyphaeError } from '../../errors/base.js'
import { GridError } from '../../errors/grid.js'
import { noCost } from '../../plan/cost.js'
import type { Desired, DesiredDeployment, DesiredWorkload, UnwantedContract } from '../../plan/desired.js'
import type { NodeBook } from '../../plan/observe.js'
import type { ObservedContract, ObservedDeployment } from '../../plan/observed.js'
import { makePlan, type Plan } from '../../plan/plan.js'
import type { GridPorts } from '../../plan/ports.js'
import type { Workload } from '../../zos/deployment.js'
import { compileNetwork } from '../networks/compile.js'
import { ipRangeOf, NETWORK_TYPES } from '../networks/existing.js'
import { type GatheredNetwork, gatherNetwork } from '../networks/gather.js'
import { belongings } from './belongings.js'
import { heldIps, MACHINE_TYPE, networkOf, type ObservedMachines, observeMachines } from './observe.js'
import { isMachine } from './read.js'
import { unwanted } from './survey.js'

export interface Removal {
  readonly plan: Plan
  readonly book: NodeBook
}

export async function planRemoval(
  ports: GridPorts,
  want: { name: string; projectName: string; machine?: string | undefined },
): Promise<Removal> {
  const observed = await observeMachines(ports, {
    name: want.name,
    projectName: want.projectName,
    nodeIds: [],
    tolerant: true,
  })
  const removed = removedParts(observed, want)
  const networks = await planNetworks(ports, observed, removed, want.projectName)

  const desired: Desired[] = [...removed.unwanted, ...removed.reduced, ...networks.desired]
  const there = [...observed.deployments, ...observed.networkDeployments]
  const options = { twinId: ports.twinId }
  const plan = makePlan({
    name: want.name,
    desired,
    observed: there,
    addresses: [],
    cost: noCost,
    warnings: [],
    options,
  })
  return { plan, book: networks.book }
}

interface RemovedParts {
  readonly unwanted: readonly UnwantedContract[]
  /** Deployments that keep other machines. */
  readonly reduced: readonly DesiredDeployment[]
  /** Deployments as they will have been: what gives its addresses up. */
  readonly leaving: readonly ObservedDeployment[]
}

function removedParts(observed: ObservedMachines, want: { name: string; machine?: string | undefined }): RemovedParts {
  const { deployments } = observed
  if (want.machine === undefined) {
    const because = `${want.name} is deleted`
    return { unwanted: deployments.map(one => endOf(one, because)), reduced: [], leaving: deployments }
  }

  const host = deployments.find(
    ({ node }) => node.kind === 'present' && hasMachine(node.deployment.workloads, want.machine),
  )
  if (host?.node.kind !== 'present') throw machineNotFound(want.name, want.machine, deployments)
  const all = host.node.deployment.workloads
  const gone = belongings(want.machine, all)
  const rest = all.filter(workload => !gone.has(workload.name) && workload.result.state !== 'deleted')
  const leaving = [
    {
      ...host,
      node: withOnly(
        host,
        all.filter(workload => gone.has(workload.name)),
      ),
    },
  ]
  if (!rest.some(isMachine)) {
    return { unwanted: [endOf(host, `${want.machine} was its last machine`)], reduced: [], leaving }
  }
  return { unwanted: [], reduced: [reduce(host, rest, want.machine)], leaving }
}

function endOf(observed: ObservedDeployment, because: string): UnwantedContract {
  return { ...unwanted(observed, because), when: 'first', rank: 0 }
}

function reduce(host: ObservedDeployment, rest: readonly Workload[], machine: string): DesiredDeployment {
  const { type } = host.contract
  const now = host.node.kind === 'present' ? host.node.deployment : undefined
  return {
    kind: 'deployment',
    nodeId: host.nodeId,
    name: host.name,
    contractType: host.contractType,
    contractData: type.kind === 'node' ? type.data : '',
    metadata: now?.metadata ?? '',
    description: now?.description ?? '',
    publicIps: type.kind === 'node' ? type.publicIps.length : 0,
    workloads: rest.map(
      ({ type, name, data, metadata, description }) => ({ type, name, data, metadata, description }) as DesiredWorkload,
    ),
    rank: 0,
    because: `machine ${machine} is deleted`,
  }
}

async function planNetworks(
  ports: GridPorts,
  observed: ObservedMachines,
  removed: RemovedParts,
  projectName: string,
): Promise<{ desired: readonly Desired[]; book: NodeBook }> {
  const { book, networkDeployments } = observed
  const unknownEnds = removed.unwanted
    .filter(({ nodeId }) => isUnknown(observed.deployments, nodeId))
    .map(({ nodeId }) => nodeId)
  const alone = new Set(unknownEnds.filter(nodeId => !hasOtherMachines(observed.contracts, removed, nodeId)))

  const name = networkOf(observed.deployments)
  const ipRange = ipRangeOf(observed.network)
  if (name === undefined || ipRange === undefined) {
    // Nobody could be asked: networks go only from nodes where the account has nothing else.
    const because = (nodeId: number) => `nothing else of this account is on node ${nodeId}`
    const left = leftAlone(observed.contracts, removed, alone)
    return { desired: left.map(contract => endNetwork(contract, because(contract.nodeId))), book }
  }

  const gathered = await gatherNetwork(ports, {
    model: { name, ip_range: ipRange },
    members: [],
    infos: new Map(),
    existing: observed.network,
    book,
    leavingIps: heldIps(removed.leaving, name),
  }).catch(keepWhenHidden)
  if (!gathered) return { desired: [], book }

  const leaving = new Set([...gathered.wish.leaving, ...alone])
  // A node that does not say who uses the network there may be full of machines.
  const isUsed = observed.network.nodes.some(({ nodeId }) => gathered.reservedIps.get(nodeId)?.length !== 0)
  const silentOthers = observed.network.silent.some(nodeId => !alone.has(nodeId))
  if (!isUsed && !silentOthers) {
    const because = `no machine is in network ${name} any more`
    return { desired: networkDeployments.map(deployment => endNetwork(deployment, because)), book: gathered.book }
  }

  const account = { secret: ports.identity.miniSecret(), twinId: ports.twinId }
  const network = compileNetwork({ ...gathered, wish: { ...gathered.wish, leaving }, account, projectName })
  const ended = networkDeployments.filter(({ nodeId }) => leaving.has(nodeId))
  const because = (nodeId: number) => `no machine uses network ${name} on node ${nodeId}`
  return {
    desired: [...network.deployments, ...ended.map(deployment => endNetwork(deployment, because(deployment.nodeId)))],
    book: gathered.book,
  }
}

/** Networks on these nodes, and what the same networks have on nodes that host nothing: their ways in. */
function leftAlone(
  contracts: readonly ObservedContract[],
  removed: RemovedParts,
  alone: ReadonlySet<number>,
): readonly ObservedContract[] {
  const networks = contracts.filter(({ contractType }) => NETWORK_TYPES.includes(contractType))
  const names = new Set(networks.filter(({ nodeId }) => alone.has(nodeId)).map(({ name }) => name))
  const elsewhere = networks.filter(({ name, nodeId }) => names.has(name) && !alone.has(nodeId))
  const inUse = new Set(
    elsewhere.filter(({ nodeId }) => hasOtherMachines(contracts, removed, nodeId)).map(({ name }) => name),
  )
  return networks.filter(({ name, nodeId }) => alone.has(nodeId) || (names.has(name) && !inUse.has(name)))
}

/** Without its public node a network of hidden ones falls apart: then it stays as it is. */
function keepWhenHidden(error: unknown): GatheredNetwork | undefined {
  if (isHyphaeError(error) && error.code === 'NETWORK_HIDDEN_NODE') return undefined
  throw error
}

function endNetwork(contract: ObservedContract, because: string): UnwantedContract {
  return {
    kind: 'unwanted',
    contractId: contract.contract.id,
    nodeId: contract.nodeId,
    name: contract.name,
    contractType: contract.contractType,
    because,
    lost: [],
    when: 'first',
    rank: 1,
  }
}

function hasOtherMachines(contracts: readonly ObservedContract[], removed: RemovedParts, nodeId: number): boolean {
  const ending = new Set(removed.unwanted.map(({ contractId }) => contractId))
  return contracts.some(
    ({ contract, nodeId: at, contractType }) =>
      at === nodeId && !NETWORK_TYPES.includes(contractType) && !ending.has(contract.id),
  )
}

/** The node did not say what runs there, or knows nothing of it: a run was killed before it was told. */
function isUnknown(deployments: readonly ObservedDeployment[], nodeId: number): boolean {
  return deployments.some(deployment => deployment.nodeId === nodeId && deployment.node.kind !== 'present')
}

function hasMachine(workloads: readonly Workload[], name: string | undefined): boolean {
  return workloads.some(workload => isMachine(workload) && workload.name === name)
}

function withOnly(host: ObservedDeployment, workloads: readonly Workload[]): ObservedDeployment['node'] {
  if (host.node.kind !== 'present') return host.node
  return { kind: 'present', deployment: { ...host.node.deployment, workloads: [...workloads] } }
}

function machineNotFound(name: string, machine: string, deployments: readonly ObservedDeployment[]): Error {
  const silent = deployments.find(({ node }) => node.kind === 'unreachable')
  if (silent?.node.kind === 'unreachable') return silent.node.error
  const names = deployments.flatMap(({ node }) =>
    node.kind === 'present' ? node.deployment.workloads.filter(isMachine).map(workload => workload.name) : [],
  )
  return new GridError('GRID_NOT_FOUND', `deployment ${name} has no machine ${machine}`, {
    where: `${name}/${machine}`,
    hint: names.length === 0 ? `there is no deployment ${name} of ${MACHINE_TYPE}s` : `it has: ${names.join(', ')}`,
  })
}
