/** Contracts as the chain has them, whatever the index says. */
import { describe, expect, it } from '@jest/globals'

import { fakeGrid, only } from '../../../test/support/plan/fake-grid.js'
import type { ChainCall, ChainPort, Contract } from '../../chain/port.js'
import type { ContractInfo, ExplorerPort } from '../../explorer/port.js'
import { Contracts } from './index.js'

const data = '{"version":3,"type":"vm","name":"web","projectName":""}'

function contract(id: number, more: Partial<Contract> = {}): Contract {
  const type = { kind: 'node', nodeId: 11, hash: 'a'.repeat(32), data, publicIps: [] } as const
  return { id: BigInt(id), twinId: 7, state: { kind: 'created' }, type, ...more }
}

function info(id: number, state: ContractInfo['state'] = 'Created'): ContractInfo {
  return { contractId: BigInt(id), twinId: 7, kind: 'node', state, createdAt: 1_000, nodeId: 11, deploymentData: data }
}

async function rig(there: readonly Contract[], indexed: readonly ContractInfo[], journaled: readonly number[] = []) {
  const grid = fakeGrid()
  const batches: (readonly ChainCall[])[] = []
  const rows = new Map(there.map(one => [one.id, one]))
  const chain = only<ChainPort>('chain', {
    contracts: async ids => ids.map(id => rows.get(id)),
    contractLock: async () => ({ amountLocked: 0n, extraAmountLocked: 0n, lockUpdated: 2_000n, cycles: 0 }),
    submit: async calls => {
      batches.push(calls)
      for (const call of calls) if (call.kind === 'cancelContract') rows.delete(call.contractId)
      return { blockNumber: 1, blockHash: '0x', extrinsicHash: '0x', created: [], events: [] }
    },
  })
  const explorer = only<ExplorerPort>('explorer', {
    contracts: async ({ states = [] }) => indexed.filter(({ state }) => states.includes(state)),
  })
  const contracts = journaled.map(id => ({ contractId: String(id), nodeId: 11 }))
  await grid.journal.append({ kind: 'created', id: 'a', contracts })
  let tail: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const next = tail.then(work, work)
    tail = next.catch(() => {})
    return next
  }
  const ports = async () => ({ ...grid.ports, chain, explorer })
  return { contracts: new Contracts({ ports, host: grid.ports.host, projectName: '', exclusively }), batches }
}

describe('contracts', () => {
  it('that the chain has cancelled are not listed, however long the index lags', async () => {
    const { contracts } = await rig([contract(2)], [info(1), info(2)])
    expect((await contracts.list()).map(({ contractId }) => contractId)).toEqual([2])
  })

  it('that the index does not know yet are listed, with the time of their first lock', async () => {
    const { contracts } = await rig([contract(1), contract(2)], [info(1)], [2])
    expect(await contracts.list()).toMatchObject([
      { contractId: 1, createdAt: 1_000 },
      { contractId: 2, createdAt: 2_000, type: 'node', nodeId: 11, name: 'web', state: 'Created' },
    ])
  })

  it('have the state the chain says', async () => {
    const grace = contract(1, { state: { kind: 'grace', sinceBlock: 5n } })
    const { contracts } = await rig([grace], [info(1)])
    expect((await contracts.list()).map(({ state }) => state)).toEqual(['GracePeriod'])
    expect(await contracts.list({ state: 'Created' })).toEqual([])
  })

  it('of others are never listed, and never cancelled', async () => {
    const { contracts, batches } = await rig([contract(1, { twinId: 8 })], [], [1])
    expect(await contracts.list()).toEqual([])
    await expect(contracts.cancel({ id: 1 })).rejects.toMatchObject({ code: 'GRID_CONFLICT' })
    expect(batches).toEqual([])
  })

  it('that are gone from the chain are the index’s to tell', async () => {
    const { contracts } = await rig([], [info(1, 'Deleted')])
    expect((await contracts.list({ state: 'Deleted' })).map(({ contractId }) => contractId)).toEqual([1])
  })

  it('are all cancelled, new ones too, in batches of at most 400, rents last', async () => {
    const rent = contract(1, { type: { kind: 'rent', nodeId: 11 } })
    const many = Array.from({ length: 450 }, (_, i) => contract(i + 2))
    const { contracts, batches } = await rig(
      [rent, ...many],
      [{ ...info(1), kind: 'rent' }],
      many.map(({ id }) => Number(id)),
    )
    expect(await contracts.cancelMyContracts()).toHaveLength(451)
    expect(batches.map(({ length }) => length)).toEqual([400, 51])
    expect(batches[1]?.at(-1)).toEqual({ kind: 'cancelContract', contractId: 1n })
  })

  it('are cancelled once, whoever asks at the same time and however often', async () => {
    const { contracts, batches } = await rig([contract(1)], [info(1)])
    const ids = await Promise.all([contracts.cancel({ id: 1 }), contracts.cancel({ id: 1 })])
    expect(ids).toEqual([1, 1])
    expect(batches).toHaveLength(1)
    expect(await contracts.cancelMyContracts()).toEqual([])
  })
})
