import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createExplorer } from './index.js'
import { nodeQuery } from './node-query.js'
import type { ExplorerPort } from './port.js'

interface Asked {
  method: string
  url: URL
  body: string
}
interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  raw?: string
  never?: boolean
}

const servers: Server[] = []
const explorers: ExplorerPort[] = []
afterEach(async () => {
  await Promise.all(explorers.splice(0).map(explorer => explorer.close()))
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** An explorer whose four services answer by `answer`, and what it has been asked. */
async function explorerOf(answer: (asked: Asked) => Answer, timeoutMs = 5_000) {
  const asked: Asked[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.on('data', chunk => {
      body += chunk
    })
    req.on('end', () => {
      const one = { method: req.method ?? '', url: new URL(req.url ?? '', 'http://x'), body }
      asked.push(one)
      const { status = 200, headers = {}, body: reply, raw, never } = answer(one)
      if (!never) res.writeHead(status, headers).end(raw ?? JSON.stringify(reply))
    })
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const explorer = createExplorer({
    proxyUrl: `${origin}/proxy/`,
    graphqlUrl: `${origin}/graphql`,
    activationUrl: `${origin}/activation/activate`,
    kycUrl: `${origin}/kyc`,
    timeoutMs,
  })
  explorers.push(explorer)
  return { explorer, asked, origin }
}

const capacity = { cru: 8, mru: 2 ** 34, sru: 2 ** 40, hru: 0 }
const node = (nodeId: number, more: object = {}) => ({
  id: `n${nodeId}`,
  nodeId,
  farmId: 1,
  farmName: 'Freefarm',
  twinId: nodeId + 1000,
  country: 'Belgium',
  city: 'Gent',
  status: 'up',
  healthy: true,
  total_resources: capacity,
  used_resources: { ...capacity, cru: 0 },
  publicConfig: { domain: '', gw4: '185.206.122.1', gw6: '', ipv4: '185.206.122.33/24', ipv6: '' },
  certificationType: 'Diy',
  dedicated: false,
  inDedicatedFarm: false,
  rentContractId: 0,
  rentedByTwinId: 0,
  rentable: false,
  rented: false,
  num_gpu: 1,
  extraFee: 5000,
  farm_free_ips: 2,
  features: ['zmachine', 'mycelium'],
  dmi: null,
  ...more,
})
const info = (nodeId: number) => ({
  nodeId,
  farmId: 1,
  farmName: 'Freefarm',
  twinId: nodeId + 1000,
  country: 'Belgium',
  city: 'Gent',
  status: 'up',
  healthy: true,
  total: { cru: 8n, mru: 2n ** 34n, sru: 2n ** 40n, hru: 0n },
  used: { cru: 0n, mru: 2n ** 34n, sru: 2n ** 40n, hru: 0n },
  publicConfig: { gw4: '185.206.122.1', ipv4: '185.206.122.33/24' },
  certification: 'Diy',
  dedicated: false,
  inDedicatedFarm: false,
  rentContractId: 0n,
  rentedByTwinId: 0,
  rentable: false,
  rented: false,
  gpus: 1,
  features: ['zmachine', 'mycelium'],
  farmFreeIps: 2,
  extraFeeMilliUsd: 5000n,
})

describe('nodes', () => {
  it('are found by a filter, which travels in the words of the proxy', async () => {
    const { explorer, asked } = await explorerOf(() => ({ body: [node(11)], headers: { count: '1' } }))
    const nodes = await explorer.nodes({
      farmIds: [1, 2],
      farmName: 'Free farm & co',
      status: 'up',
      totalCru: 4,
      freeMruBytes: 2n ** 31n,
      freeIps: 1,
      ipv4: true,
      certified: true,
      rentable: false,
      availableFor: 7,
      features: ['zmachine', 'mycelium'],
    })
    expect(nodes).toEqual([info(11)])
    expect(asked).toHaveLength(1)
    expect(asked[0]?.url.pathname).toBe('/proxy/nodes')
    expect(Object.fromEntries(asked[0]?.url.searchParams ?? [])).toEqual({
      farm_ids: '1,2',
      farm_name: 'Free farm & co',
      status: 'up',
      total_cru: '4',
      free_mru: '2147483648',
      free_ips: '1',
      ipv4: 'true',
      certification_type: 'Certified',
      rentable: 'false',
      available_for: '7',
      features: 'zmachine,mycelium',
      sort_by: 'node_id',
      sort_order: 'asc',
      page: '1',
      size: '500',
      ret_count: 'true',
    })
  })

  it('are asked for without parameters that nobody gave', () => {
    expect(nodeQuery({ features: [], farmName: '', country: '', nodeIds: [5], certified: false })).toEqual(
      expect.objectContaining({
        features: undefined,
        farm_name: undefined,
        country: undefined,
        node_id: '5',
        certification_type: 'Diy',
      }),
    )
    expect(nodeQuery({ randomize: true })).toMatchObject({ randomize: 'true' })
    expect(nodeQuery({ randomize: true })).not.toHaveProperty('sort_by')
  })

  it.each([
    { totalCru: -1 },
    { nodeIds: [1, 1.5] },
    { farmIds: [Number.NaN] },
    { freeMruBytes: -1n },
    { availableFor: Number.POSITIVE_INFINITY },
  ])('are not asked for with %p', filter => {
    expect(() => nodeQuery(filter)).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
  })

  const all = Array.from({ length: 23 }, (_, i) => node(i + 1))
  const page = (asked: Asked, size: number) => {
    const number = Number(asked.url.searchParams.get('page'))
    return all.slice((number - 1) * size, number * size)
  }
  it.each([
    ['tells how many there are', (asked: Asked) => ({ body: page(asked, 10), headers: { count: '23' } }), 3],
    ['does not tell', (asked: Asked) => ({ body: page(asked, 10) }), 4],
    ['gives all at once', () => ({ body: all, headers: { count: '23' } }), 1],
    ['knows no pages', () => ({ body: all }), 2],
    ['promises more than it has', (asked: Asked) => ({ body: page(asked, 10), headers: { count: '99' } }), 4],
  ])('come from all pages when the proxy %s', async (_, answer, requests) => {
    const { explorer, asked } = await explorerOf(answer)
    const nodes = await explorer.nodes({})
    expect(nodes.map(n => n.nodeId)).toEqual(all.map(n => n.nodeId))
    expect(asked).toHaveLength(requests)
  })

  it('come as one page when a page is asked for', async () => {
    const { explorer, asked } = await explorerOf(a => ({ body: page(a, 5), headers: { count: '23' } }))
    expect((await explorer.nodes({ page: 2, size: 5 })).map(n => n.nodeId)).toEqual([6, 7, 8, 9, 10])
    expect(asked).toHaveLength(1)
  })

  it('are found by many ids in few requests, each once', async () => {
    const { explorer, asked } = await explorerOf(a => {
      const query = a.url.searchParams
      const ids = (query.get('node_ids') ?? query.get('node_id') ?? '').split(',').map(Number)
      return { body: Number(query.get('page')) > 1 ? [] : ids.map(nodeId => node(nodeId)) }
    })
    const ids = Array.from({ length: 401 }, (_, i) => i + 1)
    expect(await explorer.nodes({ nodeIds: [...ids, ...ids] })).toHaveLength(401)
    expect(asked).toHaveLength(3)
    expect(await explorer.nodes({ nodeIds: [] })).toEqual([])
    expect(asked).toHaveLength(3)
  })

  it('that do not end are refused', async () => {
    let next = 1
    const { explorer } = await explorerOf(() => ({ body: [node(next++)] }))
    await expect(explorer.nodes({})).rejects.toMatchObject({
      code: 'EXPLORER_REPLY',
      message: expect.stringContaining('does not end'),
    })
  })

  it('are read with what servers leave out', async () => {
    const bare = {
      nodeId: 1,
      farmId: 2,
      twinId: 3,
      status: 'down',
      total_resources: capacity,
      used_resources: capacity,
    }
    const { explorer } = await explorerOf(() => ({ body: [{ ...bare, features: null, publicConfig: null }] }))
    const [found] = await explorer.nodes({ page: 1 })
    expect(found).toMatchObject({ nodeId: 1, healthy: false, features: [], rentContractId: 0n, farmName: '' })
    expect(found).not.toHaveProperty('publicConfig')
  })

  it('one by one come in the nested form, or not at all', async () => {
    const { total_resources, used_resources, ...rest } = node(11)
    const { explorer, asked } = await explorerOf(a =>
      a.url.pathname === '/proxy/nodes/11'
        ? { body: { ...rest, capacity: { total_resources, used_resources } } }
        : { status: 404, body: { error: 'node not found' } },
    )
    expect(await explorer.node(11)).toEqual(info(11))
    expect(await explorer.node(12)).toBeUndefined()
    expect(asked.map(a => a.url.pathname)).toEqual(['/proxy/nodes/11', '/proxy/nodes/12'])
  })

  it('one by one are the ones asked for', async () => {
    const { explorer } = await explorerOf(() => ({ body: node(12) }))
    await expect(explorer.node(11)).rejects.toMatchObject({ code: 'EXPLORER_REPLY' })
  })
})

describe('an answer that is not what it must be', () => {
  it.each([
    ['an object', { nodes: [] }, /must be array,null/],
    ['a node without an id', [{ ...node(1), nodeId: undefined }], /\/0 must have required property 'nodeId'/],
    ['an id in text', [node(1), node(2, { nodeId: '2' })], /\/1\/nodeId must be integer/],
    ['a negative capacity', [node(1, { total_resources: { ...capacity, mru: -1 } })], /\/0\/total_resources\/mru/],
    ['a number too large to be exact', [node(1, { extraFee: 2 ** 60 })], /\/0\/extraFee/],
    ['no capacity', [node(1, { used_resources: undefined })], /used_resources/],
    ['features that are no texts', [node(1, { features: [{}] })], /\/0\/features/],
    ['a text', 'up', /must be array/],
  ])('%s instead of nodes is named with its place', async (_, body, reason) => {
    const { explorer, origin } = await explorerOf(() => ({ body }))
    await expect(explorer.nodes({})).rejects.toMatchObject({
      code: 'EXPLORER_REPLY',
      message: expect.stringMatching(reason),
      where: `${origin}/proxy/nodes`,
    })
  })

  it.each([
    ['garbage', { raw: '\u0000\u0001<html>' }, 'EXPLORER_REPLY'],
    ['half of it', { raw: '[{"nodeId": 1' }, 'EXPLORER_REPLY'],
    ['20 MB', { raw: `[${'0,'.repeat(10_000_000)}0]` }, 'EXPLORER_REPLY'],
    ['an outage', { status: 502, raw: 'bad gateway' }, 'EXPLORER_STATUS'],
    ['silence', { never: true }, 'DEADLINE'],
  ])('%s instead of an answer is an error everywhere', async (_, answer, code) => {
    // Only silence waits for its deadline: a slow machine may need more than that to read 20 MB.
    const { explorer } = await explorerOf(() => answer, code === 'DEADLINE' ? 300 : undefined)
    const account = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
    for (const call of [
      () => explorer.nodes({}),
      () => explorer.node(1),
      () => explorer.contracts({ twinId: 1 }),
      () => explorer.nodeTwins([1]),
      () => explorer.bills(1n, 2),
      () => explorer.kycStatus(account),
      () => explorer.check(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code })
    }
  })

  it('never gets through as anything but an error of a known code', async () => {
    let body: unknown
    const { explorer } = await explorerOf(() => ({ body }))
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async value => {
        for (const wrapped of [value, [value], { data: value }, { data: { nodes: value, nodeContracts: value } }]) {
          body = wrapped
          for (const call of [() => explorer.nodes({ page: 1 }), () => explorer.contracts({ twinId: 1 })]) {
            await call().catch(error => expect(error.code).toMatch(/^EXPLORER_(REPLY|QUERY)$/))
          }
        }
      }),
      { numRuns: 60, seed: 11 },
    )
  })

  it('from a server that is gone is an error', async () => {
    const { explorer } = await explorerOf(() => ({}))
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await expect(explorer.check()).rejects.toMatchObject({ code: 'EXPLORER_UNREACHABLE' })
  })
})

describe('contracts', () => {
  const created = { twinID: 7, state: 'Created', createdAt: '1700000000' }
  const reply = {
    nodeContracts: [
      {
        ...created,
        contractID: '18446744073709551615',
        nodeID: 11,
        deploymentData: '{"version":3,"name":"é"}',
        deploymentHash: 'f'.repeat(32),
        numberOfPublicIPs: 1,
      },
    ],
    nameContracts: [{ ...created, contractID: '4', name: 'hello', state: 'GracePeriod', createdAt: 1700000001 }],
    rentContracts: [{ ...created, contractID: 5, nodeID: 12, state: 'OutOfFunds' }],
  }

  it('of all kinds come in one query, whose values are variables', async () => {
    const { explorer, asked } = await explorerOf(() => ({ body: { data: reply } }))
    expect(await explorer.contracts({ twinId: 7 })).toEqual([
      {
        contractId: 2n ** 64n - 1n,
        twinId: 7,
        kind: 'node',
        state: 'Created',
        createdAt: 1700000000,
        nodeId: 11,
        deploymentData: '{"version":3,"name":"é"}',
        deploymentHash: 'f'.repeat(32),
        publicIps: 1,
      },
      { contractId: 4n, twinId: 7, kind: 'name', state: 'GracePeriod', createdAt: 1700000001, name: 'hello' },
      { contractId: 5n, twinId: 7, kind: 'rent', state: 'Deleted', createdAt: 1700000000, nodeId: 12 },
    ])
    const { query, variables } = JSON.parse(asked[0]?.body ?? '')
    expect(asked).toHaveLength(1)
    expect(variables).toEqual({
      twinId: 7,
      states: ['Created', 'GracePeriod', 'Deleted', 'OutOfFunds'],
      limit: 500,
      offset: 0,
    })
    expect(query).not.toMatch(/[:[] *7/)
    expect(query).toContain('nodeContracts(where: { twinID_eq: $twinId, state_in: $states }')
  })

  it('of one kind and of living states only are asked for as such', async () => {
    const { explorer, asked } = await explorerOf(() => ({ body: { data: { nameContracts: [] } } }))
    expect(await explorer.contracts({ twinId: 7, kinds: ['name'], states: ['Created', 'GracePeriod'] })).toEqual([])
    const { query, variables } = JSON.parse(asked[0]?.body ?? '')
    expect(variables.states).toEqual(['Created', 'GracePeriod'])
    expect(query).not.toMatch(/nodeContracts|rentContracts/)
    expect(await explorer.contracts({ twinId: 7, kinds: [] })).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('come from all pages, and only long kinds are asked again', async () => {
    const all = Array.from({ length: 1200 }, (_, i) => ({ ...created, contractID: String(i + 1), nodeID: 1 }))
    const { explorer, asked } = await explorerOf(a => {
      const { limit, offset } = JSON.parse(a.body).variables
      return { body: { data: { rentContracts: all.slice(offset, offset + limit), nameContracts: [] } } }
    })
    expect(await explorer.contracts({ twinId: 7, kinds: ['rent', 'name'] })).toHaveLength(1200)
    expect(asked.map(a => JSON.parse(a.body).query.includes('nameContracts'))).toEqual([true, false, false])
  })

  it('that the index refuses to look for are an error with its words', async () => {
    const { explorer } = await explorerOf(() => ({ status: 400, body: { errors: [{ message: 'no such field' }] } }))
    await expect(explorer.contracts({ twinId: 7 })).rejects.toMatchObject({
      code: 'EXPLORER_QUERY',
      message: 'the list of contracts: no such field',
    })
  })

  it.each([
    ['an unknown state', { ...reply, nameContracts: [{ ...created, contractID: '1', name: 'x', state: 'Lost' }] }],
    ['an id that is no number', { rentContracts: [{ ...created, contractID: '0x12', nodeID: 1 }] }],
    ['nothing', null],
    ['one kind missing', { nodeContracts: [], rentContracts: [] }],
  ])('with %s are refused', async (_, data) => {
    const { explorer } = await explorerOf(() => ({ body: { data } }))
    await expect(explorer.contracts({ twinId: 7 })).rejects.toMatchObject({ code: 'EXPLORER_REPLY' })
  })

  it('have bills, newest first', async () => {
    const bill = { contractID: '9', amountBilled: '1238296', timestamp: '1700003654', discountReceived: 'Gold' }
    const { explorer, asked } = await explorerOf(() => ({ body: { data: { contractBillReports: [bill] } } }))
    expect(await explorer.bills(9n, 2)).toEqual([
      { contractId: 9n, amountUnits: 1238296n, discount: 'Gold', timestamp: 1700003654 },
    ])
    expect(JSON.parse(asked[0]?.body ?? '').variables).toEqual({ contractId: '9', limit: 2 })
  })
})

describe('the services around', () => {
  it('tell the twins of nodes in one request', async () => {
    const nodes = [
      { nodeID: 11, twinID: 1011 },
      { nodeID: 99, twinID: 1 },
    ]
    const { explorer, asked } = await explorerOf(() => ({ body: { data: { nodes } } }))
    expect(await explorer.nodeTwins([11, 12, 11])).toEqual(new Map([[11, 1011]]))
    expect(JSON.parse(asked[0]?.body ?? '').variables).toEqual({ nodeIds: [11, 12], limit: 2 })
    expect(await explorer.nodeTwins([])).toEqual(new Map())
    expect(asked).toHaveLength(1)
  })

  it.each([
    [{ body: { result: { status: 'VERIFIED' } } }, 'VERIFIED'],
    [{ body: { result: { status: 'PENDING' } } }, 'PENDING'],
    [{ status: 404, body: { error: 'not found' } }, 'UNVERIFIED'],
  ])('tell the KYC status from %p', async (answer, status) => {
    const { explorer, asked } = await explorerOf(() => answer)
    expect(await explorer.kycStatus('5Dfh')).toBe(status)
    expect(asked[0]?.url.pathname).toBe('/kyc/api/v1/status')
    expect(asked[0]?.url.searchParams.get('client_id')).toBe('5Dfh')
  })

  it('activate an account, and say why not', async () => {
    const { explorer, asked } = await explorerOf(a =>
      a.body.includes('bad') ? { status: 409, raw: 'already active' } : { raw: '' },
    )
    await explorer.activate('5Dfh')
    expect(asked[0]).toMatchObject({ method: 'POST', body: '{"substrateAccountID":"5Dfh"}' })
    await expect(explorer.activate('bad')).rejects.toMatchObject({
      code: 'EXPLORER_STATUS',
      details: { status: 409, body: 'already active' },
    })
  })

  it('are there when both answer', async () => {
    const { explorer } = await explorerOf(a =>
      a.method === 'GET' ? { body: { version: 'v0.17' } } : { body: { data: { __typename: 'Query' } } },
    )
    await expect(explorer.check()).resolves.toBeUndefined()
    const broken = await explorerOf(a => (a.method === 'GET' ? { body: { version: 'v0.17' } } : { body: {} }))
    await expect(broken.explorer.check()).rejects.toMatchObject({ code: 'EXPLORER_REPLY' })
  })

  it('are left in peace after closing, twice if need be', async () => {
    const { explorer } = await explorerOf(() => ({ never: true }))
    const waiting = explorer.check()
    const refused = expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    await explorer.close()
    await explorer.close()
    await refused
    await expect(explorer.nodes({})).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
