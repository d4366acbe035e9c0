/** A network as its nodes hold it: read from deployments of any client, ours or the peer's. Pure. */
import { parseJson } from '../../core/json.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import type { WorkloadOf } from '../../zos/deployment.js'

export interface ExistingNode {
  readonly nodeId: number
  /** As the contract says: what the node is called today may be something else. */
  readonly contractType: string
  readonly contractData: string
  readonly workload: WorkloadOf<'network'> | WorkloadOf<'network-light'>
  readonly accesses: readonly ExistingAccess[]
}

/** A person's way into the network. */
export interface ExistingAccess {
  readonly nodeId: number
  readonly subnet: string
  /** Only where the peer client made it: it leaves the user's private key on the node. Ours is derived. */
  readonly privateKey?: string
}

export interface ExistingNetwork {
  readonly nodes: readonly ExistingNode[]
  /** Nodes that hold a contract of this network and did not answer. */
  readonly silent: readonly number[]
}

export const NETWORK_TYPES: readonly string[] = ['network', 'network-light']

export function readNetwork(name: string, observed: readonly ObservedDeployment[]): ExistingNetwork {
  const nodes: ExistingNode[] = []
  const silent: number[] = []
  for (const deployment of observed) {
    if (!NETWORK_TYPES.includes(deployment.contractType) || deployment.name !== name) continue
    if (deployment.node.kind === 'unreachable') silent.push(deployment.nodeId)
    if (deployment.node.kind !== 'present') continue
    const workload = deployment.node.deployment.workloads.find(
      (candidate): candidate is ExistingNode['workload'] =>
        candidate.name === name && (candidate.type === 'network' || candidate.type === 'network-light'),
    )
    if (!workload) continue
    const { nodeId, contractType, contract } = deployment
    const contractData = contract.type.kind === 'node' ? contract.type.data : ''
    nodes.push({ nodeId, contractType, contractData, workload, accesses: readAccesses(workload.metadata) })
  }
  return { nodes: nodes.sort((a, b) => a.nodeId - b.nodeId), silent }
}

/** The ranges of a network that exists; undefined while it does not. */
export function ipRangeOf(network: ExistingNetwork): string | undefined {
  return network.nodes[0]?.workload.data.ip_range
}

/** What other clients wrote there may be anything; what does not fit is no access. */
function readAccesses(metadata: string): readonly ExistingAccess[] {
  let value: unknown
  try {
    value = parseJson(metadata)
  } catch {
    return []
  }
  const list = isRecord(value) ? value.user_accesses : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap(access => {
    if (!isRecord(access) || typeof access.node_id !== 'number' || typeof access.subnet !== 'string') return []
    const { private_key: privateKey } = access
    const known = typeof privateKey === 'string' && privateKey !== ''
    return [{ nodeId: access.node_id, subnet: access.subnet, ...(known ? { privateKey } : {}) }]
  })
}

export function writeAccesses(accesses: readonly ExistingAccess[]): string {
  const list = accesses.map(({ nodeId, subnet, privateKey }) => ({
    subnet,
    private_key: privateKey ?? '',
    node_id: nodeId,
  }))
  return JSON.stringify({ version: 3, user_accesses: list })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
