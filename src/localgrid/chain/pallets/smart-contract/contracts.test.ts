import { beforeEach, describe, expect, it } from '@jest/globals'

import { utf8 } from '../../../../core/bytes.js'
import { addressOfAccount } from '../../runtime/ss58.js'
import { type Bare, bareChain, FARMER, hash, NODE_11, OTHER, POOR, USER } from '../../testing/bare-chain.js'

const CONTRACTS = 'SmartContractModule'
const ROOT = { kind: 'root' } as const
let bare: Bare
beforeEach(async () => {
  bare = await bareChain()
})

const name = (account: string, text: string) =>
  bare.call(account, CONTRACTS, 'createNameContract', { name: utf8(text) })
const rent = (account: string, nodeId = 11) =>
  bare.call(account, CONTRACTS, 'createRentContract', { nodeId, solutionProviderId: undefined })
const cancel = (account: string, contractId: bigint) => bare.call(account, CONTRACTS, 'cancelContract', { contractId })
const update = (account: string, contractId: bigint, n: number) =>
  bare.call(account, CONTRACTS, 'updateNodeContract', {
    contractId,
    deploymentHash: hash(n),
    deploymentData: utf8('{}'),
  })
const dedicate = (dedicated: boolean) => bare.as(ROOT, 'TfgridModule', 'setFarmDedicated', { farmId: 1, dedicated })

describe('creating a node contract', () => {
  it('stores it under its node and hash, with one sequence of ids for all kinds', () => {
    expect(bare.nodeContract(USER)).toBeUndefined()
    expect(name(USER, 'first-name')).toBeUndefined()
    expect(bare.nodeContract(USER, { deploymentHash: hash(2) })).toBeUndefined()
    expect(bare.control.contract(1n)).toEqual({
      id: 1n,
      twinId: 2,
      state: { kind: 'created' },
      type: {
        kind: 'node',
        nodeId: 11,
        hash: '00000000000000000000000000000001',
        data: '{"version":3,"type":"vm","name":"a","projectName":""}',
        publicIps: [],
      },
    })
    expect(bare.control.contractByName('first-name')).toBe(2n)
    expect(bare.control.activeNodeContracts(11)).toEqual([1n, 3n])
  })

  it('emits ContractCreated and nothing else, also with public addresses', () => {
    expect(bare.nodeContract(USER, { publicIps: 2 })).toBeUndefined()
    expect(bare.events(CONTRACTS)).toEqual(['ContractCreated'])
    expect(bare.control.farm(1)?.publicIps.map(ip => ip.contractId)).toEqual([1n, 1n])
  })

  const refusals: [string, (bare: Bare) => unknown, Parameters<Bare['nodeContract']>, string][] = [
    ['an account without a twin', () => {}, [POOR], 'TwinNotExists'],
    ['an unknown node', () => {}, [USER, { nodeId: 12 }], 'NodeNotExists'],
    [
      'a node that is told to stand by',
      b => b.call(FARMER, 'TfgridModule', 'changePowerTarget', { nodeId: 11, powerTarget: 'Down' }),
      [USER],
      'NodeNotAvailableToDeploy',
    ],
    [
      'a node that stands by',
      b => b.call(NODE_11, 'TfgridModule', 'changePowerState', { powerState: 'Down' }),
      [USER],
      'NodeNotAvailableToDeploy',
    ],
    ['a node somebody else rents', () => rent(OTHER), [USER], 'NodeNotAvailableToDeploy'],
    ['a dedicated farm without rent', () => dedicate(true), [USER], 'NodeNotAvailableToDeploy'],
    [
      'a node with an extra fee without rent',
      b => b.call(FARMER, CONTRACTS, 'setDedicatedNodeExtraFee', { nodeId: 11, extraFee: 1000n }),
      [USER],
      'NodeNotAvailableToDeploy',
    ],
    ['a hash in use', b => b.nodeContract(OTHER), [USER], 'ContractIsNotUnique'],
    ['more addresses than the farm has', () => {}, [USER, { publicIps: 3 }], 'FarmHasNotEnoughPublicIPs'],
    [
      'more addresses than are free',
      b => b.nodeContract(OTHER, { publicIps: 1, deploymentHash: hash(9) }),
      [USER, { publicIps: 2 }],
      'FarmHasNotEnoughPublicIPsFree',
    ],
    ['an unknown solution provider', () => {}, [USER, { solutionProviderId: 1n }], 'NoSuchSolutionProvider'],
    [
      'a solution provider nobody approved',
      b =>
        b.call(OTHER, CONTRACTS, 'createSolutionProvider', {
          description: utf8('d'),
          link: utf8('l'),
          providers: [{ who: OTHER, take: 50 }],
        }),
      [USER, { solutionProviderId: 1n }],
      'SolutionProviderNotApproved',
    ],
  ]
  it.each(refusals)('is refused for %s', (_, arrange, args, error) => {
    arrange(bare)
    const before = bare.control.farm(1)?.publicIps
    expect(bare.nodeContract(...args)).toBe(`${CONTRACTS}.${error}`)
    expect(bare.control.farm(1)?.publicIps).toEqual(before)
  })

  it('reports the first of several faults', () => {
    expect(bare.nodeContract(POOR, { nodeId: 12, publicIps: 9 })).toBe(`${CONTRACTS}.TwinNotExists`)
    expect(bare.nodeContract(USER, { nodeId: 12, publicIps: 9 })).toBe(`${CONTRACTS}.NodeNotExists`)
    bare.nodeContract(OTHER)
    expect(bare.nodeContract(USER, { publicIps: 9 })).toBe(`${CONTRACTS}.ContractIsNotUnique`)
  })

  it('is allowed for who rents the node', () => {
    rent(USER)
    expect(bare.nodeContract(USER)).toBeUndefined()
  })
})

describe('updating a node contract', () => {
  it('moves the hash and keeps everything else', () => {
    bare.nodeContract(USER, { publicIps: 1 })
    expect(update(USER, 1n, 2)).toBeUndefined()
    expect(bare.events(CONTRACTS)).toEqual(['ContractUpdated'])
    const type = bare.control.contract(1n)?.type
    expect(type).toMatchObject({ hash: '00000000000000000000000000000002', data: '{}' })
    expect(type?.kind === 'node' && type.publicIps.length).toBe(1)
    expect(bare.nodeContract(USER, { deploymentHash: hash(1) })).toBeUndefined()
  })

  it('does not ask whether the new hash is unique: the chain does not either', () => {
    bare.nodeContract(USER)
    bare.nodeContract(USER, { deploymentHash: hash(2) })
    expect(update(USER, 1n, 2)).toBeUndefined()
  })

  it('is refused to others, for other kinds, and for what is not there', () => {
    bare.nodeContract(USER)
    name(USER, 'a-name')
    expect(update(OTHER, 1n, 2)).toBe(`${CONTRACTS}.TwinNotAuthorizedToUpdateContract`)
    expect(update(USER, 2n, 2)).toBe(`${CONTRACTS}.InvalidContractType`)
    expect(update(USER, 3n, 2)).toBe(`${CONTRACTS}.ContractNotExists`)
  })
})

describe('name contracts', () => {
  it.each([
    ['ab', 'NameContractNameTooShort'],
    ['a'.repeat(65), 'NameContractNameTooLong'],
    ['Upper', 'NameNotValid'],
    ['with.dot', 'NameNotValid'],
  ])('refuse %s', (text, error) => {
    expect(name(USER, text)).toBe(`${CONTRACTS}.${error}`)
  })

  it('are unique until they are cancelled', () => {
    expect(name(USER, 'shop')).toBeUndefined()
    expect(name(OTHER, 'shop')).toBe(`${CONTRACTS}.NameExists`)
    expect(cancel(USER, 1n)).toBeUndefined()
    expect(bare.events(CONTRACTS)).toEqual(['ContractBilled', 'NameContractCanceled'])
    expect(name(OTHER, 'shop')).toBeUndefined()
  })
})

describe('rent contracts', () => {
  it('are one to a node, and not while others deploy there', () => {
    bare.nodeContract(OTHER)
    expect(rent(USER)).toBe(`${CONTRACTS}.NodeNotAvailableToDeploy`)
    expect(rent(USER, 168)).toBeUndefined()
    expect(rent(OTHER, 168)).toBe(`${CONTRACTS}.NodeHasRentContract`)
    expect(rent(OTHER, 5)).toBe(`${CONTRACTS}.NodeNotExists`)
    expect(bare.control.activeRentContract(168)).toBe(2n)
  })

  it('cannot end while the node has contracts', () => {
    rent(USER)
    bare.nodeContract(USER)
    expect(cancel(USER, 1n)).toBe(`${CONTRACTS}.NodeHasActiveContracts`)
    expect(cancel(USER, 2n)).toBeUndefined()
    expect(cancel(USER, 1n)).toBeUndefined()
    expect(bare.events(CONTRACTS)).toEqual(['ContractBilled', 'RentContractCanceled'])
    expect(bare.control.activeRentContract(11)).toBeUndefined()
  })

  it('stay stored as Deleted when cancelled on a node that stands by', () => {
    rent(USER)
    bare.call(NODE_11, 'TfgridModule', 'changePowerState', { powerState: 'Down' })
    expect(cancel(USER, 1n)).toBeUndefined()
    expect(bare.control.contract(1n)?.state).toEqual({ kind: 'deleted', cause: 'CanceledByUser' })
  })
})

describe('cancelling', () => {
  it('removes every trace in the same block and frees addresses', () => {
    bare.nodeContract(USER, { publicIps: 1 })
    expect(cancel(USER, 1n)).toBeUndefined()
    expect(bare.events(CONTRACTS)).toEqual(['ContractBilled', 'IPsFreed', 'NodeContractCanceled'])
    expect(bare.event('NodeContractCanceled')).toEqual([1n, 11, 2])
    expect(bare.control.contract(1n)).toBeUndefined()
    expect(bare.control.farm(1)?.publicIps.every(ip => ip.contractId === 0n)).toBe(true)
    expect(bare.control.activeNodeContracts(11)).toEqual([])
    expect(cancel(USER, 1n)).toBe(`${CONTRACTS}.ContractNotExists`)
    expect(bare.control.contracts()).toMatchObject([{ id: 1n, state: { kind: 'deleted', cause: 'CanceledByUser' } }])
  })

  it('is refused to other twins, and collectively to everyone but the council', () => {
    bare.nodeContract(USER)
    expect(cancel(OTHER, 1n)).toBe(`${CONTRACTS}.TwinNotAuthorizedToCancelContract`)
    expect(bare.call(USER, CONTRACTS, 'cancelContractCollective', { contractId: 1n })).toBe('BadOrigin')
    expect(
      bare.as({ kind: 'council', ayes: 2, seats: 5 }, CONTRACTS, 'cancelContractCollective', { contractId: 1n }),
    ).toBe('BadOrigin')
    expect(
      bare.as({ kind: 'council', ayes: 3, seats: 5 }, CONTRACTS, 'cancelContractCollective', { contractId: 1n }),
    ).toBeUndefined()
  })
})

describe('service contracts', () => {
  const create = () =>
    bare.call(USER, CONTRACTS, 'serviceContractCreate', { serviceAccount: OTHER, consumerAccount: USER })
  const step = (account: string, call: string, more: Record<string, unknown> = {}) =>
    bare.call(account, CONTRACTS, `serviceContract${call}`, { serviceContractId: 1n, ...more })

  it('are agreed on by both and billed for at most an hour', () => {
    expect(create()).toBeUndefined()
    expect(step(OTHER, 'Approve')).toBe(`${CONTRACTS}.ServiceContractApprovalNotAllowed`)
    expect(step(USER, 'SetFees', { baseFee: 100n, variableFee: 60n })).toBe(`${CONTRACTS}.TwinNotAuthorized`)
    expect(step(OTHER, 'SetFees', { baseFee: 100n, variableFee: 60n })).toBeUndefined()
    expect(step(USER, 'SetMetadata', { metadata: utf8('m') })).toBeUndefined()
    expect(step(OTHER, 'Approve')).toBeUndefined()
    expect(step(USER, 'Approve')).toBeUndefined()
    bare.pass(7200)
    expect(step(OTHER, 'Bill', { variableAmount: 61n, metadata: utf8('b') })).toBe(
      `${CONTRACTS}.ServiceContractBillingVariableAmountTooHigh`,
    )
    const before = bare.control.balance(addressOfAccount(OTHER)).free
    expect(step(OTHER, 'Bill', { variableAmount: 60n, metadata: utf8('b') })).toBeUndefined()
    // 160 mUSD at 50 mUSD per TFT: 3.2 TFT.
    expect(bare.control.balance(addressOfAccount(OTHER)).free - before).toBe(32_000_000n)
    expect(step(POOR, 'Cancel')).toBe(`${CONTRACTS}.TwinNotExists`)
    expect(step(USER, 'Cancel')).toBeUndefined()
    expect(step(USER, 'Cancel')).toBe(`${CONTRACTS}.ServiceContractNotExists`)
  })
})
