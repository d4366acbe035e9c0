/** Networks without a grid: facts of nodes, and what the nodes would hold once a plan is done. */
import type { NodeInfo } from '../../../src/explorer/port.js'
import { type ExistingNetwork, readNetwork } from '../../../src/modules/networks/existing.js'
import type { NodeFacts } from '../../../src/modules/networks/facts.js'
import type { NetworkInput, PlannedNetwork } from '../../../src/modules/networks/network-input.js'
import type { DesiredDeployment } from '../../../src/plan/desired.js'
import type { NodeSide, ObservedDeployment } from '../../../src/plan/observed.js'
import { emptyResult } from '../../../src/zos/results.js'
import { only } from './fake-grid.js'

export const account = { secret: new Uint8Array(32).fill(7), twinId: 7 }

export type FakeNodeKind = 'public' | 'hidden' | 'light'

export function factsOf(nodeId: number, kind: FakeNodeKind, more: Partial<NodeFacts> = {}): NodeFacts {
  const info = only<NodeInfo>('info', { nodeId, twinId: nodeId + 1_000, features: [] })
  const light = kind === 'light'
  const endpoint = kind === 'public' ? { endpoint: `185.206.122.${nodeId % 250}` } : {}
  return { info, light, wireguard: !light, reachable: true, takenPorts: [], ...endpoint, ...more }
}

export interface FakeWish {
  readonly name?: string
  readonly members: readonly { readonly nodeId: number; readonly mycelium?: boolean; readonly ip?: string }[]
  readonly nodes: readonly NodeFacts[]
  readonly existing?: ExistingNetwork
  readonly addAccess?: boolean
  readonly accessNodeId?: number
  readonly leaving?: readonly number[]
  readonly seeds?: ReadonlyMap<number, string>
}

export function networkInput(wish: FakeWish): NetworkInput {
  return {
    wish: {
      name: wish.name ?? 'net',
      ipRange: '10.249.0.0/16',
      addAccess: wish.addAccess ?? false,
      members: wish.members.map(({ mycelium = true, ...member }) => ({ ...member, mycelium })),
      seeds: wish.seeds ?? new Map(),
      leaving: new Set(wish.leaving ?? []),
    },
    existing: wish.existing ?? { nodes: [], silent: [] },
    nodes: new Map(wish.nodes.map(facts => [facts.info.nodeId, facts])),
    ...(wish.accessNodeId === undefined ? {} : { accessNodeId: wish.accessNodeId }),
    account,
    projectName: '',
  }
}

/** What is there when everything that was wanted was done, or what a node says instead. */
export function observedOf(
  deployments: readonly DesiredDeployment[],
  sides: ReadonlyMap<number, NodeSide> = new Map(),
): readonly ObservedDeployment[] {
  return deployments.map((want, index) => {
    const { nodeId, name, contractType, contractData, metadata, description } = want
    const id = BigInt(index + 1)
    const publicIps = Array.from({ length: want.publicIps }, () => ({
      ip: '185.1.1.1/24',
      gateway: '',
      contractId: id,
    }))
    const type = { kind: 'node', nodeId, hash: '0'.repeat(32), data: contractData, publicIps } as const
    const deployment = {
      version: 0,
      twin_id: 7,
      contract_id: id,
      metadata,
      description,
      expiration: 0n,
      signature_requirement: { requests: [], weight_required: 1, signatures: [], signature_style: '' as const },
      workloads: want.workloads.map(one => {
        return { ...structuredClone(one), version: 0, result: { ...emptyResult(), state: 'ok' as const } }
      }),
    }
    return {
      contract: { id, twinId: 7, state: { kind: 'created' }, type },
      nodeId,
      hash: type.hash,
      contractType,
      name,
      projectName: '',
      node: sides.get(nodeId) ?? ({ kind: 'present', deployment } as NodeSide),
    }
  })
}

export function leftBy(planned: PlannedNetwork, silent: readonly number[] = []): ExistingNetwork {
  const sides = new Map(silent.map(id => [id, { kind: 'unreachable', error: new Error('silent') } as NodeSide]))
  return readNetwork(planned.name, observedOf(planned.deployments, sides))
}
