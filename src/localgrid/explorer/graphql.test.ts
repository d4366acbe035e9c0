import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startExplorer } from './index.js'
import { nodeContract, sampleGrid } from './sample-grid.fixture.js'

const many = Array.from({ length: 300 }, (_, i) =>
  nodeContract(BigInt(1000 + i), 99, 169, { kind: 'created' }, `{"version":3,"type":"vm","name":"vm${i}"}`),
)
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  const explorer = await startExplorer({ port: 0, ...sampleGrid(many) })
  url = `${explorer.url}/graphql`
  close = explorer.close
})

afterAll(() => close())

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the server sends
type Json = any

async function post(body: string): Promise<{ status: number; body: Json }> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, body: await response.json() }
}

async function ask(query: string, variables?: object): Promise<Json> {
  const { status, body } = await post(JSON.stringify({ query, variables }))
  expect(body.errors).toBeUndefined()
  expect(status).toBe(200)
  return body.data
}

async function refused(query: string, variables?: object): Promise<string> {
  const { body } = await post(JSON.stringify({ query, variables }))
  return (body.errors as { message: string }[]).map(error => error.message).join('; ')
}

describe('the queries of the peer client', () => {
  it('asks whether the service is there', async () => {
    expect(await ask('query { __typename }')).toEqual({ __typename: 'Query' })
    expect(await ask('query monitoring{__typename}')).toEqual({ __typename: 'Query' })
  })

  it('counts the contracts of a twin', async () => {
    const data = await ask(
      'query { items: nodeContractsConnection(where: {twinID_eq: 7, state_in: [Created, GracePeriod]}, ' +
        'orderBy: twinID_ASC) { count: totalCount } }',
    )
    expect(data).toEqual({ items: { count: 2 } })
  })

  it('finds deployments by type and the beginning of a project name', async () => {
    const data = await ask(
      `query getContracts($nodeContractsCount: Int!){
        nodeContracts(where: {twinID_eq: 7, state_in: [Created, GracePeriod] , AND: [{ deploymentData_contains: "\\"type\\":\\"vm\\"" },{ deploymentData_contains: "\\"projectName\\":\\"vm/v" }]}, limit: $nodeContractsCount) {
          contractID deploymentData state createdAt nodeID numberOfPublicIPs
        }
      }`,
      { nodeContractsCount: 2 },
    )
    expect(data.nodeContracts).toEqual([
      {
        contractID: '1',
        deploymentData: '{"version":3,"type":"vm","name":"vm1","projectName":"vm/vm1"}',
        state: 'Created',
        createdAt: '1001',
        nodeID: 11,
        numberOfPublicIPs: 0,
      },
    ])
  })

  it('finds networks with a stray comma in the list', async () => {
    const data = await ask(
      `query getContracts($nodeContractsCount: Int!){
        nodeContracts(where: {twinID_eq: 7, state_in: [Created, GracePeriod], nodeID_eq: 11 , AND: [{ deploymentData_contains: "\\"type\\":\\"network\\"" },]}, limit: $nodeContractsCount) {
          contractID numberOfPublicIPs
        }
      }`,
      { nodeContractsCount: 9 },
    )
    expect(data).toEqual({ nodeContracts: [{ contractID: '2', numberOfPublicIPs: 1 }] })
  })

  it('finds the twin of a node', async () => {
    const query = 'query getNodeTwinId($nodeId: Int!){ nodes(where: { nodeID_eq: $nodeId }) { twinID } }'
    expect(await ask(query, { nodeId: 11 })).toEqual({ nodes: [{ twinID: 1011 }] })
    expect(await ask(query, { nodeId: 12 })).toEqual({ nodes: [] })
  })

  it('lists all contracts of a twin', async () => {
    const data = await ask(
      `query getContracts($nameContractsCount: Int!, $nodeContractsCount: Int!, $rentContractsCount: Int!){
        nameContracts(where: {twinID_eq: 7, state_in: [Created, GracePeriod]}, limit: $nameContractsCount) {
          contractID createdAt name solutionProviderID state twinID }
        nodeContracts(where: {twinID_eq: 7, state_in: [Created, GracePeriod]}, limit: $nodeContractsCount) {
          contractID deploymentData state createdAt nodeID numberOfPublicIPs }
        rentContracts(where: {twinID_eq: 7, state_in: [Created, GracePeriod]}, limit: $rentContractsCount) {
          contractID createdAt nodeID solutionProviderID state twinID }
      }`,
      { nameContractsCount: 1, nodeContractsCount: 2, rentContractsCount: 1 },
    )
    expect(data.nameContracts).toEqual([
      { contractID: '3', createdAt: '1003', name: 'mysite', solutionProviderID: null, state: 'Created', twinID: 7 },
    ])
    expect(data.nodeContracts.map((one: Json) => one.state)).toEqual(['Created', 'GracePeriod'])
    expect(data.rentContracts).toEqual([
      { contractID: '4', createdAt: '1004', nodeID: 171, solutionProviderID: 5, state: 'Created', twinID: 7 },
    ])
  })

  it.each([1, '1'])('reads the consumption of contract %p', async contractId => {
    const data = await ask(
      `query getConsumption($contractId: BigInt!){
        contractBillReports(where: {contractID_eq: $contractId}, limit: 2, orderBy: timestamp_DESC) {
          amountBilled timestamp discountReceived }
        nodeContracts(where: {contractID_eq: $contractId}) { createdAt }
        nameContracts(where: {contractID_eq: $contractId}) { createdAt }
        rentContracts(where: {contractID_eq: $contractId}) { createdAt }
      }`,
      { contractId },
    )
    expect(data).toEqual({
      contractBillReports: [
        { amountBilled: '300', timestamp: '5002', discountReceived: 'Gold' },
        { amountBilled: '200', timestamp: '5001', discountReceived: 'Gold' },
      ],
      nodeContracts: [{ createdAt: '1001' }],
      nameContracts: [],
      rentContracts: [],
    })
  })
})

describe('filters', () => {
  const contracts = async (where: string) =>
    (await ask(`{ nodeContracts(where: {contractID_lt: 10, ${where}}) { contractID } }`)).nodeContracts.map(
      (one: Json) => Number(one.contractID),
    )

  it.each([
    ['', [1, 2, 5, 6]],
    ['contractID_eq: 2', [2]],
    ['contractID_eq: "2"', [2]],
    ['contractID_not_eq: 2', [1, 5, 6]],
    ['contractID_in: [1, "6"]', [1, 6]],
    ['contractID_not_in: [1, 6]', [2, 5]],
    ['contractID_gt: 2, contractID_lte: 5', [5]],
    ['contractID_gte: 5', [5, 6]],
    ['state_eq: OutOfFunds', [5]],
    ['state_not_in: [Created]', [2, 5, 6]],
    ['deploymentData_contains: "vm"', [1, 5, 6]],
    ['deploymentData_not_contains: "vm"', [2]],
    ['deploymentData_contains: "VM"', []],
    ['deploymentData_containsInsensitive: "VM"', [1, 5, 6]],
    ['deploymentData_endsWith: "\\"\\"}"', [2]],
    ['deploymentHash_startsWith: "0", nodeID_eq: 168', [5, 6]],
    ['solutionProviderID_isNull: true', [1, 2, 5, 6]],
    ['solutionProviderID_isNull: false', []],
    ['AND: {nodeID_eq: 11}', [1, 2]],
    ['AND: [{nodeID_eq: 11}, {numberOfPublicIPs_gt: 0}]', [2]],
  ])('compare by %s', async (where, expected) => {
    expect(await contracts(where)).toEqual(expected)
  })

  it('let OR stand beside the other conditions', async () => {
    const found = async (where: string) =>
      (await ask(`{ nodes(where: {${where}}, orderBy: nodeID_ASC) { nodeID } }`)).nodes.map((one: Json) => one.nodeID)
    expect(await found('nodeID_eq: 11, OR: [{nodeID_eq: 168}, {city_eq: "Cairo"}]')).toEqual([11, 168, 169])
    expect(await found('OR: [{nodeID_eq: 168}]')).toEqual([168])
    expect(await found('AND: [{nodeID_gt: 100}], OR: []')).toEqual([168, 169, 170, 171])
    expect(await found('publicConfig_isNull: false')).toEqual([11, 168])
    expect(await found('publicConfig: {domain_isNull: false}')).toEqual([168])
    expect(await found('interfaces_some: {name_eq: "zos"}, nodeID_lt: 100')).toEqual([11])
  })
})

describe('lists', () => {
  it('are ordered, cut and counted', async () => {
    const data = await ask(`{
      first: nodes(orderBy: [country_ASC, nodeID_DESC], limit: 2, offset: 1) { nodeID }
      connection: nodesConnection(orderBy: nodeID_DESC, first: 2, after: "2", where: {nodeID_gt: 11}) {
        totalCount edges { node { nodeID } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
      one: nodeById(id: "node-168") { nodeID publicConfig { ipv4 domain } resourcesTotal { cru mru } power { state } }
      none: twinById(id: "twin-99") { twinID }
    }`)
    expect(data.first).toEqual([{ nodeID: 171 }, { nodeID: 11 }])
    expect(data.connection).toEqual({
      totalCount: 4,
      edges: [
        { node: { nodeID: 169 }, cursor: '3' },
        { node: { nodeID: 168 }, cursor: '4' },
      ],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: '3', endCursor: '4' },
    })
    expect(data.one.resourcesTotal).toEqual({ cru: '32', mru: String(128 * 2 ** 30) })
    expect(data.none).toBeNull()
  })

  it('follow relations both ways', async () => {
    const data = await ask(
      '{ farms { publicIPs(where: {contractId_eq: 0}) { ip farm { name } } } countries(limit: 1) { region } }',
    )
    expect(data.farms).toEqual([{ publicIPs: [{ ip: '185.206.122.33/24', farm: { name: 'Freefarm' } }] }])
    expect(data.countries).toEqual([{ region: 'Europe' }])
  })

  it('describe themselves', async () => {
    const { getIntrospectionQuery } = await import('graphql')
    const data = await ask(getIntrospectionQuery())
    expect(data.__schema.types.length).toBeGreaterThan(40)
  })
})

describe('what cannot be answered', () => {
  it.each([
    ['{', /Syntax Error/],
    ['', /Syntax Error/],
    ['{ nothing }', /Cannot query field/],
    ['{ nodes(where: {nodeID_eq: "x"}) { nodeID } }', /Int/],
    ['{ nodes(where: {nodeID_like: 1}) { nodeID } }', /nodeID_like/],
    ['{ nodes(limit: -1) { nodeID } }', /limit must be 0 or more/],
    ['{ nodeContracts(where: {contractID_eq: 1.5}) { contractID } }', /BigInt/],
    ['query ($a: Int!) { nodes(limit: $a) { nodeID } }', /variable/i],
    ['mutation { nodes { nodeID } }', /mutation/],
    ['{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }', /circle/],
    [`{ farms ${'{ publicIPs { farm '.repeat(12)} { name } ${'} }'.repeat(12)} }`, /levels deep/],
    [`{ ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} }`, /aliases/],
    [`{ ${'__typename '.repeat(1001)} }`, /fields/],
    [`{ ${'__typename '.repeat(9000)} }`, /characters|tokens/],
    ['{'.repeat(50_000), /Syntax|token|stack|characters/i],
  ])('%.60s is an error that says why', async (query, why) => {
    expect(await refused(query)).toMatch(why)
  })

  it('does not count the same fragment a billion times', async () => {
    const fragments = Array.from({ length: 30 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)
    expect(await refused(`{ ...f0 } ${fragments.join(' ')} fragment f30 on Query { __typename }`)).toMatch(/fields/)
  })

  it('does not follow relations in filters without end', async () => {
    let where: object = { ip_contains: '.' }
    for (let i = 0; i < 7; i++) where = { farm: { publicIPs_every: { AND: Array.from({ length: 3 }, () => where) } } }
    const answer = await refused('query ($w: PublicIpWhereInput) { publicIps(where: $w) { ip } }', { w: where })
    expect(answer).toMatch(/filters look at more/)
  })

  it('refuses variables that nest without end', async () => {
    let where: object = {}
    for (let i = 0; i < 40; i++) where = { AND: [where] }
    expect(await refused('query ($w: NodeWhereInput) { nodes(where: $w) { nodeID } }', { w: where })).toMatch(/deep/)
  })

  it.each([
    '',
    'null',
    '[]',
    '"{__typename}"',
    '{}',
    '{"query":7}',
    '{"query":"{__typename}","variables":[]}',
    '\u0000\ufffd',
  ])('the body %p is refused', async body => {
    const { status, body: answer } = await post(body)
    expect([status, answer.errors.length]).toEqual([400, 1])
  })

  it('a body that is too large is refused before it is read', async () => {
    expect((await post(' '.repeat(600_000))).status).toBe(413)
  })
})
