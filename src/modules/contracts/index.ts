/** Own contracts: what is paid for. Ids are numbers here (they count up from 1), as scripts of the peer client expect. */
import type { Contract } from '../../chain/port.js'
import { GridError } from '../../errors/grid.js'
import type { ContractInfo } from '../../explorer/port.js'
import { journaledContracts } from '../../plan/journal.js'
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
    const wanted = model.state ?? ['Created', 'GracePeriod']
    const states = Array.isArray(wanted) ? wanted : [wanted]
    const indexed = await explorer.contracts({ twinId, states })
    return states.includes('Deleted') ? indexed : this.#asOnChain(indexed, states)
  }

  /** The index lags behind the chain: what is cancelled goes, what was made a moment ago comes, states are today's. */
  async #asOnChain(
    indexed: readonly ContractInfo[],
    states: readonly ContractInfo['state'][],
  ): Promise<readonly ContractInfo[]> {
    const { chain, journal, twinId } = await this.#context.ports()
    const known = new Map(indexed.map(info => [info.contractId, info]))
    const ids = [...new Set([...known.keys(), ...journaledContracts(await journal.read())])]
    const contracts = (await chain.contracts(ids)).filter(contract => contract?.twinId === twinId)
    const infos = await Promise.all(
      contracts.map(async contract => {
        if (!contract || !states.includes(STATES[contract.state.kind])) return []
        const info = known.get(contract.id)
        if (info) return [{ ...info, state: STATES[contract.state.kind] }]
        // The chain notes no creation; its first lock is of that block.
        const { lockUpdated } = await chain.contractLock(contract.id)
        return [infoOf(contract, Number(lockUpdated))]
      }),
    )
    return infos.flat().sort((a, b) => (a.contractId < b.contractId ? -1 : 1))
  }

  /** One writer at a time, reading included: another verb may be about to cancel the same. */
  #cancel(ids: readonly number[]): Promise<readonly number[]> {
    return this.#context.exclusively(() => this.#cancelNow(ids))
  }

  async #cancelNow(ids: readonly number[]): Promise<readonly number[]> {
    const { chain, limits, twinId } = await this.#context.ports()
    const found = await chain.contracts(ids.map(id => BigInt(id)))
    const foreign = found.find(contract => contract && contract.twinId !== twinId)
    if (foreign) {
      throw new GridError('GRID_CONFLICT', `contract ${foreign.id} belongs to twin ${foreign.twinId}`, {
        where: `contract ${foreign.id}`,
      })
    }
    // Twice the same would make the chain refuse the whole batch.
    const live = [
      ...new Set(found.flatMap(contract => (contract && contract.state.kind !== 'deleted' ? contract.id : []))),
    ]
    for (let i = 0; i < live.length; i += MAX_BATCH_CALLS) {
      const part = live.slice(i, i + MAX_BATCH_CALLS)
      const calls = part.map(contractId => ({ kind: 'cancelContract' as const, contractId }))
      await chain.submit(calls, { timeoutMs: limits.chainMs })
    }
    return live.map(Number)
  }
}

const STATES = { created: 'Created', grace: 'GracePeriod', deleted: 'Deleted' } as const

function infoOf({ id, twinId, state, type }: Contract, createdAt: number): ContractInfo {
  const common = { contractId: id, twinId, kind: type.kind, state: STATES[state.kind], createdAt }
  switch (type.kind) {
    case 'node':
      return {
        ...common,
        nodeId: type.nodeId,
        deploymentData: type.data,
        deploymentHash: type.hash,
        publicIps: type.publicIps.length,
      }
    case 'name':
      return { ...common, name: type.name }
    case 'rent':
      return { ...common, nodeId: type.nodeId }
  }
}
