/** Private networks by themselves: which there are, which nodes they have, how a person enters them. */
import { GridError } from '../../errors/grid.js'
import { applyPlan } from '../../plan/apply.js'
import { noCost } from '../../plan/cost.js'
import { type NodeBook, observeContracts, observeDeployments, openNodeBook } from '../../plan/observe.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import { makePlan } from '../../plan/plan.js'
import { settleIntents } from '../../plan/settle.js'
import type { ModuleContext } from '../context.js'
import { compileNetwork } from './compile.js'
import { type ExistingNetwork, ipRangeOf, NETWORK_TYPES, readNetwork } from './existing.js'
import { findNodes } from './facts.js'
import { gatherNetwork } from './gather.js'
import { HasNodeModel, NetworkAddNodeModel, type NetworkModel, NetworkNameModel } from './model.js'
import type { PlannedNetwork } from './network-input.js'

export interface NetworkNode {
  nodeId: number
  contractId: number
  subnet: string
  /** True when machines there can have Mycelium addresses. */
  mycelium: boolean
}

interface CompiledNetwork {
  readonly planned: PlannedNetwork
  readonly existing: ExistingNetwork
  readonly observed: readonly ObservedDeployment[]
  readonly book: NodeBook
}

export class Networks {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  /** Names of networks. */
  async list(): Promise<string[]> {
    const contracts = await observeContracts(await this.#context.ports(), [])
    const networks = contracts.filter(contract => NETWORK_TYPES.includes(contract.contractType))
    return [...new Set(networks.map(contract => contract.name))]
  }

  /** Gives a network that exists one more node, for machines to come.
   *
   * @returns the node's place in the network; the same when it already had one
   * @throws {GridError} GRID_NOT_FOUND: no such network or node
   */
  async addNode(options: NetworkAddNodeModel): Promise<NetworkNode> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(NetworkAddNodeModel, options)
    return this.#context.exclusively(async () => {
      const ports = await this.#context.ports()
      await settleIntents(ports)
      const network: NetworkModel = {
        name: model.name,
        ip_range: model.ipRange,
        ...(model.myceliumSeed ? { myceliumSeeds: [{ nodeId: model.nodeId, seed: model.myceliumSeed }] } : {}),
      }
      const members = [{ nodeId: model.nodeId, mycelium: model.mycelium }]
      const { planned, observed, book, existing } = await this.#compile(network, members)
      if (existing.nodes.length === 0) throw silenceOf(observed) ?? (await this.#notFound(model.name))

      const { deployments: desired } = planned
      const options = { twinId: ports.twinId }
      const plan = makePlan({ name: model.name, desired, observed, addresses: [], cost: noCost, warnings: [], options })
      if (!plan.empty) await applyPlan(plan, ports, book)
      return this.#place(model.name, model.nodeId)
    })
  }

  async hasNode(options: HasNodeModel): Promise<boolean> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(HasNodeModel, options)
    const contracts = await observeContracts(await this.#context.ports(), [model.nodeId])
    return contracts.some(
      ({ contractType, name, nodeId }) =>
        NETWORK_TYPES.includes(contractType) && name === model.name && nodeId === model.nodeId,
    )
  }

  /** wg-quick texts, one a way in. Each holds a private key, derived from the account: it is stored nowhere.
   *
   * @throws {GridError} GRID_NOT_FOUND
   */
  async getWireGuardConfigs(options: NetworkNameModel): Promise<string[]> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(NetworkNameModel, options)
    const { existing, observed } = await this.#observe(model.name)
    const ipRange = ipRangeOf(existing)
    if (ipRange === undefined) throw silenceOf(observed) ?? (await this.#notFound(model.name))
    const { planned } = await this.#compile({ name: model.name, ip_range: ipRange }, [])
    return planned.userConfigs.map(({ config }) => config.reveal())
  }

  async #observe(name: string, nodeIds: readonly number[] = []) {
    const ports = await this.#context.ports()
    const contracts = await observeContracts(ports, nodeIds)
    const own = contracts.filter(contract => NETWORK_TYPES.includes(contract.contractType) && contract.name === name)
    const book = await openNodeBook(ports, [...nodeIds, ...own.map(({ nodeId }) => nodeId)])
    const observed = await observeDeployments(ports, own, book)
    return { observed, book, existing: readNetwork(name, observed) }
  }

  async #compile(
    model: NetworkModel,
    members: readonly { nodeId: number; mycelium: boolean }[],
  ): Promise<CompiledNetwork> {
    const ports = await this.#context.ports()
    const nodeIds = members.map(({ nodeId }) => nodeId)
    const [{ observed, book, existing }, infos] = await Promise.all([
      this.#observe(model.name, nodeIds),
      findNodes(ports.explorer, nodeIds),
    ])
    const gathered = await gatherNetwork(ports, { model, members, infos, existing, book, leavingIps: new Map() })
    const account = { secret: ports.identity.miniSecret(), twinId: ports.twinId }
    const planned = compileNetwork({ ...gathered, account, projectName: this.#context.projectName })
    return { planned, observed, book: gathered.book, existing }
  }

  async #place(name: string, nodeId: number): Promise<NetworkNode> {
    const { existing, observed } = await this.#observe(name, [nodeId])
    const node = existing.nodes.find(candidate => candidate.nodeId === nodeId)
    const contract = observed.find(candidate => candidate.nodeId === nodeId)
    if (!node || !contract) throw silenceOf(contract ? [contract] : []) ?? (await this.#notFound(name))
    const { subnet, mycelium } = node.workload.data
    return { nodeId, contractId: Number(contract.contract.id), subnet, mycelium: mycelium !== undefined }
  }

  async #notFound(name: string): Promise<GridError> {
    const names = await this.list()
    return new GridError('GRID_NOT_FOUND', `there is no network ${name}`, {
      where: name,
      hint: names.length === 0 ? 'there is none at all' : `there are: ${names.slice(0, 10).join(', ')}`,
    })
  }
}

/** Why nothing is known of a network that has contracts. */
function silenceOf(observed: readonly ObservedDeployment[]): Error | undefined {
  const silent = observed.find(({ node }) => node.kind === 'unreachable')
  return silent?.node.kind === 'unreachable' ? silent.node.error : undefined
}
