import { describe, expect, it } from '@jest/globals'

import type { Plain } from '../plain.js'
import { readContract, readContractLock } from './contract.js'
import { readNode } from './grid.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const contract = (state: Plain, contractType: Plain): Plain => ({
  version: 4,
  state,
  contractId: 2n ** 64n - 1n,
  twinId: 7,
  contractType,
  solutionProviderId: undefined,
})
const name: Plain = { kind: 'NameContract', value: { name: bytes('hello') } }

describe('a contract of the chain', () => {
  it.each<[Plain, object]>([
    [{ kind: 'Created' }, { kind: 'created' }],
    [
      { kind: 'GracePeriod', value: 2n ** 60n },
      { kind: 'grace', sinceBlock: 2n ** 60n },
    ],
    [
      { kind: 'Deleted', value: { kind: 'OutOfFunds' } },
      { kind: 'deleted', cause: 'OutOfFunds' },
    ],
  ])('in the state %p is read', (state, read) => {
    expect(readContract(contract(state, name))).toEqual({
      id: 2n ** 64n - 1n,
      twinId: 7,
      state: read,
      type: { kind: 'name', name: 'hello' },
    })
  })

  it('keeps whatever bytes people stored as text', () => {
    const node: Plain = {
      nodeId: 1,
      deploymentHash: bytes('f'.repeat(32)),
      deploymentData: Uint8Array.of(0x7b, 0xff, 0xc3, 0xa9, 0x7d),
      publicIps: 0,
      publicIpsList: [],
    }
    expect(readContract(contract({ kind: 'Created' }, { kind: 'NodeContract', value: node })).type).toMatchObject({
      hash: 'f'.repeat(32),
      data: '{\ufffdé}',
    })
  })

  it.each<[string, Plain]>([
    ['nothing', undefined],
    ['a number', 7],
    ['a list', []],
    ['bytes', bytes('x')],
    ['an unknown state', contract({ kind: 'Frozen' }, name)],
    ['an unknown end', contract({ kind: 'Deleted', value: { kind: 'Tired' } }, name)],
    ['an end without a cause', contract({ kind: 'Deleted' }, name)],
    ['an unknown kind', contract({ kind: 'Created' }, { kind: 'LoveContract' })],
    ['a kind without its fields', contract({ kind: 'Created' }, { kind: 'NodeContract' })],
    ['a name that is a number', contract({ kind: 'Created' }, { kind: 'NameContract', value: { name: 7 } })],
  ])('that is %s is another chain', (_, value) => {
    expect(() => readContract(value)).toThrow(expect.objectContaining({ code: 'CHAIN_REPLY' }))
  })

  it('has a lock, in the words of old and of new runtimes', () => {
    const lock = { amountLocked: 5n, extraAmountLocked: 6n, lockUpdated: 7n, cycles: 8 }
    expect(readContractLock(lock)).toEqual(lock)
    const state = {
      standardReserve: 5n,
      additionalReserve: 6n,
      lastUpdatedSeconds: 7n,
      cycles: 8,
      standardOverdraft: 1n,
    }
    expect(readContractLock(state)).toEqual(lock)
    expect(readContractLock(undefined)).toMatchObject({ amountLocked: 0n, cycles: 0 })
  })
})

describe('a node of the chain', () => {
  it('that is another struct is another chain', () => {
    expect(() => readNode({ id: 1 }, { state: { kind: 'Up' }, target: { kind: 'Up' } })).toThrow(
      /another form than known/,
    )
  })
})
