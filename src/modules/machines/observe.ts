/** What is there, of one deployment of machines and of its network. Reads only. */
import { type NodeBook, observeContracts, observeDeployments, openNodeBook } from '../../plan/observe.js'
import type { ObservedContract, ObservedDeployment } from '../../plan/observed.js'
import type { GridPorts } from '../../plan/ports.js'
import { type ExistingNetwork, NETWORK_TYPES, readNetwork } from '../networks/existing.js'
import { isMachine } from './read.js'

export interface ObservedMachines {
  /** Deployments of the name, on whatever node. */
  readonly deployments: readonly ObservedDeployment[]
  readonly network: ExistingNetwork
  readonly networkDeployments: readonly ObservedDeployment[]
  /** Every contract of the account. */
  readonly contracts: readonly ObservedContract[]
  readonly book: NodeBook
}

/** Name of the contract's data that machines are filed under. */
export const MACHINE_TYPE = 'vm'

export async function observeMachines(
  ports: GridPorts,
  want: {
    name: string
    projectName: string
    networkName?: string
    nodeIds: readonly number[]
    /** Whatever is wrong with a node is a fact about it, not the end: for what must end all the same. */
    tolerant?: boolean
  },
): Promise<ObservedMachines> {
  const contracts = await observeContracts(ports, want.nodeIds)
  const machines = contracts.filter(contract => isNamed(contract, want.name, want.projectName))
  const networks = contracts.filter(contract => NETWORK_TYPES.includes(contract.contractType))
  const book = await openNodeBook(ports, [...want.nodeIds, ...machines, ...networks].map(nodeIdOf))

  if (want.networkName !== undefined) {
    const named = networks.filter(contract => contract.name === want.networkName)
    const [deployments, networkDeployments] = await Promise.all([
      observeDeployments(ports, machines, book, want),
      observeDeployments(ports, named, book, want),
    ])
    const network = readNetwork(want.networkName, networkDeployments)
    return { deployments, network, networkDeployments, contracts, book }
  }

  // The name of the network is in the machines.
  const deployments = await observeDeployments(ports, machines, book, want)
  const networkName = networkOf(deployments) ?? ''
  const named = networks.filter(contract => contract.name === networkName)
  const networkDeployments = await observeDeployments(ports, named, book, want)
  return { deployments, network: readNetwork(networkName, networkDeployments), networkDeployments, contracts, book }
}

function isNamed(contract: ObservedContract, name: string, projectName: string): boolean {
  if (contract.contractType !== MACHINE_TYPE || contract.name !== name) return false
  return projectName === '' || contract.projectName === projectName
}

function nodeIdOf(of: number | ObservedContract): number {
  return typeof of === 'number' ? of : of.nodeId
}

/** The private network that a deployment's machines are in. */
export function networkOf(deployments: readonly ObservedDeployment[]): string | undefined {
  for (const { node } of deployments) {
    if (node.kind !== 'present') continue
    for (const workload of node.deployment.workloads) {
      if (isMachine(workload)) return workload.data.network.interfaces[0]?.network
    }
  }
  return undefined
}

/** Addresses that a deployment's machines hold in the network, by node. */
export function heldIps(
  deployments: readonly ObservedDeployment[],
  network: string,
): ReadonlyMap<number, ReadonlySet<string>> {
  const held = new Map<number, Set<string>>()
  for (const { node, nodeId } of deployments) {
    // A node that knows nothing of it has no machine of it; one that does not answer may have any.
    if (node.kind === 'absent' && !held.has(nodeId)) held.set(nodeId, new Set())
    if (node.kind !== 'present') continue
    for (const workload of node.deployment.workloads) {
      if (!isMachine(workload)) continue
      for (const iface of workload.data.network.interfaces) {
        if (iface.network !== network) continue
        held.set(nodeId, (held.get(nodeId) ?? new Set()).add(iface.ip))
      }
    }
  }
  return held
}
