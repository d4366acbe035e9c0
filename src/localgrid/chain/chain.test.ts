import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiPromise } from '@polkadot/api'

import { connect, type Fixture, send, startFixture } from './testing/chain-fixture.js'

let chain: Fixture
let api: ApiPromise

beforeAll(async () => {
  chain = await startFixture()
  api = await connect(chain.url)
})
afterAll(async () => {
  await api?.disconnect()
  await chain?.close()
})

const hash = (n: number) => n.toString(16).padStart(32, '0')
const nodeContract = (node: number, h: string, ips = 0) =>
  api.tx.smartContractModule!.createNodeContract!(
    node,
    h,
    '{"version":3,"type":"vm","name":"a","projectName":""}',
    ips,
    null,
  )

describe('an unmodified client', () => {
  it('connects and learns the chain from its metadata', () => {
    expect(api.runtimeVersion.specVersion.toNumber()).toBe(149)
    expect(api.registry.chainSS58).toBe(42)
    expect(api.registry.chainDecimals).toEqual([7])
    expect(api.consts.balances!.existentialDeposit!.toString()).toBe('500')
    expect(api.tx.smartContractModule!.createNodeContract!.callIndex).toEqual(Uint8Array.of(26, 0))
  })

  it('reads nodes, farms and twins by id and by paging', async () => {
    const node = await api.query.tfgridModule!.nodes!(11)
    expect(node.toHuman()).toMatchObject({ id: '11', farmId: '1', location: { city: 'Ghent' } })
    const all = await api.query.tfgridModule!.nodes!.entries()
    expect(all.map(([key]) => Number(key.args[0]!.toString())).sort((a, b) => a - b)).toEqual([11, 168])
  })

  it('creates contracts in one batch', async () => {
    const batch = api.tx.utility!.batchAll!([nodeContract(11, hash(1)), nodeContract(168, hash(2), 1)])
    const { error, events } = await send(api, batch, chain.user)
    expect(error).toBeUndefined()
    expect(events.filter(e => e.name.startsWith('smartContractModule')).map(e => e.name)).toEqual([
      'smartContractModule.ContractCreated',
      'smartContractModule.ContractCreated',
    ])
    const contract = (await api.query.smartContractModule!.contracts!(1)).toPrimitive() as Record<string, any>
    expect(contract).toMatchObject({
      contractId: 1,
      twinId: 2,
      contractType: { nodeContract: { nodeId: 11, deploymentHash: hash(1) } },
    })
  })
})
