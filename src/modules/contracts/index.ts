/** Own contracts: what is paid for. Ids are numbers here (they count up from 1), as scripts of the peer client expect. */
import type { Contract } from '../../chain/port.js'
import { GridError } from '../../errors/grid.js'
import type { ContractInfo } from '../../explorer/port.js'
import { MAX_BATCH_CALLS } from '../../plan/ports.js'
import type { ModuleContext } from '../context.js'
import { ContractIdModel, ContractIdsModel, ContractListModel } from './model.js'

export interface ContractRow {
  contractId: number
  type: 'node' | 'name' | 'rent'
  state: 'Created' | 'GracePeriod' | 'Deleted'
  nodeId?: number
  /** Of the deployment, or the name that is reserved. */
  name?: string
  /** Unix seconds. */
  createdAt: number
  publicIps: number
}

/** The peer client's shape of `listMyContracts`. */
export interface MyContracts {
  nameContracts: { contractID: string; createdAt: string; name: string; state: string; twinID: number }[]
  nodeContracts: {
    contractID: string
    createdAt: string
    deploymentData: string
    nodeID: number
    numberOfPublicIPs: number
    state: string
  }[]
  rentContracts: { contractID: string; createdAt: string; nodeID: number; state: string; twinID: number }[]
}

export class Contracts {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  /** Own contracts, newest last. @example (await client.contracts.list()).map(row => row.name) */
  async list(options: ContractListModel = {}): Promise<readonly ContractRow[]> {
    const { parseContractData } = await import('../../zos/contract-data.js')
    return (await this.#infos(options)).map(info => {
      const name = info.name ?? parseContractData(info.deploymentData ?? '')?.name
      return {
        contractId: Number(info.contractId),
        type: info.kind,
        state: info.state,
        ...(info.nodeId === undefined ? {} : { nodeId: info.nodeId }),
        ...(name === undefined ? {} : { name }),
        createdAt: info.createdAt,
        publicIps: info.publicIps ?? 0,
      }
    })
  }

  async listMyContracts(options: ContractListModel = {}): Promise<MyContracts> {
    const { twinId } = await this.#context.ports()
    const infos = await this.#infos(options)
    const common = (info: ContractInfo) => ({
      contractID: String(info.contractId),
      createdAt: String(info.createdAt),
      state: info.state,
    })
    return {
      nameContracts: infos
        .filter(({ kind }) => kind === 'name')
        .map(info => ({ ...common(info), name: info.name ?? '', twinID: twinId })),
      nodeContracts: infos
        .filter(({ kind }) => kind === 'node')
        .map(info => ({
          ...common(info),
          deploymentData: info.deploymentData ?? '',
          nodeID: info.nodeId ?? 0,
          numberOfPublicIPs: info.publicIps ?? 0,
        })),
      rentContracts: infos
        .filter(({ kind }) => kind === 'rent')
        .map(info => ({ ...common(info), nodeID: info.nodeId ?? 0, twinID: twinId })),
    }
  }

  /** @throws {GridError} GRID_NOT_FOUND: cancelled contracts are gone from the chain */
  async get(options: ContractIdModel): Promise<Contract> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(ContractIdModel, options)
    const { chain } = await this.#context.ports()
    const [contract] = await chain.contracts([BigInt(model.id)])
    if (contract) return contract
    throw new GridError('GRID_NOT_FOUND', `there is no contract ${model.id}`, { where: `contract ${model.id}` })
  }

  /** Cancels one contract. What its node runs under it ends; no node is asked. Cancelling what is gone is no error. */
  async cancel(options: ContractIdModel): Promise<number> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(ContractIdModel, options)
    await this.#cancel([model.id])
    return model.id
  }

  /** All or nothing. Returns the ids that were still there. */
  async batchCancelContracts(options: ContractIdsModel): Promise<readonly number[]> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(ContractIdsModel, options)
    return this.#cancel(model.ids)
  }

  /** Ends everything this account has on the grid. Returns the ids. */
  async cancelMyContracts(): Promise<readonly number[]> {
    const infos = await this.#infos({})
    // A rent contract cannot end while the node still has others.
    const last = infos.filter(({ kind }) => kind === 'rent')
    const first = infos.filter(({ kind }) => kind !== 'rent')
    return this.#cancel([...first, ...last].map(({ contractId }) => Number(contractId)))
  }

  /** TFT per hour that the newest bill amounts to; 0 before the first bill. */
  async getConsumption(options: ContractIdModel): Promise<{ amountBilled: number; discountReceived: string }> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(ContractIdModel, options)
    const { explorer } = await this.#context.ports()
    const [bills, contracts] = await Promise.all([
      explorer.bills(BigInt(model.id), 2),
      this.#infos({ state: ['Created', 'GracePeriod', 'Deleted'] }),
    ])
    const [latest, before] = bills
    if (!latest) return { amountBilled: 0, discountReceived: 'None' }
    const createdAt = contracts.find(({ contractId }) => contractId === latest.contractId)?.createdAt
    const since = before?.timestamp ?? createdAt ?? latest.timestamp - 3600
    const hours = Math.max(1, latest.timestamp - since) / 3600
    return { amountBilled: Number(latest.amountUnits) / 1e7 / hours, discountReceived: latest.discount }
  }

  async #infos(options: ContractListModel): Promise<readonly ContractInfo[]> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(ContractListModel, options)
    const { explorer, twinId } = await this.#context.ports()
    const states = model.state ?? ['Created', 'GracePeriod']
    return explorer.contracts({ twinId, states: Array.isArray(states) ? states : [states] })
  }

  async #cancel(ids: readonly number[]): Promise<readonly number[]> {
    const { chain, limits, twinId } = await this.#context.ports()
    const found = await chain.contracts(ids.map(id => BigInt(id)))
    const foreign = found.find(contract => contract && contract.twinId !== twinId)
    if (foreign) {
      throw new GridError('GRID_CONFLICT', `contract ${foreign.id} belongs to twin ${foreign.twinId}`, {
        where: `contract ${foreign.id}`,
      })
    }
    const live = found.flatMap(contract => (contract && contract.state.kind !== 'deleted' ? contract.id : []))
    if (live.length === 0) return []
    await this.#context.exclusively(async () => {
      for (let i = 0; i < live.length; i += MAX_BATCH_CALLS) {
        const calls = live
          .slice(i, i + MAX_BATCH_CALLS)
          .map(contractId => ({ kind: 'cancelContract' as const, contractId }))
        await chain.submit(calls, { timeoutMs: limits.chainMs })
      }
    })
    return live.map(Number)
  }
}
