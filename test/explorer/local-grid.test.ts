/** The explorer port against the local grid's services, with the chain as the judge of what it says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createIdentity, generateMnemonic } from '../../src/chain/keys.js'
import { connectChain } from '../../src/chain/polkadot/index.js'
import type { ChainPort } from '../../src/chain/port.js'
import { createExplorer } from '../../src/explorer/index.js'
import type { ExplorerPort, NodeFilter } from '../../src/explorer/port.js'
import { type LocalGrid, startLocalGrid } from '../../src/localgrid/index.js'

let grid: LocalGrid
let explorer: ExplorerPort
let chain: ChainPort
let address: string

beforeAll(async () => {
  grid = await startLocalGrid()
  explorer = createExplorer({
    proxyUrl: grid.proxyURL,
    graphqlUrl: grid.graphqlURL,
    activationUrl: grid.activationURL,
    kycUrl: grid.kycURL,
    timeoutMs: 5_000,
  })
  const identity = await createIdentity(grid.mnemonic)
  address = identity.address
  chain = await connectChain({ url: grid.substrateURL, identity })
})

afterAll(async () => {
  await chain?.close()
  await explorer?.close()
  await grid?.close()
})

const ids = async (filter: NodeFilter) => (await explorer.nodes(filter)).map(node => node.nodeId)

describe('the explorer of a local grid', () => {
  it('answers', async () => {
    await expect(explorer.check()).resolves.toBeUndefined()
  })

  it('lists the nodes that are on chain, as they are there', async () => {
    const nodes = await explorer.nodes({})
    expect(nodes.map(node => node.nodeId)).toEqual(grid.nodes.map(node => node.nodeId).sort((a, b) => a - b))
    for (const node of nodes) {
      const onChain = await chain.node(node.nodeId)
      expect(node).toMatchObject({ farmId: onChain?.farmId, twinId: onChain?.twinId, total: onChain?.resources })
      expect(await explorer.node(node.nodeId)).toEqual(node)
    }
    expect(await explorer.node(999_999)).toBeUndefined()
  })

  it('filters as the proxy does', async () => {
    const all = await explorer.nodes({})
    const chosen = (which: (node: (typeof all)[number]) => boolean) => all.filter(which).map(node => node.nodeId)
    expect(await ids({ hasGpu: true })).toEqual(chosen(node => node.gpus > 0))
    expect(await ids({ domain: true })).toEqual(chosen(node => Boolean(node.publicConfig?.domain)))
    expect(await ids({ ipv4: true })).toEqual(chosen(node => Boolean(node.publicConfig?.ipv4)))
    expect(await ids({ features: ['zmachine-light'] })).toEqual(
      chosen(node => node.features.includes('zmachine-light')),
    )
    expect(await ids({ nodeIds: [11, 168, 999_999] })).toEqual([11, 168])
    expect(await ids({ nodeIds: [11] })).toEqual([11])
    expect(await ids({ farmName: all[0]?.farmName ?? '' })).toEqual(chosen(node => node.farmName === all[0]?.farmName))
    expect(await ids({ country: 'Atlantis' })).toEqual([])
    expect(await ids({ freeMruBytes: 2n ** 60n })).toEqual([])
    expect(await ids({ status: 'up', totalCru: 1, healthy: true })).toEqual(chosen(node => node.status === 'up'))
    expect(await ids({ page: 1, size: 2 })).toEqual(chosen(() => true).slice(0, 2))
    expect(await ids({ page: 2, size: 2 })).toEqual(chosen(() => true).slice(2, 4))
    expect((await ids({ randomize: true })).sort((a, b) => a - b)).toEqual(chosen(() => true))
  })

  it('knows the twins of nodes', async () => {
    const expected = new Map(grid.nodes.map(node => [node.nodeId, node.twinId]))
    expect(await explorer.nodeTwins([...expected.keys(), 999_999])).toEqual(expected)
  })

  it('lists contracts of every kind and state', async () => {
    const data = '{"version":3,"type":"vm","name":"été"}'
    const hash = 'c'.repeat(32)
    const { created } = await chain.submit(
      [
        { kind: 'createNodeContract', nodeId: 11, hash, data, publicIps: 0 },
        { kind: 'createNameContract', name: 'hello' },
        { kind: 'createNameContract', name: 'gone' },
      ],
      { timeoutMs: 10_000 },
    )
    const [node, name, gone] = created.map(contract => contract.id)
    await chain.submit([{ kind: 'cancelContract', contractId: gone ?? 0n }], { timeoutMs: 10_000 })

    const all = await explorer.contracts({ twinId: grid.twinId })
    expect(all).toEqual([
      {
        contractId: node,
        twinId: grid.twinId,
        kind: 'node',
        state: 'Created',
        createdAt: expect.any(Number),
        nodeId: 11,
        deploymentData: data,
        deploymentHash: hash,
        publicIps: 0,
      },
      expect.objectContaining({ contractId: name, kind: 'name', name: 'hello', state: 'Created' }),
      expect.objectContaining({ contractId: gone, kind: 'name', name: 'gone', state: 'Deleted' }),
    ])
    expect(Math.abs((all[0]?.createdAt ?? 0) * 1000 - Date.now())).toBeLessThan(60_000)
    const living = await explorer.contracts({ twinId: grid.twinId, states: ['Created', 'GracePeriod'] })
    expect(living.map(contract => contract.contractId)).toEqual([node, name])
    const names = await explorer.contracts({ twinId: grid.twinId, kinds: ['name'], states: ['Deleted'] })
    expect(names.map(contract => contract.contractId)).toEqual([gone])
    expect(await explorer.contracts({ twinId: 999_999 })).toEqual([])

    await grid.chain.advance(1_300)
    const bills = await explorer.bills(name ?? 0n, 2)
    expect(bills.length).toBeGreaterThan(0)
    expect(bills).toEqual([...grid.chain.bills(name ?? 0n)].sort((a, b) => b.timestamp - a.timestamp).slice(0, 2))
  })

  it('tells who is verified, and activates who is new', async () => {
    const stranger = (await createIdentity(await generateMnemonic())).address
    expect(await explorer.kycStatus(address)).toBe('VERIFIED')
    grid.faults.set({ kind: 'kyc', status: 'PENDING', times: 1 })
    expect(await explorer.kycStatus(address)).toBe('PENDING')
    expect((await chain.balance(stranger)).free).toBe(0n)
    await explorer.activate(stranger)
    expect((await chain.balance(stranger)).free).toBeGreaterThan(0n)
  })

  it.each(['rest', 'graphql'] as const)('that speaks garbage or is silent (%s) is an error in time', async service => {
    const ask = () => (service === 'rest' ? explorer.nodes({}, 300) : explorer.contracts({ twinId: 1 }))
    const quick = createExplorer({
      proxyUrl: grid.proxyURL,
      graphqlUrl: grid.graphqlURL,
      activationUrl: grid.activationURL,
      kycUrl: grid.kycURL,
      timeoutMs: 300,
    })
    for (let i = 0; i < 5; i++) {
      const id = grid.faults.set({ kind: 'garbage-explorer', service })
      await expect(ask()).rejects.toMatchObject({ code: expect.stringMatching(/^EXPLORER_/) })
      grid.faults.clear(id)
    }
    const id = grid.faults.set({ kind: 'silent-explorer', service })
    const silent = service === 'rest' ? quick.node(11) : quick.nodeTwins([11])
    await expect(silent).rejects.toMatchObject({ code: 'DEADLINE' })
    grid.faults.clear(id)
    await quick.close()
    await expect(ask()).resolves.toBeDefined()
  })
})
