/**
 * From a model to everything its plan is made of: facts are read, the network and the machines are compiled.
 * Reads only; `plan` and every verb that writes go through here.
 */
import { GridError } from '../../errors/grid.js'
import type { Problem } from '../../errors/model.js'
import { estimateCost } from '../../plan/cost.js'
import { type Desired, type DesiredDeployment, deploymentKey, type UnwantedContract } from '../../plan/desired.js'
import type { NodeBook } from '../../plan/observe.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import { makePlan, type Plan } from '../../plan/plan.js'
import type { GridPorts } from '../../plan/ports.js'
import { compileNetwork } from '../networks/compile.js'
import { findNodes, type NodeFacts } from '../networks/facts.js'
import { gatherNetwork } from '../networks/gather.js'
import type { PlannedNetwork } from '../networks/network-input.js'
import { checkNodes } from './checks.js'
import { type CompiledMachines, compileMachines } from './compile.js'
import type { MachineModel, NetworkModel } from './model.js'
import { heldIps, MACHINE_TYPE, type ObservedMachines, observeMachines } from './observe.js'
import { checkAgainstNodes } from './rules.js'
import { observeNeighbours } from './seed-conflicts.js'

/** What a verb wants, whatever model it was said with. */
export interface MachinesWish {
  readonly name: string
  readonly network: NetworkModel
  readonly machines: readonly MachineModel[]
  readonly metadata: string
  readonly description: string
  /** `all`: these machines and no others. `some`: these too. */
  readonly scope: 'all' | 'some'
  readonly allowReplace: boolean
  readonly warnings: readonly Problem[]
}

export interface Survey {
  readonly plan: Plan
  readonly network: PlannedNetwork
  readonly observed: ObservedMachines
  readonly book: NodeBook
}

export async function survey(ports: GridPorts, wish: MachinesWish, projectName: string): Promise<Survey> {
  const { chain, explorer, identity, twinId } = ports
  const nodeIds = [...new Set(wish.machines.map(machine => machine.node_id))]
  ports.host.notify({
    code: 'OBSERVE_STARTED',
    level: 'debug',
    text: `looking at what there is of ${wish.name}`,
    data: { name: wish.name },
  })

  const [infos, observed, policy, tftPriceMilliUsd, balance] = await Promise.all([
    findNodes(explorer, nodeIds),
    observeMachines(ports, { name: wish.name, projectName, networkName: wish.network.name, nodeIds }),
    chain.pricingPolicy(1),
    chain.tftPriceMilliUsd(),
    chain.balance(identity.address),
  ])

  const leaving = wish.scope === 'all' ? observed.deployments.filter(({ nodeId }) => !nodeIds.includes(nodeId)) : []
  const gathered = await gatherNetwork(ports, {
    model: wish.network,
    members: wish.machines.map(({ node_id, mycelium, ip }) => ({ nodeId: node_id, mycelium, ...(ip ? { ip } : {}) })),
    infos,
    existing: observed.network,
    book: observed.book,
    leavingIps: heldIps(leaving, wish.network.name),
  })
  const own = { name: wish.name, network: wish.network.name, machines: wish.machines }
  const neighbours = await observeNeighbours(ports, observed.contracts, own, gathered.book)
  const account = { secret: identity.miniSecret(), twinId }
  const network = compileNetwork({ ...gathered, account, projectName })
  const warnings = [...wish.warnings, ...factWarnings(wish, gathered.nodes)]
  const machines = compileMachines({
    ...wish,
    projectName,
    network,
    nodes: gathered.nodes,
    existing: observed.deployments,
    reservedIps: gathered.reservedIps,
    neighbours,
    account,
  })

  const there = [...observed.deployments, ...observed.networkDeployments]
  checkNodes(machines.deployments, observed.deployments, gathered.nodes, twinId)
  const desired: Desired[] = [
    ...network.deployments,
    ...machines.deployments,
    ...unwantedMachines(leaving, wish.name),
    ...unwantedNetworks(observed.networkDeployments, gathered.wish.leaving),
  ]
  if (!policy) throw new GridError('GRID_NOT_FOUND', 'the chain has no pricing policy 1', { where: 'pricing policy 1' })
  const cost = estimateCost(costly(network, machines), {
    policy,
    tftPriceMilliUsd,
    balanceUnits: balance.free > balance.frozen ? balance.free - balance.frozen : 0n,
    rentedNodes: new Set([...infos.values()].filter(info => info.rentedByTwinId === twinId).map(info => info.nodeId)),
  })
  const { addresses } = machines
  const options = { twinId, allowReplace: wish.allowReplace }
  const plan = makePlan({ name: wish.name, desired, observed: there, addresses, cost, warnings, options })
  ports.host.notify({
    code: 'PLAN_READY',
    level: 'info',
    text: plan.empty ? `${wish.name} is as it should be` : `${wish.name}: ${plan.steps.length} steps are needed`,
    data: { name: wish.name, steps: plan.steps.length, empty: plan.empty, plan },
  })
  return { plan, network, observed, book: gathered.book }
}

/** Rules that need to know what kind of node a machine goes to. */
function factWarnings(wish: MachinesWish, nodes: ReadonlyMap<number, NodeFacts>): readonly Problem[] {
  return checkAgainstNodes(wish.machines, nodeId => {
    const facts = nodes.get(nodeId)
    return facts === undefined ? undefined : { light: facts.light, features: facts.info.features }
  })
}

function unwantedMachines(leaving: readonly ObservedDeployment[], name: string): readonly UnwantedContract[] {
  return leaving.map(observed => ({
    ...unwanted(observed, `no machine of ${name} is on node ${observed.nodeId} any more`),
    when: 'last',
    rank: 0,
  }))
}

function unwantedNetworks(
  networks: readonly ObservedDeployment[],
  leaving: ReadonlySet<number>,
): readonly UnwantedContract[] {
  return networks
    .filter(({ nodeId }) => leaving.has(nodeId))
    .map(observed => ({
      ...unwanted(observed, `no machine uses it on node ${observed.nodeId}`),
      when: 'last',
      rank: 1,
    }))
}

export function unwanted(observed: ObservedDeployment, because: string): Omit<UnwantedContract, 'when' | 'rank'> {
  const lost = observed.node.kind === 'present' ? observed.node.deployment.workloads.map(({ name }) => name) : []
  return {
    kind: 'unwanted',
    contractId: observed.contract.id,
    nodeId: observed.nodeId,
    name: observed.name,
    contractType: observed.contractType || MACHINE_TYPE,
    because,
    lost,
  }
}

function costly(network: PlannedNetwork, machines: CompiledMachines): readonly (DesiredDeployment & { key: string })[] {
  return [...network.deployments, ...machines.deployments].map(deployment => ({
    ...deployment,
    key: deploymentKey(deployment),
  }))
}
