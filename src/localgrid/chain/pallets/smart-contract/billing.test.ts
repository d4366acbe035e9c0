import { describe, expect, it } from '@jest/globals'
import { DEVELOPMENT } from '../../blocks/genesis.js'
import { addressOfAccount } from '../../runtime/ss58.js'
import { type Bare, bareChain, FARMER, GIB, hash, NODE_11, OTHER, USER } from '../../testing/bare-chain.js'
import { perbillOf, percentOf, resourcesCost } from './cost.js'
import { STAKING_POOL } from './distribution.js'

const CONTRACTS = 'SmartContractModule'
const free = (bare: Bare, account: string) => bare.control.balance(addressOfAccount(account)).free
const bill = (bare: Bare, contractId: bigint, account = OTHER) =>
  bare.call(account, CONTRACTS, 'billContractForBlock', { contractId })
const report = (bare: Bare, contractId: bigint) =>
  bare.control.reportResources(11, {
    contractId,
    resources: { cru: 2n, mru: 4n * GIB, sru: 50n * GIB, hru: 0n },
  })

describe('bills', () => {
  it('of a node contract are those of the real runtime', async () => {
    const bare = await bareChain()
    bare.nodeContract(USER, { publicIps: 1 })
    const created = Number(bare.control.contractLock(1n).lockUpdated)
    report(bare, 1n)
    bare.pass(created + 3654 - Math.floor(bare.control.nowMs() / 1000))
    expect(bill(bare, 1n)).toBeUndefined()
    expect(bare.control.bills(1n)).toMatchObject([{ amountUnits: 1_238_296n, discount: 'Gold' }])
    expect(bare.control.contractLock(1n)).toMatchObject({ amountLocked: 1_238_296n, cycles: 1 })
    expect(bare.control.balance(addressOfAccount(USER)).frozen).toBe(1_238_296n)
  })

  it('on cancelling charge what is locked and pay everyone their share', async () => {
    const bare = await bareChain()
    bare.nodeContract(USER, { publicIps: 1 })
    report(bare, 1n)
    bare.pass(3654)
    bill(bare, 1n)
    const before = [DEVELOPMENT.eve, STAKING_POOL, DEVELOPMENT.ferdie, USER].map(account => free(bare, account))
    bare.pass(12)
    bare.call(USER, CONTRACTS, 'cancelContract', { contractId: 1n })
    const after = [DEVELOPMENT.eve, STAKING_POOL, DEVELOPMENT.ferdie, USER].map(account => free(bare, account))
    expect(after.map((units, i) => units - (before[i] as bigint))).toEqual([123_830n, 61_915n, 619_148n, -1_238_296n])
    expect(bare.event('TokensBurned')).toEqual([1n, 433_403n])
    expect(bare.control.bills(1n).at(-1)?.amountUnits).toBe(4_064n)
    expect(bare.control.balance(addressOfAccount(USER)).frozen).toBe(0n)
  })

  it('of a name contract count its seconds', async () => {
    const bare = await bareChain()
    bare.call(USER, CONTRACTS, 'createNameContract', { name: new TextEncoder().encode('shop') })
    bare.pass(3642)
    expect(bill(bare, 1n)).toBeUndefined()
    expect(bare.control.bills(1n)[0]?.amountUnits).toBe(20_232n)
  })

  it('come by themselves in the block whose number matches, and are paid out after 24', async () => {
    const bare = await bareChain({ genesis: { billingFrequency: 10 } })
    bare.nodeContract(USER, { publicIps: 1 })
    await bare.control.advance(10 * 23)
    expect(bare.control.contractLock(1n).cycles).toBe(23)
    const locked = bare.control.contractLock(1n).amountLocked
    expect(locked).toBeGreaterThan(0n)
    await bare.control.advance(10)
    expect(bare.control.contractLock(1n)).toMatchObject({ cycles: 0, amountLocked: 0n })
    expect(bare.control.bills(1n)).toHaveLength(24)
  })

  it('skip node contracts that use nothing', async () => {
    const bare = await bareChain({ genesis: { billingFrequency: 10 } })
    bare.nodeContract(USER)
    await bare.control.advance(40)
    expect(bare.control.bills(1n)).toEqual([])
  })

  it('include the network use a node reports', async () => {
    const bare = await bareChain()
    bare.nodeContract(USER)
    const timestamp = BigInt(Math.floor(bare.control.nowMs() / 1000)) + 10n
    const reports = [{ contractId: 1n, timestamp, window: 3600n, nru: 5_000_000_000n }]
    expect(bare.call(OTHER, CONTRACTS, 'addNruReports', { reports })).toBe(`${CONTRACTS}.NodeNotExists`)
    expect(bare.call(NODE_11, CONTRACTS, 'addNruReports', { reports })).toBeUndefined()
    bare.pass(3600)
    bill(bare, 1n)
    // 5 GB at 15,000 units: 75,000 units of USD, 1,500,000 of TFT, Gold.
    expect(bare.control.bills(1n)[0]?.amountUnits).toBe(600_000n)
  })

  it('of a rented node are half of the whole node and an extra fee for the farmer', async () => {
    const bare = await bareChain()
    bare.call(FARMER, CONTRACTS, 'setDedicatedNodeExtraFee', { nodeId: 11, extraFee: 30_000n })
    bare.call(USER, CONTRACTS, 'createRentContract', { nodeId: 11, solutionProviderId: undefined })
    bare.nodeContract(USER, { deploymentHash: hash(7) })
    report(bare, 2n)
    bare.pass(3600)
    bill(bare, 1n)
    bill(bare, 2n)
    expect(bare.control.bills(2n)).toEqual([])
    const lock = bare.control.contractLock(1n)
    // 30,000 mUSD a month: 416,667 units of USD an hour.
    expect(lock.extraAmountLocked).toBe(8_333_340n)
    const before = free(bare, FARMER)
    bare.call(USER, CONTRACTS, 'cancelContract', { contractId: 2n })
    bare.call(USER, CONTRACTS, 'cancelContract', { contractId: 1n })
    expect(free(bare, FARMER) - before).toBe(8_333_340n)
  })
})

describe('a payer out of funds', () => {
  const poor = async () => {
    const bare = await bareChain({ genesis: { billingFrequency: 10, gracePeriodBlocks: 100 } })
    bare.nodeContract(USER, { publicIps: 1 })
    bare.call(USER, 'Balances', 'transferAll', { dest: { kind: 'Id', value: OTHER }, keepAlive: true })
    await bare.control.advance(10)
    return bare
  }

  it('has a grace period, in which the contract cannot be updated', async () => {
    const bare = await poor()
    expect(bare.control.contract(1n)?.state.kind).toBe('grace')
    const args = { contractId: 1n, deploymentHash: hash(2), deploymentData: new Uint8Array() }
    expect(bare.call(USER, CONTRACTS, 'updateNodeContract', args)).toBe(`${CONTRACTS}.CannotUpdateContractInGraceState`)
  })

  it('who pays in time keeps the contract', async () => {
    const bare = await poor()
    bare.control.endow(addressOfAccount(USER), 1_000_000_000n)
    await bare.control.advance(10)
    expect(bare.control.contract(1n)?.state).toEqual({ kind: 'created' })
  })

  it('who does not loses it when the period is over', async () => {
    const bare = await poor()
    await bare.control.advance(110)
    expect(bare.control.contract(1n)).toBeUndefined()
    expect(bare.control.contracts()).toMatchObject([{ id: 1n, state: { kind: 'deleted', cause: 'OutOfFunds' } }])
  })

  it('drags the contracts of a rented node along', async () => {
    const bare = await bareChain({ genesis: { billingFrequency: 10, gracePeriodBlocks: 100 } })
    bare.call(USER, CONTRACTS, 'createRentContract', { nodeId: 11, solutionProviderId: undefined })
    bare.nodeContract(USER)
    bare.call(USER, 'Balances', 'transferAll', { dest: { kind: 'Id', value: OTHER }, keepAlive: true })
    await bare.control.advance(10)
    expect([1n, 2n].map(id => bare.control.contract(id)?.state.kind)).toEqual(['grace', 'grace'])
    bare.control.endow(addressOfAccount(USER), 1_000_000_000_000n)
    await bare.control.advance(10)
    expect([1n, 2n].map(id => bare.control.contract(id)?.state.kind)).toEqual(['created', 'created'])
  })
})

describe('arithmetic', () => {
  it('rounds parts to nearest, halves down', () => {
    expect(perbillOf(10, 1_238_296n)).toBe(123_830n)
    expect(perbillOf(50, 3n)).toBe(1n)
    expect(percentOf(50, 5n)).toBe(2n)
    expect(percentOf(100, 7n)).toBe(7n)
  })

  it('truncates the price of a second', () => {
    const gigabytes = (value: number) => ({ value, unit: 'Gigabytes' as const })
    const policy = {
      su: gigabytes(50_000),
      cu: gigabytes(100_000),
      ipu: gigabytes(40_000),
    } as unknown as Parameters<typeof resourcesCost>[3]
    const used = { cru: 2n, mru: 4n * GIB, sru: 50n * GIB, hru: 0n }
    expect(resourcesCost(used, 1, 3654n, policy, true)).toBe(154_787n)
    expect(resourcesCost(used, 1, 3600n, policy, false)).toBe(40_000n)
  })
})
