/** Two machines with one seed in one network on one node would have one address: said before anything is written. */
import { GridError } from '../../errors/grid.js'
import type { DesiredWorkload } from '../../plan/desired.js'
import { type NodeBook, observeDeployments } from '../../plan/observe.js'
import type { ObservedContract } from '../../plan/observed.js'
import type { GridPorts } from '../../plan/ports.js'
import { NETWORK_TYPES } from '../networks/existing.js'
import type { MachineModel } from './model.js'
import { isMachine } from './read.js'

/** A machine that runs, or that shall. */
export interface SeedHolder {
  readonly nodeId: number
  readonly network: string
  readonly seed: string
  /** `machine vm1 of web` */
  readonly who: string
}

/** @throws {GridError} GRID_CONFLICT naming both machines */
export function checkSeedsOn(
  nodeId: number,
  workloads: readonly DesiredWorkload[],
  input: { readonly name: string; readonly neighbours?: readonly SeedHolder[] },
): void {
  const taken = new Map<string, SeedHolder>()
  const wanted = workloads.flatMap(workload => seedOf(nodeId, input.name, workload))
  for (const holder of [...(input.neighbours ?? []).filter(other => other.nodeId === nodeId), ...wanted]) {
    const place = `${holder.network}/${holder.seed}`
    const other = taken.get(place)
    if (other === undefined) taken.set(place, holder)
    else throw conflict(other, holder)
  }
}

/**
 * Machines of the account's other deployments on the nodes where the model gives a seed. Only a seed that a person
 * chose can be somebody else's, so most plans ask nobody.
 */
export async function observeNeighbours(
  ports: GridPorts,
  contracts: readonly ObservedContract[],
  own: { readonly name: string; readonly network: string; readonly machines: readonly MachineModel[] },
  book: NodeBook,
): Promise<readonly SeedHolder[]> {
  const nodeIds = new Set(own.machines.flatMap(({ node_id, myceliumSeed }) => (myceliumSeed ? [node_id] : [])))
  const others = contracts.filter(
    ({ nodeId, contractType, name }) =>
      nodeIds.has(nodeId) && name !== own.name && !NETWORK_TYPES.includes(contractType) && contractType !== '',
  )
  const observed = await observeDeployments(ports, others, book)
  return observed.flatMap(({ node, nodeId, name }) => {
    if (node.kind !== 'present') return []
    return node.deployment.workloads.flatMap(workload =>
      isMachine(workload) && workload.result.state !== 'deleted' ? seedOf(nodeId, name, workload) : [],
    )
  })
}

function seedOf(
  nodeId: number,
  deployment: string,
  workload: Pick<DesiredWorkload, 'type' | 'name' | 'data'>,
): SeedHolder[] {
  const known = workload as DesiredWorkload
  if (known.type !== 'zmachine' && known.type !== 'zmachine-light') return []
  const { mycelium } = known.data.network
  if (!mycelium) return []
  const { network, hex_seed: seed } = mycelium
  return [{ nodeId, network, seed: seed.toLowerCase(), who: `machine ${known.name} of ${deployment}` }]
}

function conflict(one: SeedHolder, two: SeedHolder): GridError {
  return new GridError(
    'GRID_CONFLICT',
    `${two.who} and ${one.who} have the same Mycelium seed in network ${two.network} on node ${two.nodeId}: both would have one address`,
    {
      where: two.who,
      hint: 'give one of them another myceliumSeed, or none: then it is derived',
      details: { nodeId: two.nodeId, network: two.network, machines: [one.who, two.who] },
    },
  )
}
