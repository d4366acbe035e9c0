/**
 * What is there. Reads only: explorer, chain and journal say which contracts exist, the chain says what they are,
 * the nodes say what they run. The explorer lags behind the chain, so its list is completed from two other sources.
 */
import type { Contract } from '../chain/port.js'
import { isHyphaeError } from '../errors/base.js'
import { GridError } from '../errors/grid.js'
import { CancelledError } from '../errors/wait.js'
import { parseContractData } from '../zos/contract-data.js'
import { journaledContracts } from './journal.js'
import { isUnreachable, type NodeCalls, nodeCalls } from './node-calls.js'
import type { NodeSide, ObservedContract, ObservedDeployment } from './observed.js'
import type { GridPorts } from './ports.js'
import { isStorage } from './workload-diff.js'

/** Own live node contracts.
 *
 * @param nodeIds nodes whose contracts are read from the chain itself, however new they are
 */
export async function observeContracts(
  ports: GridPorts,
  nodeIds: readonly number[],
): Promise<readonly ObservedContract[]> {
  const { chain, explorer, journal, twinId } = ports
  const [indexed, active, records] = await Promise.all([
    explorer.contracts({ twinId, kinds: ['node'], states: ['Created', 'GracePeriod'] }),
    chain.activeNodeContracts(nodeIds),
    journal.read(),
  ])

  const createdAt = new Map(indexed.map(info => [info.contractId, info.createdAt]))
  const ids = new Set<bigint>([...createdAt.keys(), ...active.flat(), ...journaledContracts(records)])

  const contracts = await chain.contracts([...ids])
  return contracts
    .flatMap(contract =>
      contract && contract.twinId === twinId ? toObserved(contract, createdAt.get(contract.id)) : [],
    )
    .sort((a, b) => Number(a.contract.id - b.contract.id))
}

function toObserved(contract: Contract, createdAt: number | undefined): ObservedContract[] {
  if (contract.type.kind !== 'node' || contract.state.kind === 'deleted') return []
  const data = parseContractData(contract.type.data)
  return [
    {
      contract,
      nodeId: contract.type.nodeId,
      hash: contract.type.hash,
      contractType: data?.type ?? '',
      name: data?.name ?? '',
      projectName: data?.projectName ?? '',
      ...(createdAt === undefined ? {} : { createdAt }),
    },
  ]
}

/** What the nodes hold under these contracts, all asked at once. A silent node is a fact, not an error.
 *
 * @param options.tolerant so is one that answers with nonsense, or that is not on the grid any more
 */
export async function observeDeployments(
  ports: GridPorts,
  contracts: readonly ObservedContract[],
  nodes: NodeBook,
  options: { tolerant?: boolean } = {},
): Promise<readonly ObservedDeployment[]> {
  return Promise.all(
    contracts.map(async (observed): Promise<ObservedDeployment> => {
      try {
        return { ...observed, node: await nodeSide(nodes.calls(observed.nodeId), observed.contract.id) }
      } catch (error) {
        const ofNode = options.tolerant === true && isHyphaeError(error) && !(error instanceof CancelledError)
        if (!isUnreachable(error) && !ofNode) throw error
        ports.host.notify({
          code: 'NODE_SILENT',
          level: 'warn',
          text: `node ${observed.nodeId} does not answer`,
          data: { nodeId: observed.nodeId },
        })
        return { ...observed, node: { kind: 'unreachable', error: error as Error } }
      }
    }),
  )
}

async function nodeSide(node: NodeCalls, contractId: bigint): Promise<NodeSide> {
  const deployment = await node.get(contractId)
  if (!deployment) return { kind: 'absent' }
  const failed = deployment.workloads.some(({ type, result }) => result.state === 'error' && isStorage(type))
  if (!failed) return { kind: 'present', deployment }
  const worked = (await node.changes(contractId)).filter(({ result }) => result.state === 'ok')
  return { kind: 'present', deployment, heldData: new Set(worked.map(({ name }) => name)) }
}

/** How to reach nodes by id: their twins are looked up once. */
export interface NodeBook {
  /** @throws {GridError} GRID_NOT_FOUND: no such node */
  calls(nodeId: number): NodeCalls
}

export async function openNodeBook(ports: GridPorts, nodeIds: readonly number[]): Promise<NodeBook> {
  const twins = await ports.explorer.nodeTwins([...new Set(nodeIds)])
  const missing = [...new Set(nodeIds)].filter(id => !twins.has(id))
  // The index may lag behind or forget; the chain knows every node.
  const found = await Promise.all(missing.map(id => ports.chain.node(id)))
  const all = new Map([...twins, ...found.flatMap(node => (node ? [[node.id, node.twinId] as const] : []))])
  return nodeBook(ports, all)
}

export function nodeBook(ports: GridPorts, twins: ReadonlyMap<number, number>): NodeBook {
  const book = new Map<number, NodeCalls>()
  return {
    calls: nodeId => {
      const known = book.get(nodeId)
      if (known) return known
      const twinId = twins.get(nodeId)
      if (twinId === undefined) throw unknownNode(nodeId)
      const calls = nodeCalls(ports.rmb, { nodeId, twinId }, ports.limits.nodeReplyMs)
      book.set(nodeId, calls)
      return calls
    },
  }
}

function unknownNode(nodeId: number): GridError {
  return new GridError('GRID_NOT_FOUND', `there is no node ${nodeId} on this grid`, {
    where: `node ${nodeId}`,
    hint: 'client.nodes.filter() lists the nodes that are there',
  })
}
