import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiPromise } from '@polkadot/api'

import { FaultBoard } from '../faults.js'
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
const data = '{"version":3,"type":"vm","name":"a","projectName":""}'
const grid = () => api.tx.smartContractModule!
const nodeContract = (node: number, n: number, ips = 0) => grid().createNodeContract!(node, hash(n), data, ips, null)
const within = async <T>(promise: Promise<T>, ms = 5000): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms)
  })
  return Promise.race([promise, end]).finally(() => clearTimeout(timer))
}

describe('an unmodified client', () => {
  it('connects and learns the chain from its metadata', () => {
    expect(api.runtimeVersion.specVersion.toNumber()).toBe(149)
    expect(api.registry.chainSS58).toBe(42)
    expect(api.registry.chainDecimals).toEqual([7])
    expect(api.consts.balances!.existentialDeposit!.toString()).toBe('500')
    expect(api.registry.signedExtensions).toEqual([
      'CheckNonZeroSender',
      'CheckSpecVersion',
      'CheckTxVersion',
      'CheckGenesis',
      'CheckMortality',
      'CheckNonce',
      'CheckWeight',
      'ChargeTransactionPayment',
    ])
  })

  it.each([
    ['utility.batchAll', [3, 2]],
    ['balances.transfer', [20, 7]],
    ['tfgridModule.createTwin', [25, 17]],
    ['tfgridModule.userAcceptTc', [25, 25]],
    ['tfgridModule.reportUptimeV2', [25, 38]],
    ['smartContractModule.createNodeContract', [26, 0]],
    ['smartContractModule.cancelContractCollective', [26, 21]],
    ['tftBridgeModule.swapToStellar', [27, 5]],
    ['tfkvStore.set', [30, 0]],
    ['council.close', [40, 6]],
    ['dao.vote', [43, 1]],
  ])('finds %s at its index', (path, index) => {
    const [section = '', method = ''] = path.split('.')
    expect([...api.tx[section]![method]!.callIndex]).toEqual(index)
  })

  it('reads nodes, farms and twins by id and by paging', async () => {
    const node = await api.query.tfgridModule!.nodes!(11)
    expect(node.toPrimitive()).toMatchObject({ id: 11, farmId: 1, resources: { cru: 8 }, certification: 'Diy' })
    const all = await api.query.tfgridModule!.nodes!.entries()
    expect(all.map(([key]) => Number(key.args[0]!.toString())).sort((a, b) => a - b)).toEqual([11, 168])
    const [a, b] = await Promise.all([
      api.query.tfgridModule!.twinIdByAccountID!(chain.user.address),
      api.query.tfgridModule!.farms!(1),
    ])
    expect(a.toPrimitive()).toBe(2)
    expect(b.toPrimitive()).toMatchObject({ version: 4, dedicatedFarm: false })
    expect((await api.query.smartContractModule!.contracts!(999)).toPrimitive()).toBeNull()
  })

  it('knows the price of a transaction before it pays it', async () => {
    const tx = api.tx.balances!.transfer!(chain.stranger.address, 1000)
    const { partialFee } = await tx.paymentInfo(chain.user)
    const before = chain.control.balance(chain.user.address).free
    await send(api, tx, chain.user)
    const paid = before - chain.control.balance(chain.user.address).free - 1000n
    expect(Number(partialFee)).toBeGreaterThan(10_130)
    expect(Number(partialFee)).toBeLessThan(10_160)
    expect(Math.abs(Number(paid) - partialFee.toNumber())).toBeLessThanOrEqual(2) // the nonce may grow by a byte
  })

  it('creates contracts in one batch, and hears of nothing else', async () => {
    const { error, events } = await send(
      api,
      api.tx.utility!.batchAll!([nodeContract(11, 1), nodeContract(168, 2, 1)]),
      chain.user,
    )
    expect(error).toBeUndefined()
    expect(events.map(e => e.name)).toEqual([
      'balances.Withdraw',
      'smartContractModule.ContractCreated',
      'utility.ItemCompleted',
      'smartContractModule.ContractCreated',
      'utility.ItemCompleted',
      'utility.BatchCompleted',
      'balances.Deposit',
      'transactionPayment.TransactionFeePaid',
      'system.ExtrinsicSuccess',
    ])
    const contract = await api.query.smartContractModule!.contracts!(1)
    expect(contract.toPrimitive()).toMatchObject({
      contractId: 1,
      twinId: 2,
      contractType: { nodeContract: { nodeId: 11, deploymentHash: hash(1) } },
    })
    const id = await api.query.smartContractModule!.contractIDByNodeIDAndHash!(11, hash(1))
    expect(id.toPrimitive()).toBe(1)
  })

  it('loses a whole batch when one call of it is refused, and the fee', async () => {
    const next = chain.control.contracts().length + 1
    const before = chain.control.balance(chain.user.address).free
    const batch = api.tx.utility!.batchAll!([nodeContract(11, 10), nodeContract(99, 11)])
    const { error, events } = await send(api, batch, chain.user)
    expect(error).toBe('smartContractModule.NodeNotExists')
    expect(events.map(e => e.name)).not.toContain('smartContractModule.ContractCreated')
    expect(chain.control.contracts()).toHaveLength(next - 1)
    expect(chain.control.balance(chain.user.address).free).toBeLessThan(before)
    expect((await send(api, nodeContract(11, 10), chain.user)).error).toBeUndefined()
  })

  it('keeps what a plain batch did before the refusal', async () => {
    const batch = api.tx.utility!.batch!([nodeContract(11, 20), nodeContract(99, 21), nodeContract(11, 22)])
    const { error, events } = await send(api, batch, chain.user)
    expect(error).toBeUndefined()
    expect(events.filter(e => e.name.startsWith('utility')).map(e => e.name)).toEqual([
      'utility.ItemCompleted',
      'utility.BatchInterrupted',
    ])
  })

  it('stores keys and values, and lists them', async () => {
    const kv = api.tx.tfkvStore!
    await send(api, api.tx.utility!.batchAll!([kv.set!('a', 'one'), kv.set!('b', 'two')]), chain.user)
    const value = await api.query.tfkvStore!.tfkvStore!(chain.user.address, 'a')
    expect(value.toHuman()).toBe('one')
    const all = await api.query.tfkvStore!.tfkvStore!.entries(chain.user.address)
    expect(all.map(([key]) => key.args[1]!.toHuman()).sort()).toEqual(['a', 'b'])
    expect((await send(api, kv.delete!('c'), chain.user)).error).toBe('tfkvStore.NoValueStored')
  })

  it('becomes a twin once the terms are accepted', async () => {
    const newcomer = chain.farmer.derive('//newcomer')
    chain.control.endow(newcomer.address, 1_000_000n)
    const tfgrid = api.tx.tfgridModule!
    await within(sealed())
    expect((await send(api, tfgrid.createTwin!('relay.local', null), newcomer)).error).toBe(
      'tfgridModule.UserDidNotSignTermsAndConditions',
    )
    expect((await send(api, tfgrid.userAcceptTc!('https://terms.example', 'abc'), newcomer)).error).toBeUndefined()
    for (const relay of ['a.b', '.ab', 'ab.', 'a..b', '', 'ws:/127.0.0.1:99']) {
      expect((await send(api, tfgrid.createTwin!(relay, null), newcomer)).error).toBe(
        'tfgridModule.InvalidRelayAddress',
      )
    }
    expect((await send(api, tfgrid.createTwin!('relay.local', '0x02'), newcomer)).error).toBeUndefined()
    expect(chain.control.twinOf(newcomer.address)).toMatchObject({ relay: 'relay.local', pk: Uint8Array.of(2) })
    expect((await send(api, tfgrid.createTwin!('relay.local', null), newcomer)).error).toBe(
      'tfgridModule.TwinWithPubkeyExists',
    )
  })

  const sealed = () =>
    new Promise<void>(resolve => {
      const stop = chain.control.onBlock(() => {
        stop()
        resolve()
      })
    })

  it('hears of heads, storage and finality', async () => {
    const heads: number[] = []
    const finalized: number[] = []
    const balances: string[] = []
    const stops = await Promise.all([
      api.rpc.chain.subscribeNewHeads(header => void heads.push(header.number.toNumber())),
      api.rpc.chain.subscribeFinalizedHeads(header => void finalized.push(header.number.toNumber())),
      api.query.system!.account!(chain.stranger.address, (account: { toJSON(): unknown }) => {
        balances.push(JSON.stringify(account.toJSON()))
      }),
    ])
    const start = chain.control.height()
    const { blockHash } = await send(api, api.tx.balances!.transfer!(chain.stranger.address, 5000), chain.user)
    await within(
      (async () => {
        while (!heads.includes(start + 1) || !finalized.includes(start + 1) || balances.length < 2) await sleepTick()
      })(),
    )
    for (const stop of stops) (stop as unknown as () => void)()
    expect((await api.rpc.chain.getHeader(blockHash)).number.toNumber()).toBe(start + 1)
  })
  const sleepTick = () => new Promise(resolve => setTimeout(resolve, 5))

  it('finds its extrinsic in the block at the index its events name', async () => {
    const tx = nodeContract(11, 30)
    const { blockHash } = await send(api, tx, chain.user)
    const { block } = await api.rpc.chain.getBlock(blockHash)
    expect(block.extrinsics[0]!.method.section).toBe('timestamp')
    expect(block.extrinsics[1]!.hash.toHex()).toBe(tx.hash.toHex())
  })

  it('reads state as it was', async () => {
    const before = (await api.rpc.chain.getBlockHash()).toHex()
    const { blockHash } = await send(api, nodeContract(11, 31), chain.user)
    const id = chain.control.contracts().at(-1)!.id
    const [was, is] = await Promise.all([api.at(before), api.at(blockHash)])
    expect((await was.query.smartContractModule!.contracts!(id)).toPrimitive()).toBeNull()
    expect((await is.query.smartContractModule!.contracts!(id)).toPrimitive()).not.toBeNull()
    const keysBefore = await was.query.smartContractModule!.contracts!.keys()
    const keysAfter = await is.query.smartContractModule!.contracts!.keys()
    expect(keysAfter.length).toBe(keysBefore.length + 1)
  })

  it('sends many transactions at once, and nonces of the future wait their turn', async () => {
    const nonce = (await api.rpc.system.accountNextIndex(chain.farmer.address)).toNumber()
    const numbers = [3, 1, 2, 0]
    const results = await within(
      Promise.all(numbers.map(n => send(api, api.tx.system!.remark!(`r${n}`), chain.farmer, { nonce: nonce + n }))),
    )
    expect(results.map(r => r.error)).toEqual([undefined, undefined, undefined, undefined])
    expect((await api.rpc.system.accountNextIndex(chain.farmer.address)).toNumber()).toBe(nonce + 4)
  })
})

describe('two chains in one process', () => {
  it('share nothing, not even their genesis', async () => {
    const other = await startFixture({ faults: new FaultBoard() })
    const otherApi = await connect(other.url)
    try {
      expect(otherApi.genesisHash.toHex()).not.toBe(api.genesisHash.toHex())
      const height = chain.control.height()
      await send(otherApi, otherApi.tx.system!.remark!('x'), other.user)
      expect(chain.control.height()).toBe(height)
    } finally {
      await otherApi.disconnect()
      await other.close()
    }
  })
})
