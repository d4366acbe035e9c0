/** Submissions: once, in order, with their events, and with the chain's reasons when it refuses. */
import { afterEach, describe, expect, it } from '@jest/globals'

import { createIdentity, generateMnemonic } from '../../src/chain/keys.js'
import type { ChainCall, SubmissionIntent } from '../../src/chain/port.js'
import { chainRig, connected, nameContract, richIdentity, TFT, tearDown, writer } from '../support/chain-rig.js'

afterEach(tearDown)

const IN_TIME = { timeoutMs: 10_000 }

describe('a submission', () => {
  it('is in a final block with its events when it returns', async () => {
    const rig = await chainRig()
    const { port, identity, twinId } = await writer(rig)
    const done = await port.submit([nameContract('hello')], IN_TIME)
    expect(done.created).toEqual([
      { id: 1n, twinId, state: { kind: 'created' }, type: { kind: 'name', name: 'hello' } },
    ])
    expect(done.blockNumber).toBeLessThanOrEqual(await port.finalizedHeight())
    expect(done.blockHash).toMatch(/^0x[0-9a-f]{64}$/)
    expect(done.events).toContainEqual({
      pallet: 'SmartContractModule',
      name: 'ContractCreated',
      data: [
        {
          version: 4,
          state: 'Created',
          contractId: 1n,
          twinId,
          contractType: { NameContract: { name: 'hello' } },
          solutionProviderId: undefined,
        },
      ],
    })
    expect(done.events.at(-1)).toMatchObject({ pallet: 'System', name: 'ExtrinsicSuccess' })
    expect(done.events).toContainEqual({
      pallet: 'Balances',
      name: 'Withdraw',
      data: [identity.address, expect.any(BigInt)],
    })
  })

  it.each(['sr25519', 'ed25519'] as const)('is signed with %s', async keyType => {
    const rig = await chainRig()
    const identity = await richIdentity(rig, keyType)
    const port = await connected({ url: rig.url, identity })
    const to = await richIdentity(rig)
    await port.submit([{ kind: 'transfer', to: to.address, amountUnits: 7n * TFT }], IN_TIME)
    expect((await port.balance(to.address)).free).toBe(1_007n * TFT)
  })

  it('of several calls is one batch, and its contracts come in their order', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const height = await port.height()
    const names = Array.from({ length: 120 }, (_, i) => `name${(i * 37) % 120}`)
    const { created, events } = await port.submit(names.map(nameContract), IN_TIME)
    expect(created.map(({ type }) => type.kind === 'name' && type.name)).toEqual(names)
    expect(events.filter(event => event.name === 'BatchCompleted')).toHaveLength(1)
    expect(await port.height()).toBe(height + 1)
  })

  it('is told to the journal before its first byte is sent, and is known by that', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const height = rig.control.height()
    const told: SubmissionIntent[] = []
    const included: number[] = []
    const done = await port.submit([nameContract('hello')], {
      ...IN_TIME,
      onIntent: async intent => {
        told.push(intent)
        await new Promise(resolve => setTimeout(resolve, 50))
        expect(rig.control.height()).toBe(height)
      },
      onIncluded: block => included.push(block.number),
    })
    expect(told).toEqual([{ extrinsicHash: done.extrinsicHash, nonce: 1, validUntilBlock: expect.any(Number) }])
    expect(told[0]?.validUntilBlock).toBeGreaterThan(height + 50)
    expect(told[0]?.validUntilBlock).toBeLessThan(height + 64)
    expect(included).toEqual([done.blockNumber])
  })

  it('is not sent when the journal cannot write', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const height = rig.control.height()
    const onIntent = () => Promise.reject(new Error('disk full'))
    await expect(port.submit([nameContract('hello')], { ...IN_TIME, onIntent })).rejects.toThrow('disk full')
    expect(rig.control.height()).toBe(height)
    // The nonce is not lost either.
    expect((await port.submit([nameContract('hello')], IN_TIME)).created).toHaveLength(1)
  })

  it.each([
    ['all at once', 1],
    ['a few each', 5],
  ])('among many from one account gets a nonce of its own: %s', async (_, each) => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const calls = (i: number) => Array.from({ length: each }, (__, j) => nameContract(`n${i}-${j}`))
    const all = await Promise.all(Array.from({ length: 30 }, (__, i) => port.submit(calls(i), IN_TIME)))
    expect(all.flatMap(one => one.created)).toHaveLength(30 * each)
    all.forEach((one, i) => {
      expect(one.created.map(({ type }) => type.kind === 'name' && type.name)).toEqual(
        calls(i).map(call => call.kind === 'createNameContract' && call.name),
      )
    })
    expect(new Set(all.map(one => one.extrinsicHash)).size).toBe(30)
  })

  it('from two programs with one account takes effect once each', async () => {
    const rig = await chainRig()
    const { port, identity } = await writer(rig)
    const other = await connected({ url: rig.url, identity })
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? port : other).submit([nameContract(`name${i}`)], IN_TIME)),
    )
    // Two writers may clash more than once; whoever does is told that nothing was written.
    for (const [i, one] of all.entries()) {
      const id = await port.contractIdByName(`name${i}`)
      if (one.status === 'fulfilled') expect(id).toBe(one.value.created[0]?.id)
      else {
        expect(one.reason).toMatchObject({ code: 'CHAIN_NONCE' })
        expect(id).toBeUndefined()
      }
    }
    expect(all.filter(one => one.status === 'fulfilled').length).toBeGreaterThan(10)
  })

  it('costs what was estimated', async () => {
    const rig = await chainRig()
    const { port, identity } = await writer(rig)
    const calls = [nameContract('hello'), nameContract('world')]
    const estimate = await port.estimateFee(calls)
    const before = (await port.balance(identity.address)).free
    await port.submit(calls, IN_TIME)
    const paid = before - (await port.balance(identity.address)).free
    expect(estimate).toBeGreaterThan(10_000n)
    expect(Number(estimate - paid)).toBeLessThan(50)
    expect(Number(estimate - paid)).toBeGreaterThan(-50)
  })

  it('carries every call of the port', async () => {
    const rig = await chainRig()
    const { port, identity, twinId } = await writer(rig)
    const farmId = rig.control.seedFarm({ name: 'farm', twinId, publicIps: [] })
    const node = {
      farmId,
      twinId,
      resources: { cru: 1n, mru: 1n, sru: 1n, hru: 1n },
      location: { city: '', country: '', latitude: '', longitude: '' },
      interfaces: [],
      serialNumber: '',
    }
    const nodeId = rig.control.seedNode(node)
    const rented = rig.control.seedNode({ ...node, twinId: twinId + 1 })
    await rig.control.advance(1)
    const hash = 'a'.repeat(32)
    const first = await port.submit([{ kind: 'createNodeContract', nodeId, hash, data: '', publicIps: 0 }], IN_TIME)
    const contractId = first.created[0]?.id ?? 0n
    const { created } = await port.submit(
      [
        { kind: 'updateNodeContract', contractId, hash: 'b'.repeat(32), data: '{"é":1}' },
        { kind: 'createRentContract', nodeId: rented },
        { kind: 'billContract', contractId },
        { kind: 'updateTwin', relay: 'a1.example.org_b1.example.org', pk: new Uint8Array(33).fill(3) },
        { kind: 'transfer', to: identity.address, amountUnits: 1n },
        { kind: 'setKeyValue', key: 'k', value: 'v' },
        { kind: 'deleteKeyValue', key: 'k' },
        { kind: 'cancelContract', contractId: contractId + 1n },
      ],
      IN_TIME,
    )
    expect(created).toMatchObject([{ id: contractId + 1n, type: { kind: 'rent', nodeId: rented } }])
    expect(await port.contracts([contractId, contractId + 1n])).toMatchObject([
      { type: { hash: 'b'.repeat(32), data: '{"é":1}' } },
      undefined,
    ])
    expect(await port.twin(twinId)).toMatchObject({
      relay: 'a1.example.org_b1.example.org',
      pk: new Uint8Array(33).fill(3),
    })
  })
})

describe('a submission that is refused', () => {
  it('names the pallet, the error and the call', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    await expect(port.submit([nameContract('UPPER')], IN_TIME)).rejects.toMatchObject({
      code: 'CHAIN_DISPATCH',
      message: expect.stringContaining('SmartContractModule.NameNotValid'),
      hint: expect.stringContaining('a-z'),
      details: { pallet: 'SmartContractModule', error: 'NameNotValid', callIndex: 0, call: 'createNameContract' },
    })
  })

  it('as a batch leaves nothing behind', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const calls = [nameContract('fine'), nameContract('UPPER'), nameContract('fine2')]
    await expect(port.submit(calls, IN_TIME)).rejects.toMatchObject({
      code: 'CHAIN_DISPATCH',
      details: { pallet: 'SmartContractModule', error: 'NameNotValid', calls: 3 },
    })
    expect(await port.contractIdByName('fine')).toBeUndefined()
    expect(await port.contracts([1n])).toEqual([undefined])
  })

  it('for lack of money says so before anything is written', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    rig.faults.set({ kind: 'no-funds', times: 1 })
    await expect(port.submit([nameContract('hello')], IN_TIME)).rejects.toMatchObject({
      code: 'CHAIN_FUNDS',
      hint: expect.stringContaining('TFT'),
    })
    const poor = await connected({ url: rig.url, identity: await createIdentity(await generateMnemonic()) })
    await expect(poor.submit([nameContract('hello')], IN_TIME)).rejects.toMatchObject({ code: 'CHAIN_FUNDS' })
  })

  it.each([1, 2])('for its nonce is signed anew once (clashes: %d)', async clashes => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    // Both of the pool's texts in turn.
    for (let round = 0; round < 2; round++) {
      rig.faults.set({ kind: 'nonce-clash', times: clashes })
      const intents: string[] = []
      const submitted = port.submit([nameContract(`round${round}`)], {
        ...IN_TIME,
        onIntent: intent => void intents.push(intent.extrinsicHash),
      })
      if (clashes === 1) expect((await submitted).created).toHaveLength(1)
      else await expect(submitted).rejects.toMatchObject({ code: 'CHAIN_NONCE' })
      expect(intents).toHaveLength(2)
    }
    expect((await port.submit([nameContract('after')], IN_TIME)).created).toHaveLength(1)
  })

  it.each<[string, readonly ChainCall[]]>([
    ['no call', []],
    ['too many calls', Array.from({ length: 401 }, () => nameContract('x'))],
    ['a hash that is none', [{ kind: 'createNodeContract', nodeId: 1, hash: 'ABC', data: '', publicIps: 0 }]],
    ['a node that cannot be', [{ kind: 'createRentContract', nodeId: -1 }]],
    ['too many IPs', [{ kind: 'createNodeContract', nodeId: 1, hash: 'a'.repeat(32), data: '', publicIps: 2 ** 32 }]],
    ['a contract id below zero', [{ kind: 'cancelContract', contractId: -1n }]],
    ['a contract id beyond 64 bits', [{ kind: 'cancelContract', contractId: 2n ** 64n }]],
    [
      'a negative amount',
      [{ kind: 'transfer', to: '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV', amountUnits: -1n }],
    ],
    ['nobody', [{ kind: 'transfer', to: '5Dfh', amountUnits: 1n }]],
  ])('because of %s is refused before it is signed', async (_, calls) => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const onIntent = () => {
      throw new Error('signed')
    }
    await expect(port.submit(calls, { ...IN_TIME, onIntent })).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_/),
    })
  })

  it('without an account says what to do', async () => {
    const rig = await chainRig()
    const port = await connected({ url: rig.url })
    await expect(port.submit([nameContract('x')], IN_TIME)).rejects.toMatchObject({ code: 'INPUT_KEY' })
    expect(await port.estimateFee([nameContract('x')])).toBeGreaterThan(0n)
  })
})
