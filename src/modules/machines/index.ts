/**
 * Machines: what most people come for. Every verb that writes is apply(plan(model)); there is no second path.
 */
import { GridError } from '../../errors/grid.js'
import { applyPlan } from '../../plan/apply.js'
import type { AppliedContract, ChainWrites } from '../../plan/chain-writes.js'
import { observeContracts } from '../../plan/observe.js'
import type { ObservedDeployment } from '../../plan/observed.js'
import type { Plan } from '../../plan/plan.js'
import type { GridPorts } from '../../plan/ports.js'
import { settleIntents } from '../../plan/settle.js'
import type { ModuleContext } from '../context.js'
import { ipRangeOf } from '../networks/existing.js'
import { checkFunds, checkKyc } from './checks.js'
import { type AddMachineModel, addedMachine, type MachinesModel, type NetworkModel } from './model.js'
import { MACHINE_TYPE, networkOf, observeMachines } from './observe.js'
import { type MachineData, readMachines } from './read.js'
import { planRemoval } from './remove.js'
import { type MachinesWish, type Survey, survey } from './survey.js'

/** One contract that a verb touched. */
export interface ContractResult {
  contractId: number
  nodeId: number
  name: string
  type: string
}

export interface DeployResult {
  contracts: { created: ContractResult[]; updated: ContractResult[]; deleted: ContractResult[] }
  /** wg-quick text of the way in, when the network has one; it holds a private key. */
  wireguard_config: string
  /** As the nodes report them. */
  machines: MachineData[]
}

export interface DeployOptions {
  /** Replace a deployment whose number of public addresses changes, although its disks are lost. */
  allowReplace?: boolean
  /** Ends the work; what is already written stays, and the next run goes on from there. */
  signal?: AbortSignal
}

export class Machines {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  /** What `deploy` would do, with every address and the cost. Writes nothing, anywhere.
   *
   * @example
   * const plan = await client.machines.plan(model)
   * plan.addresses[0].mycelium // '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'
   * @throws {ModelError} with every problem of the model
   */
  async plan(model: MachinesModel, options: DeployOptions = {}): Promise<Plan> {
    const wish = await this.#wish(model, options)
    return (await survey(await this.#context.ports(), wish, this.#context.projectName)).plan
  }

  /** Makes it so: creates what is not there, changes what differs, removes what the model no longer has.
   *
   * Running it again changes nothing; killed anywhere and run again, it converges.
   * @throws {ModelError|GridError|NetworkError|ChainError|DeadlineError}
   */
  async deploy(model: MachinesModel, options: DeployOptions = {}): Promise<DeployResult> {
    const wish = await this.#wish(model, options)
    return this.#context.exclusively(() => this.#converge(wish, options))
  }

  /** Like `deploy`, of something that must be there already. @throws {GridError} GRID_NOT_FOUND */
  async update(model: MachinesModel, options: DeployOptions = {}): Promise<DeployResult> {
    const wish = await this.#wish(model, options)
    return this.#context.exclusively(async () => {
      await this.#mustExist(wish.name)
      return this.#converge(wish, options)
    })
  }

  /** One more machine in the network of a deployment; the others stay untouched. */
  async add_machine(model: AddMachineModel, options: DeployOptions = {}): Promise<DeployResult> {
    const { validateModel } = await import('../validate.js')
    const { AddMachineModel: Model } = await import('./model.js')
    const { model: added, warnings } = validateModel(Model, model)
    return this.#context.exclusively(async () => {
      const ports = await this.#context.ports()
      const network = await this.#networkOf(ports, added.deployment_name)
      const seeds = added.myceliumNetworkSeed ? [{ nodeId: added.node_id, seed: added.myceliumNetworkSeed }] : undefined
      const wish: MachinesWish = {
        name: added.deployment_name,
        network: { ...network, ...(seeds ? { myceliumSeeds: seeds } : {}) },
        machines: [addedMachine(added)],
        metadata: '',
        description: '',
        scope: 'some',
        allowReplace: options.allowReplace ?? false,
        warnings,
      }
      return this.#converge(wish, options)
    })
  }

  /** Ends one machine and its disks; the deployment, and its network where nobody uses it any more, follow the last one. */
  async delete_machine(options: { deployment_name: string; name: string }): Promise<DeployResult> {
    const { validateModel } = await import('../validate.js')
    const { DeleteMachineModel } = await import('./model.js')
    const { model } = validateModel(DeleteMachineModel, options)
    return this.#remove(model.deployment_name, model.name)
  }

  /** Ends a deployment. Contracts are cancelled on the chain; a node that does not answer cannot prevent it. */
  async delete(options: { name: string }): Promise<DeployResult> {
    const { validateModel } = await import('../validate.js')
    const { MachinesNameModel } = await import('./model.js')
    const { model } = validateModel(MachinesNameModel, options)
    return this.#remove(model.name)
  }

  /** Names of deployments. */
  async list(): Promise<string[]> {
    const ports = await this.#context.ports()
    const contracts = await observeContracts(ports, [])
    const { projectName } = this.#context
    const own = contracts.filter(
      contract =>
        contract.contractType === MACHINE_TYPE && (projectName === '' || contract.projectName === projectName),
    )
    return [...new Set(own.map(contract => contract.name))]
  }

  /** The deployments as nodes hold them. Nodes that do not answer are listed by the error's details, not left out.
   *
   * @throws {GridError} GRID_NOT_FOUND, GRID_NODE_UNREACHABLE
   */
  async get(options: { name: string }): Promise<readonly ObservedDeployment[]> {
    const { validateModel } = await import('../validate.js')
    const { MachinesNameModel } = await import('./model.js')
    const { model } = validateModel(MachinesNameModel, options)
    return this.#read(model.name)
  }

  /** The machines of a deployment with their addresses. @example (await client.machines.getObj('newMY'))[0].myceliumIP
   *
   * @throws {GridError} GRID_NOT_FOUND: no such deployment, or a node has nothing of it although it is paid for
   */
  async getObj(name: string): Promise<MachineData[]> {
    const deployments = await this.get({ name })
    const absent = deployments.find(({ node }) => node.kind === 'absent')
    if (absent) throw notTold(name, absent)
    return readMachines(deployments)
  }

  async #wish(model: MachinesModel, options: DeployOptions): Promise<MachinesWish> {
    const { validateModel } = await import('../validate.js')
    const { MachinesModel: Model } = await import('./model.js')
    const { model: valid, warnings } = validateModel(Model, model)
    return {
      name: valid.name,
      network: valid.network,
      machines: valid.machines,
      metadata: valid.metadata ?? '',
      description: valid.description ?? '',
      scope: 'all',
      allowReplace: options.allowReplace ?? false,
      warnings,
    }
  }

  async #converge(wish: MachinesWish, options: DeployOptions): Promise<DeployResult> {
    const ports = await this.#context.ports()
    await settleIntents(ports, options.signal)
    const surveyed = await survey(ports, wish, this.#context.projectName)
    for (const warning of surveyed.plan.warnings) {
      const data = { path: warning.path, rule: warning.rule }
      ports.host.notify({ code: 'MODEL_WARNING', level: 'warn', text: `${warning.path}: ${warning.message}`, data })
    }
    if (surveyed.plan.empty) return this.#result(ports, wish.name, surveyed, nothing)

    const { identity } = ports
    const [balance, kyc] = await Promise.all([
      ports.chain.balance(identity.address),
      ports.explorer.kycStatus(identity.address),
    ])
    checkFunds(balance, identity.address)
    checkKyc(kyc, identity.address)
    const applied = await applyPlan(surveyed.plan, ports, surveyed.book, options)
    return this.#result(ports, wish.name, surveyed, applied)
  }

  async #result(ports: GridPorts, name: string, surveyed: Survey, applied: ChainWrites): Promise<DeployResult> {
    const nodeIds = [...new Set(surveyed.plan.addresses.map(({ nodeId }) => nodeId))]
    const { projectName } = this.#context
    const { deployments } = await observeMachines(ports, {
      name,
      projectName,
      networkName: surveyed.network.name,
      nodeIds,
    })
    const machines = readMachines(deployments)
    ports.host.notify({
      code: 'MACHINES_READY',
      level: 'info',
      text: `${machines.length} machine${machines.length === 1 ? '' : 's'} of ${name}`,
      data: { name, machines: machines.map(rowOf) },
    })
    return {
      contracts: contractsOf(applied),
      wireguard_config: surveyed.network.userConfigs[0]?.config.reveal() ?? '',
      machines,
    }
  }

  async #remove(name: string, machine?: string): Promise<DeployResult> {
    return this.#context.exclusively(async () => {
      const ports = await this.#context.ports()
      await settleIntents(ports)
      const removal = await planRemoval(ports, { name, projectName: this.#context.projectName, machine })
      if (removal.plan.empty) return { contracts: contractsOf(nothing), wireguard_config: '', machines: [] }
      checkFunds(await ports.chain.balance(ports.identity.address), ports.identity.address)
      const applied = await applyPlan(removal.plan, ports, removal.book)
      return { contracts: contractsOf(applied), wireguard_config: '', machines: [] }
    })
  }

  async #mustExist(name: string): Promise<void> {
    const names = await this.list()
    if (!names.includes(name)) throw notFound(name, names)
  }

  async #read(name: string): Promise<readonly ObservedDeployment[]> {
    const ports = await this.#context.ports()
    const { projectName } = this.#context
    const { deployments } = await observeMachines(ports, { name, projectName, nodeIds: [] })
    if (deployments.length === 0) throw notFound(name, await this.list())
    const silent = deployments.filter(({ node }) => node.kind === 'unreachable')
    const [first] = silent
    if (first?.node.kind === 'unreachable') throw first.node.error
    return deployments
  }

  /** The network that a deployment's machines are in, as a model. */
  async #networkOf(ports: GridPorts, name: string): Promise<NetworkModel> {
    const { projectName } = this.#context
    const { deployments, network } = await observeMachines(ports, { name, projectName, nodeIds: [] })
    if (deployments.length === 0) throw notFound(name, await this.list())
    const networkName = networkOf(deployments)
    const ipRange = ipRangeOf(network)
    if (networkName !== undefined && ipRange !== undefined) return { name: networkName, ip_range: ipRange }
    const silent = deployments.find(({ node }) => node.kind === 'unreachable')
    if (silent?.node.kind === 'unreachable') throw silent.node.error
    throw new GridError('GRID_NOT_FOUND', `${name} has no machine whose network could be joined`, { where: name })
  }
}

const nothing: ChainWrites = { created: [], updated: [], cancelled: [] }

function contractsOf(applied: ChainWrites): DeployResult['contracts'] {
  const rows = (list: readonly AppliedContract[]) =>
    list.map(({ contractId, nodeId, name, contractType }) => ({
      contractId: Number(contractId),
      nodeId,
      name,
      type: contractType,
    }))
  return { created: rows(applied.created), updated: rows(applied.updated), deleted: rows(applied.cancelled) }
}

function rowOf(machine: MachineData): Readonly<Record<string, unknown>> {
  return {
    name: machine.name,
    nodeId: machine.nodeId,
    contractId: machine.contractId,
    state: machine.status,
    ip: machine.interfaces[0]?.ip ?? '',
    mycelium: machine.myceliumIP,
    planetary: machine.planetary,
    publicIp: machine.publicIP?.ip ?? '',
  }
}

function notTold(name: string, { nodeId, contract }: ObservedDeployment): GridError {
  return new GridError(
    'GRID_NOT_FOUND',
    `node ${nodeId} has nothing of ${name}, although contract ${contract.id} is for it`,
    {
      where: `node ${nodeId}`,
      hint: 'a run was interrupted, or the node gave it up: deploy it again, or delete it',
      details: { nodeId, contractId: String(contract.id) },
    },
  )
}

function notFound(name: string, names: readonly string[]): GridError {
  return new GridError('GRID_NOT_FOUND', `there is no deployment ${name} of machines`, {
    where: name,
    hint: names.length === 0 ? 'there is none at all' : `there are: ${names.slice(0, 10).join(', ')}`,
  })
}
