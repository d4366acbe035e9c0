import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startExplorer } from './index.js'
import { ALICE, BOB, sampleGrid } from './sample-grid.fixture.js'

const grid = sampleGrid()
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  const explorer = await startExplorer({ port: 0, ...grid })
  url = explorer.url
  close = explorer.close
})

afterAll(() => close())

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the server sends
type Json = any

async function get(path: string): Promise<{ status: number; headers: Headers; body: Json }> {
  const response = await fetch(`${url}${path}`)
  return { status: response.status, headers: response.headers, body: await response.json() }
}

async function ids(path: string): Promise<number[]> {
  const { body } = await get(path)
  return body.map((one: Json) => one.nodeId ?? one.ip ?? one.contract_id ?? one.twinId ?? one.farmId)
}

describe('the list of nodes', () => {
  it('has exactly the fields that clients read', async () => {
    const { body } = await get('/nodes?node_id=11')
    expect(body).toHaveLength(1)
    expect(Object.keys(body[0]).sort()).toMatchInlineSnapshot(`
[
  "certificationType",
  "city",
  "country",
  "cpu_benchmark",
  "created",
  "dedicated",
  "dmi",
  "extraFee",
  "farmId",
  "farmName",
  "farm_free_ips",
  "farmingPolicyId",
  "features",
  "gpus",
  "gridVersion",
  "healthy",
  "id",
  "inDedicatedFarm",
  "location",
  "nodeId",
  "num_gpu",
  "power",
  "price_usd",
  "publicConfig",
  "rentContractId",
  "rentable",
  "rented",
  "rentedByTwinId",
  "serialNumber",
  "speed",
  "status",
  "total_resources",
  "twinId",
  "updatedAt",
  "uptime",
  "used_resources",
]
`)
    expect(body[0].total_resources).toEqual({ cru: 16, mru: 64 * 2 ** 30, sru: 1000 * 2 ** 30, hru: 4000 * 2 ** 30 })
  })

  it('prints empty strings where a node has no public configuration', async () => {
    const { body } = await get('/nodes?node_id=169')
    expect(body[0].publicConfig).toEqual({ domain: '', gw4: '', gw6: '', ipv4: '', ipv6: '' })
  })

  it.each([
    ['', [11, 168, 169, 170, 171]],
    ['node_id=168', [168]],
    ['node_id=12', []],
    ['node_ids=11,170', [11, 170]],
    ['excluded=11,170', [168, 169, 171]],
    ['twin_id=1011', [11]],
    ['farm_ids=1', [11, 168, 169, 170, 171]],
    ['farm_ids=2,3', []],
    ['farm_name=freefarm', [11, 168, 169, 170, 171]],
    ['farm_name_contains=REEF', [11, 168, 169, 170, 171]],
    ['farm_name=free', []],
    ['owned_by=1', [11, 168, 169, 170, 171]],
    ['owned_by=7', []],
    ['status=up', [11, 168, 169, 170, 171]],
    ['status=down,standby', []],
    ['healthy=true', [11, 168, 169, 170, 171]],
    ['total_cru=24', [168, 170, 171]],
    ['total_mru=274877906944', [170]],
    ['total_sru=1073741824001', []],
    ['total_hru=1', [11, 168, 169, 170, 171]],
    ['free_mru=34359738368', [11, 168, 170, 171]],
    ['free_sru=1068373114880', [11, 168, 169, 170, 171]],
    ['free_sru=1068373114881', []],
    ['free_hru=4294967296001', []],
    ['free_ips=1', [11, 168, 169, 170, 171]],
    ['free_ips=2', []],
    ['country=belgium', [11, 171]],
    ['country_contains=ing', [170]],
    ['city=Vienna', [168]],
    ['city_contains=e', [11, 168, 170]],
    ['region=Europe', [11, 168, 171]],
    ['ipv4=true', [11, 168]],
    ['ipv4=false', [169, 170, 171]],
    ['ipv6=true', [11]],
    ['has_ipv6=true', [11]],
    ['domain=true', [168]],
    ['dedicated=true', [168, 169, 170, 171]],
    ['in_dedicated_farm=true', []],
    ['rentable=true', [168, 169, 170]],
    ['rented=true', [171]],
    ['rented_by=7', [171]],
    ['rentable_or_rented_by=7', [168, 169, 170, 171]],
    ['available_for=7', [11, 168, 169, 171]],
    ['available_for=1', [11, 168, 169]],
    ['certification_type=Certified', [168]],
    ['has_gpu=true', [171]],
    ['num_gpu=1', [171]],
    ['gpu_device_id=731f', [171]],
    ['gpu_vendor_id=1002', [171]],
    ['gpu_device_name=navi', [171]],
    ['gpu_vendor_name=amd', [171]],
    ['gpu_available=true', [171]],
    ['features=zmachine-light', [170]],
    ['features=zmachine,mycelium', [11, 168, 169, 171]],
    ['features=', [11, 168, 169, 170, 171]],
    ['unknown=1', [11, 168, 169, 170, 171]],
    ['price_min=0.001&price_max=1000000', [11, 168, 169, 170, 171]],
    ['price_max=0', []],
    // As the peer client looks for access nodes.
    ['ipv4=true&ipv6=true&available_for=7&status=up&page=1&sort_by=free_cru&sort_order=desc&features=', [11]],
    ['ipv4=true&ipv6=true&available_for=7&status=up&page=2&sort_by=free_cru&sort_order=desc&features=', []],
  ])('filters by %s', async (query, expected) => {
    expect(await ids(`/nodes?sort_by=node_id&${query}`)).toEqual(expected)
  })

  it.each([
    ['sort_by=free_cru&sort_order=desc', [170, 168, 171, 11, 169]],
    ['sort_by=total_cru', [169, 11, 171, 168, 170]],
    ['sort_by=country&sort_order=ASC', [168, 11, 171, 169, 170]],
    ['sort_by=node_id&sort_order=desc&size=2', [171, 170]],
    ['sort_by=node_id&sort_order=desc&size=2&page=3', [11]],
    ['sort_by=node_id&size=2&page=4', []],
    ['page=900000000000', []],
  ])('sorts and pages by %s', async (query, expected) => {
    expect(await ids(`/nodes?${query}`)).toEqual(expected)
  })

  it('says how many there are when asked', async () => {
    const { headers } = await get('/nodes?ret_count=true&size=2&status=up')
    expect([headers.get('count'), headers.get('size'), headers.get('pages')]).toEqual(['5', '2', '3'])
    expect((await get('/nodes')).headers.get('count')).toBeNull()
  })

  it('shuffles without losing any', async () => {
    expect((await ids('/nodes?randomize=true')).sort()).toEqual([11, 168, 169, 170, 171])
  })

  it.each([
    'node_id=eleven',
    'page=-1',
    'size=1e9',
    'ipv4=maybe',
    'sort_by=__proto__',
    'sort_order=up',
    'farm_ids=1,x',
  ])('refuses %s and names the parameter', async query => {
    const { status, body } = await get(`/nodes?sort_by=node_id&${query}`.replace(/sort_by=node_id&(sort_by)/, '$1'))
    expect(status).toBe(400)
    expect(body.error).toContain(query.slice(0, query.indexOf('=')))
  })

  it('shows a silent node as down', async () => {
    grid.down.add(169)
    expect(await ids('/nodes?status=down')).toEqual([169])
    expect((await get('/nodes/169/status')).body).toEqual({ status: 'down' })
    expect((await get('/nodes/169/statistics')).status).toBe(502)
    grid.down.clear()
  })
})

describe('single things', () => {
  it('gives a node with its capacity nested', async () => {
    const { body } = await get('/nodes/171')
    expect(body.capacity.total_resources.cru).toBe(24)
    expect(body.total_resources).toBeUndefined()
    expect(body).toMatchObject({ rentContractId: 4, rentedByTwinId: 7, rented: true, rentable: false, num_gpu: 1 })
  })

  it.each([
    ['/nodes/11/status', { status: 'up' }],
    ['/nodes/171/gpu', [{ id: '0000:28:00.0/1002/731f', vendor: 'AMD', contract: 0 }]],
    ['/nodes/11/statistics', { users: { deployments: 2 }, used: { mru: 2 * 2 ** 30 } }],
    ['/version', { version: 'v0.17.0-local' }],
    ['/health', { rmb_conn: 'ok' }],
    ['/contracts/3', { contract_id: 3, type: 'name', state: 'Created', details: { name: 'mysite' } }],
    ['/gateways/168', { nodeId: 168 }],
    ['/stats', { nodes: 5, farms: 1, countries: 4, accessNodes: 2, gateways: 1, twins: 2, contracts: 4, gpus: 1 }],
  ])('answers %s', async (path, expected) => {
    expect((await get(path)).body).toMatchObject(expected)
  })

  it.each([
    '/nodes/12',
    '/nodes/x',
    '/nodes/11/nothing',
    '/gateways/11',
    '/contracts/99',
    '/contracts/99/bills',
    '/none',
  ])('answers 404 in JSON for %s', async path => {
    const { status, body } = await get(path)
    expect([status, typeof body.error]).toEqual([404, 'string'])
  })
})

describe('the other lists', () => {
  it.each([
    ['/gateways', [168]],
    ['/farms', [1]],
    ['/farms?free_ips=2', []],
    ['/farms?total_ips=2&name=FREEFARM', [1]],
    ['/farms?node_has_gpu=true&country=Egypt', []],
    ['/farms?node_has_gpu=true&country=Belgium&node_status=up', [1]],
    ['/twins', [1, 7]],
    [`/twins?account_id=${BOB}`, [7]],
    ['/twins?public_key=0x02ab', [1]],
    ['/contracts?twin_id=7&state=Created,GracePeriod', [1, 2, 3, 4]],
    ['/contracts?state=Created&state=OutOfFunds', [1, 3, 4, 5]],
    ['/contracts?type=rent', [4]],
    ['/contracts?node_id=11', [1, 2]],
    ['/contracts?name=mysite', [3]],
    ['/contracts?number_of_public_ips=1', [2]],
    ['/contracts?deployment_hash=00000000000000000000000000000001', [1]],
    ['/contracts?farm_id=1&type=node&sort_by=contract_id&sort_order=desc', [6, 5, 2, 1]],
    ['/public_ips?free=true', ['185.206.122.33/24']],
    ['/public_ips?farm_ids=2', []],
  ])('answers %s', async (path, expected) => {
    expect(await ids(path)).toEqual(expected)
  })

  it('gives the newest bills first', async () => {
    const { body, headers } = await get('/contracts/1/bills?size=2&ret_count=true')
    expect(body.map((bill: Json) => bill.amountBilled)).toEqual([300, 200])
    expect(headers.get('count')).toBe('3')
  })

  it('prints farms and twins as the clients read them', async () => {
    expect((await get('/farms')).body[0]).toMatchObject({
      farmId: 1,
      pricingPolicyId: 1,
      publicIps: [{ ip: '185.206.122.33/24', gateway: '185.206.122.1', contract_id: 0 }, { contract_id: 2 }],
    })
    expect((await get('/twins')).body[1]).toEqual({ twinId: 7, accountId: BOB, relay: '', publicKey: '' })
  })
})

describe('activation', () => {
  const activate = (body: string) => fetch(`${url}/activation/activate`, { method: 'POST', body })

  it('gives a new account its first money, and a little to one that has next to nothing', async () => {
    expect((await activate(JSON.stringify({ substrateAccountID: ALICE }))).status).toBe(200)
    expect(grid.endowed.get(ALICE)).toBe(1_000_000n)
    await activate(JSON.stringify({ substrateAccountID: ALICE }))
    expect(grid.endowed.get(ALICE)).toBe(1_000_000n)
    grid.endowed.set(ALICE, 10n)
    await activate(JSON.stringify({ substrateAccountID: ALICE }))
    expect(grid.endowed.get(ALICE)).toBe(15_010n)
  })

  it.each(['', '{', 'null', '[]', '{}', '{"substrateAccountID":7}', '{"substrateAccountID":"5Grw"}'])(
    'refuses %p',
    async body => {
      expect((await activate(body)).status).toBe(400)
    },
  )
})

describe('KYC', () => {
  it('verifies whoever has a twin, by account or twin', async () => {
    expect((await get(`/api/v1/status?client_id=${BOB}`)).body).toEqual({ result: { status: 'VERIFIED' } })
    expect((await get('/api/v1/status?twin_id=7')).body).toEqual({ result: { status: 'VERIFIED' } })
    expect((await get('/api/v1/status?client_id=nobody')).status).toBe(404)
    expect((await get('/api/v1/status')).status).toBe(404)
  })

  it('says what the fault says, for the twin it names', async () => {
    const id = grid.faults.set({ kind: 'kyc', status: 'REJECTED', twinId: 7 })
    expect((await get(`/api/v1/status?client_id=${BOB}`)).body).toEqual({ result: { status: 'REJECTED' } })
    expect((await get(`/api/v1/status?client_id=${ALICE}`)).body).toEqual({ result: { status: 'VERIFIED' } })
    grid.faults.clear(id)
  })
})

describe('a misbehaving explorer', () => {
  it('answers garbage of several sorts, as often as told, from the service that was named', async () => {
    grid.faults.set({ kind: 'garbage-explorer', service: 'rest', times: 5 })
    expect((await fetch(`${url}/graphql`, { method: 'POST', body: '{"query":"{__typename}"}' })).status).toBe(200)
    const answers = []
    for (let i = 0; i < 6; i++) answers.push(await (await fetch(`${url}/nodes/11`)).text())
    expect(new Set(answers).size).toBe(6)
    expect(JSON.parse(answers[5] as string).nodeId).toBe(11)
  })

  it('says nothing while it is silent, and holds up nobody else', async () => {
    grid.faults.set({ kind: 'silent-explorer', service: 'graphql', times: 1 })
    const waiting = fetch(`${url}/graphql`, {
      method: 'POST',
      body: '{"query":"{__typename}"}',
      signal: AbortSignal.timeout(150),
    })
    expect((await get('/version')).status).toBe(200)
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await fetch(`${url}/graphql`, { method: 'POST', body: '{"query":"{__typename}"}' })).status).toBe(200)
  })
})
