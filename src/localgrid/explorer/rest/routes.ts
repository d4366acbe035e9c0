/** The paths of the REST proxy. Source: threefoldtech/tfgrid-sdk-go, grid-proxy/internal/explorer/server.go. */
import type { Context, Hono } from 'hono'

import type { NodeRecord, World } from '../world.js'
import { billJson, CONTRACT_SORTERS, contractJson, filterContracts } from './contracts.js'
import {
  FARM_SORTERS,
  farmIps,
  farmJson,
  filterFarms,
  PUBLIC_IP_FILTERS,
  PUBLIC_IP_SORTERS,
  publicIpJson,
} from './farms.js'
import { type Filters, readFilters } from './filter.js'
import { capacityJson, gpusJson, NODE_FILTERS, NODE_SORTERS, nestedNodeJson, nodeJson } from './nodes.js'
import { pageOf, type Sorters } from './page.js'
import { statsJson } from './stats.js'
import { TWIN_FILTERS, TWIN_SORTERS, twinJson } from './twins.js'

/** Makes the world of one request. */
type Look = () => World

export function addRestRoutes(app: Hono, look: Look, version: string): void {
  app.get('/version', c => c.json({ version }))
  app.get('/ping', c => c.json({ ping: 'pong' }))
  app.get('/health', c => c.json({ status: 'healthy', db_conn: 'ok', rmb_conn: 'ok' }))

  addNodeRoutes(app, look)

  app.get('/farms', c => {
    const world = look()
    const query = queryOf(c)
    return reply(
      c,
      filterFarms(world.farms(), () => world.nodes(), query),
      query,
      FARM_SORTERS,
      farmJson,
    )
  })
  app.get('/public_ips', c => {
    const query = queryOf(c)
    const ips = look().farms().flatMap(farmIps)
    return reply(c, filtered(ips, query, PUBLIC_IP_FILTERS), query, PUBLIC_IP_SORTERS, publicIpJson)
  })
  app.get('/twins', c => {
    const query = queryOf(c)
    return reply(c, filtered(look().twins(), query, TWIN_FILTERS), query, TWIN_SORTERS, twinJson)
  })
  app.get('/stats', c => c.json(statsJson(look(), queryOf(c))))

  app.get('/contracts', c => {
    const world = look()
    const query = queryOf(c)
    return reply(c, filterContracts(world, query), query, CONTRACT_SORTERS, one => contractJson(world, one))
  })
  app.get('/contracts/:id', c => {
    const world = look()
    const contract = contractOf(c, world)
    return contract ? c.json(contractJson(world, contract)) : missing(c, 'contract')
  })
  app.get('/contracts/:id/bills', c => {
    const world = look()
    const contract = contractOf(c, world)
    if (!contract) return missing(c, 'contract')
    const bills = [...world.chain.bills(contract.id)].reverse()
    return reply(c, bills, queryOf(c), {}, billJson)
  })
}

function addNodeRoutes(app: Hono, look: Look): void {
  app.get('/nodes', c => listNodes(c, look(), queryOf(c)))
  app.get('/gateways', c => {
    const query = queryOf(c)
    query.set('domain', 'true')
    query.set('ipv4', 'true')
    return listNodes(c, look(), query)
  })
  app.get('/nodes/:id', c => {
    const world = look()
    const record = nodeOf(c, world)
    return record ? c.json(nestedNodeJson(record, nowSeconds(world))) : missing(c, 'node')
  })
  app.get('/gateways/:id', c => {
    const world = look()
    const record = nodeOf(c, world)
    if (!record?.node.publicConfig?.domain) return missing(c, 'gateway')
    return c.json(nestedNodeJson(record, nowSeconds(world)))
  })
  app.get('/nodes/:id/status', c => {
    const record = nodeOf(c, look())
    return record ? c.json({ status: record.status }) : missing(c, 'node')
  })
  app.get('/nodes/:id/statistics', c => {
    const world = look()
    const record = nodeOf(c, world)
    if (!record) return missing(c, 'node')
    return record.status === 'up' ? c.json(statisticsJson(world, record)) : unreachable(c, record)
  })
  app.get('/nodes/:id/gpu', c => {
    const record = nodeOf(c, look())
    if (!record) return missing(c, 'node')
    return record.status === 'up' ? c.json(gpusJson(record)) : unreachable(c, record)
  })
}

function listNodes(c: Context, world: World, query: URLSearchParams): Response {
  // The peer client asks for single nodes all the time; they need no look at the others.
  const id = query.get('node_id') ?? ''
  const single = /^\d{1,9}$/.test(id) ? world.node(Number(id)) : undefined
  const nodes = single ? [single] : world.nodes()
  const now = nowSeconds(world)
  return reply(c, filtered(nodes, query, NODE_FILTERS), query, NODE_SORTERS, one => nodeJson(one, now))
}

function statisticsJson(world: World, record: NodeRecord) {
  const contracts = world.chain.activeNodeContracts(record.node.id)
  return {
    system: { cru: 0, mru: 0, sru: 0, hru: 0, ipv4u: 0 },
    total: { ...capacityJson(record.total), ipv4u: 0 },
    used: { ...capacityJson(record.used), ipv4u: 0 },
    users: { deployments: contracts.length, workloads: contracts.length, last_deployment_timestamp: 0 },
  }
}

function filtered<T>(records: readonly T[], query: URLSearchParams, filters: Filters<T>): readonly T[] {
  const test = readFilters(query, filters)
  return test ? records.filter(test) : records
}

function reply<T>(
  c: Context,
  records: readonly T[],
  query: URLSearchParams,
  sorters: Sorters<T>,
  json: (record: T) => object,
): Response {
  const page = pageOf(records, query, sorters)
  for (const [name, value] of Object.entries(page.headers)) c.header(name, value)
  return c.json(page.records.map(json))
}

function queryOf(c: Context): URLSearchParams {
  return new URL(c.req.url).searchParams
}

function idOf(c: Context): string | undefined {
  const id = c.req.param('id') ?? ''
  return /^\d{1,15}$/.test(id) ? id : undefined
}

function nodeOf(c: Context, world: World): NodeRecord | undefined {
  const id = idOf(c)
  return id === undefined ? undefined : world.node(Number(id))
}

function contractOf(c: Context, world: World) {
  const id = idOf(c)
  return id === undefined ? undefined : world.contracts().find(contract => contract.id === BigInt(id))
}

function missing(c: Context, what: string): Response {
  return c.json({ error: `${what} not found` }, 404)
}

function unreachable(c: Context, record: NodeRecord): Response {
  return c.json({ error: `cannot ask node ${record.node.id} with status: ${record.status}` }, 502)
}

function nowSeconds(world: World): number {
  return Math.floor(world.chain.nowMs() / 1000)
}
