/** Everything the chain port reads, from a chain that speaks the real protocol. */
import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { connectChain } from '../../src/chain/polkadot/index.js'
import type { GridNode } from '../../src/chain/port.js'
import { HyphaeError } from '../../src/errors/base.js'
import { chainRig, connected, proxied, richIdentity, TFT, tearDown, writer } from '../support/chain-rig.js'

afterEach(tearDown)

const HASH = '0123456789abcdef0123456789abcdef'
const nodeSeed = {
  id: 11,
  resources: { cru: 8n, mru: 2n ** 34n, sru: 2n ** 40n, hru: 2n ** 42n },
  location: { city: 'Zürich', country: 'Switzerland', latitude: '47.3', longitude: '8.5' },
  publicConfig: {
    ip4: { ip: '185.206.122.5/24', gw: '185.206.122.1' },
    ip6: { ip: '2a10:b600::5/64', gw: '2a10:b600::1' },
    domain: 'gent01.example.org',
  },
  interfaces: [{ name: 'zos', mac: '0c:c4:7a:51:e3:6a', ips: ['192.168.1.5', 'fe80::1'] }],
  serialNumber: 'S/N 1',
} satisfies Partial<GridNode>

async function gridRig() {
  const rig = await chainRig()
  const { port, identity, twinId } = await writer(rig)
  const farmId = rig.control.seedFarm({
    name: 'Freefarm',
    twinId,
    publicIps: [
      { ip: '185.206.122.33/24', gateway: '185.206.122.1' },
      { ip: '185.206.122.34/24', gateway: '185.206.122.1' },
    ],
  })
  rig.control.seedNode({ ...nodeSeed, farmId, twinId })
  await rig.control.advance(1)
  return { rig, port, identity, twinId, farmId }
}

describe('reading the grid', () => {
  it('gives twins, farms and nodes as they are on chain, and undefined for what is not there', async () => {
    const { port, identity, twinId, farmId, rig } = await gridRig()
    expect(await port.twin(twinId)).toEqual({ id: twinId, account: identity.address, relay: 'relay.grid.tf' })
    expect(await port.farm(farmId)).toEqual({
      id: farmId,
      name: 'Freefarm',
      twinId,
      pricingPolicyId: 1,
      certification: 'NotCertified',
      publicIps: [
        { ip: '185.206.122.33/24', gateway: '185.206.122.1', contractId: 0n },
        { ip: '185.206.122.34/24', gateway: '185.206.122.1', contractId: 0n },
      ],
      dedicated: false,
    })
    const node = await port.node(11)
    expect(node).toMatchObject({
      ...nodeSeed,
      farmId,
      twinId,
      certification: 'Diy',
      power: { state: 'Up', target: 'Up' },
    })
    expect(node).toEqual(rig.control.node(11))
    expect(await port.twin(999)).toBeUndefined()
    expect(await port.farm(999)).toBeUndefined()
    expect(await port.node(999)).toBeUndefined()
    expect(await port.twinIdOf((await richIdentity(rig)).address)).toBeUndefined()
    expect(await port.pricingPolicy(2)).toBeUndefined()
  })

  it('gives prices, balances, terms and heights', async () => {
    const { port, identity, rig } = await gridRig()
    expect(await port.pricingPolicy(1)).toMatchObject({ id: 1, su: 50_000, cu: 100_000, ipu: 40_000 })
    expect(await port.pricingPolicy(1)).toEqual(rig.control.pricingPolicy(1))
    expect(await port.tftPriceMilliUsd()).toBe(50)
    const balance = await port.balance(identity.address)
    expect(balance.free).toBeLessThan(1_000n * TFT)
    expect(balance.free).toBeGreaterThan(999n * TFT)
    expect(await port.termsAccepted(identity.address)).toBe(true)
    expect(await port.termsAccepted((await richIdentity(rig)).address)).toBe(false)
    expect(await port.height()).toBe(rig.control.height())
    expect(await port.finalizedHeight()).toBe(rig.control.height())
    expect(await port.genesisHash()).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await port.nonces(identity.address)).toEqual({ next: 1, included: 1 })
    expect(await port.extraFee(11)).toBe(0n)
  })

  it('gives contracts of every kind, by id, name, hash and node', async () => {
    const { port, twinId } = await gridRig()
    const data = '{"version":3,"type":"vm","name":"vm1","projectName":"été 日本"}'
    const { created } = await port.submit(
      [
        { kind: 'createNodeContract', nodeId: 11, hash: HASH, data, publicIps: 1 },
        { kind: 'createNameContract', name: 'hello' },
      ],
      { timeoutMs: 10_000 },
    )
    const [node, name] = created
    expect(created).toHaveLength(2)
    expect(node).toMatchObject({
      twinId,
      state: { kind: 'created' },
      type: { kind: 'node', nodeId: 11, hash: HASH, data, publicIps: [{ ip: '185.206.122.33/24' }] },
    })
    const ids = [node?.id ?? 0n, 999n, name?.id ?? 0n]
    expect(await port.contracts(ids)).toEqual([node, undefined, name])
    expect(await port.contracts([])).toEqual([])
    expect(await port.contractIdByHash(11, HASH)).toBe(node?.id)
    expect(await port.contractIdByHash(11, HASH.replace('0', '1'))).toBeUndefined()
    expect(await port.contractIdByName('hello')).toBe(name?.id)
    expect(await port.contractIdByName('nobody')).toBeUndefined()
    expect(await port.activeNodeContracts([11, 999])).toEqual([[node?.id], []])
    expect(await port.activeRentContract(11)).toBeUndefined()
    expect(await port.contractLock(node?.id ?? 0n)).toMatchObject({ amountLocked: 0n, cycles: 0 })

    await port.submit([{ kind: 'cancelContract', contractId: node?.id ?? 0n }], { timeoutMs: 10_000 })
    const { created: rent } = await port.submit([{ kind: 'createRentContract', nodeId: 11 }], { timeoutMs: 10_000 })
    expect(rent).toMatchObject([{ type: { kind: 'rent', nodeId: 11 } }])
    expect(await port.activeRentContract(11)).toBe(rent[0]?.id)
    expect(await port.contracts([node?.id ?? 0n])).toEqual([undefined])
  })

  it.each([
    ['plain', 'key', 'value'],
    ['text that looks like hex', '0x1234', '0xabcdef'],
    ['text of all the world', 'schlüssel.日本', '😀 {"a":1}'],
    ['long text', 'k'.repeat(512), 'v'.repeat(2_048)],
  ])('gives back what was kept under a key: %s', async (_, key, value) => {
    const rig = await chainRig()
    const { port, identity } = await writer(rig)
    await port.submit([{ kind: 'setKeyValue', key, value }], { timeoutMs: 10_000 })
    expect(await port.keyValue(identity.address, key)).toBe(value)
    expect(await port.keys(identity.address)).toEqual([key])
    await port.submit([{ kind: 'deleteKeyValue', key }], { timeoutMs: 10_000 })
    expect(await port.keyValue(identity.address, key)).toBeUndefined()
    expect(await port.keys(identity.address)).toEqual([])
  })

  it('lists keys over all pages', async () => {
    const rig = await chainRig()
    const { port, identity } = await writer(rig)
    const keys = Array.from({ length: 1_100 }, (_, i) => `key${i}`)
    for (let i = 0; i < keys.length; i += 400) {
      const calls = keys.slice(i, i + 400).map(key => ({ kind: 'setKeyValue' as const, key, value: 'v' }))
      await port.submit(calls, { timeoutMs: 20_000, until: 'inBlock' })
    }
    expect([...(await port.keys(identity.address))].sort()).toEqual([...keys].sort())
  })

  it('pays one round trip for what is asked together', async () => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    const port = await connected({ url: proxy.url })
    const before = proxy.asked.length
    await Promise.all([
      port.contracts(Array.from({ length: 500 }, (_, i) => BigInt(i))),
      port.node(1),
      port.tftPriceMilliUsd(),
    ])
    expect(proxy.asked.slice(before)).toEqual(['state_queryStorageAt'])
  })

  it.each([
    [(port: Port) => port.node(-1)],
    [(port: Port) => port.twin(1.5)],
    [(port: Port) => port.contracts([-1n])],
    [(port: Port) => port.contracts([2n ** 64n])],
    [(port: Port) => port.balance('nobody')],
    [(port: Port) => port.twinIdOf('5Dfh')],
    [(port: Port) => port.keyValue('', 'k')],
    [(port: Port) => port.contractIdByHash(1, 'xyz')],
  ])('refuses ids that are none before anything is asked (%#)', async read => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    const port = await connected({ url: proxy.url })
    const before = proxy.asked.length
    await expect(read(port)).rejects.toMatchObject({ code: expect.stringMatching(/^INPUT_/) })
    expect(proxy.asked.length).toBe(before)
  })
})

type Port = Awaited<ReturnType<typeof connected>>

describe('a chain that answers wrongly', () => {
  const account = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
  const reads: readonly ((port: Port) => Promise<unknown>)[] = [
    port => port.height(),
    port => port.finalizedHeight(),
    port => port.nonces(account),
    port => port.twin(1),
    port => port.node(1),
    port => port.contracts([1n, 2n]),
    port => port.activeNodeContracts([1]),
    port => port.activeRentContract(1),
    port => port.contractLock(1n),
    port => port.balance(account),
    port => port.pricingPolicy(1),
    port => port.keys(account),
    port => port.keyValue(account, 'k'),
    port => port.estimateFee([{ kind: 'createNameContract', name: 'hello' }]),
  ]

  it('gets a typed error from every read, whatever it answers', async () => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    const port = await connected({ url: proxy.url })
    const hexText = fc.uint8Array({ maxLength: 200 }).map(bytes => `0x${Buffer.from(bytes).toString('hex')}`)
    const answer = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hexText, fc.array(hexText))
    let answers: unknown[] = []
    proxy.onAnswer = ({ id, method, params }) => {
      if (id === undefined || params !== undefined) return 'pass'
      const result = answers[id % answers.length]
      const asStorage = method === 'state_queryStorageAt' && typeof result === 'string'
      return { replaceBy: JSON.stringify({ jsonrpc: '2.0', id, result: asStorage ? storageAnswer(result) : result }) }
    }
    let asked: string[] = []
    proxy.onQuestion = ({ params }) => {
      asked = Array.isArray(params) && Array.isArray(params[0]) ? (params[0] as string[]) : []
      return 'pass'
    }
    const storageAnswer = (value: string) => [{ block: '0x00', changes: asked.map(key => [key, value]) }]

    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 5 }), async list => {
        answers = list
        for (const read of reads) {
          const outcome = await read(port).catch(error => error)
          if (outcome instanceof Error) {
            expect(outcome).toBeInstanceOf(HyphaeError)
            expect((outcome as HyphaeError).code).toMatch(/^CHAIN_|^DEADLINE$/)
          }
        }
      }),
      { numRuns: 60, seed: 21 },
    )
    proxy.onAnswer = () => 'pass'
    expect(await port.height()).toBe(rig.control.height())
  })

  it.each([
    ['chain_getBlockHash', '"0x12"'],
    ['state_getRuntimeVersion', '{}'],
    ['state_getRuntimeVersion', 'null'],
    ['system_chain', '[]'],
    ['state_getMetadata', '"0x6d6574610e"'],
    ['state_getMetadata', '"0x6d6574610effffffffffffffffffff"'],
    ['state_getMetadata', '"0xdeadbeef"'],
    ['state_getMetadata', '7'],
    ['chain_getFinalizedHead', '{}'],
    ['chain_getHeader', '{"number":"high"}'],
  ])('is not connected to when %s gives %s', async (wrong, result) => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    proxy.onAnswer = ({ id, method }) => {
      return method === wrong && id !== undefined
        ? { replaceBy: `{"jsonrpc":"2.0","id":${id},"result":${result}}` }
        : 'pass'
    }
    await expect(connectChain({ url: proxy.url })).rejects.toMatchObject({ code: 'CHAIN_REPLY' })
  })

  it.each([
    ['ftp://127.0.0.1', 'INPUT_URL'],
    ['127.0.0.1:9944', 'INPUT_URL'],
    ['', 'INPUT_URL'],
    ['ws://127.0.0.1:1', 'CHAIN_UNREACHABLE'],
  ])('is not connected to at %p', async (url, code) => {
    await expect(connectChain({ url, connectTimeoutMs: 500 })).rejects.toMatchObject({ code })
  })

  it('is not waited for when it accepts the line and says nothing', async () => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    proxy.onQuestion = () => 'lose'
    await expect(connectChain({ url: proxy.url, connectTimeoutMs: 200 })).rejects.toMatchObject({ code: 'DEADLINE' })
  })
})
