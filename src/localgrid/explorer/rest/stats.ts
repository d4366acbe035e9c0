/** The grid in numbers, as the REST proxy counts it. Names: tfgrid-sdk-go, grid-proxy/pkg/types/stats.go. */

import type { NodeRecord, World } from '../world.js'
import { stateOf } from './contracts.js'
import { among, type Filters, readFilters } from './filter.js'

const STATS_FILTERS: Filters<NodeRecord> = { status: among(record => record.status) }

export function statsJson(world: World, query: URLSearchParams) {
  const test = readFilters(query, STATS_FILTERS)
  const nodes = test ? world.nodes().filter(test) : world.nodes()
  const countries = [...new Set(nodes.map(record => record.node.location.country))]
  const live = world.contracts().filter(contract => ['Created', 'GracePeriod'].includes(stateOf(contract)))
  const sum = (resource: 'cru' | 'mru' | 'sru' | 'hru') =>
    nodes.reduce((total, record) => total + Number(record.total[resource]), 0)
  const withIpv4 = nodes.filter(record => (record.node.publicConfig?.ip4.ip ?? '') !== '')
  return {
    nodes: nodes.length,
    farms: world.farms().length,
    countries: countries.length,
    totalCru: sum('cru'),
    totalSru: sum('sru'),
    totalMru: sum('mru'),
    totalHru: sum('hru'),
    publicIps: world.farms().reduce((total, farm) => total + farm.publicIps.length, 0),
    accessNodes: withIpv4.length,
    gateways: withIpv4.filter(record => (record.node.publicConfig?.domain ?? '') !== '').length,
    twins: world.twins().length,
    contracts: live.length,
    nodesDistribution: Object.fromEntries(
      countries.map(country => [country, nodes.filter(record => record.node.location.country === country).length]),
    ),
    gpus: nodes.reduce((total, record) => total + record.gpus.length, 0),
    dedicatedNodes: nodes.filter(record => record.dedicated).length,
    workloads_number: live.filter(contract => contract.type.kind === 'node').length,
  }
}
