/** Farms and their public addresses in the REST proxy's words. Names: tfgrid-sdk-go, grid-proxy/pkg/types/farms.go. */
import type { Farm, PublicIp } from '../../../chain/port.js'
import type { NodeRecord } from '../world.js'
import {
  among,
  atLeast,
  containing,
  exactly,
  type Filters,
  flag,
  forTwin,
  is,
  named,
  oneOf,
  readFilters,
} from './filter.js'
import { isAvailableFor, NODE_FILTERS, regionOf } from './nodes.js'
import type { Sorters } from './page.js'

const FARM_FILTERS: Filters<Farm> = {
  farm_id: is(farm => farm.id),
  twin_id: is(farm => farm.twinId),
  name: named(farm => farm.name),
  name_contains: containing(farm => [farm.name]),
  free_ips: atLeast(farm => farm.publicIps.filter(ip => ip.contractId === 0n).length),
  total_ips: atLeast(farm => farm.publicIps.length),
  pricing_policy_id: is(farm => farm.pricingPolicyId),
  certification_type: named(farm => farm.certification),
  stellar_address: exactly(() => ''),
  dedicated: flag(farm => farm.dedicated),
}

/** One node has to meet all of these. */
const FARM_NODE_FILTERS: Filters<NodeRecord> = {
  node_free_mru: NODE_FILTERS.free_mru!,
  node_free_sru: NODE_FILTERS.free_sru!,
  node_free_hru: NODE_FILTERS.free_hru!,
  node_total_cru: NODE_FILTERS.total_cru!,
  node_status: among(record => record.status),
  node_rented_by: forTwin((record, twinId) => record.rentedBy === twinId),
  node_available_for: forTwin(isAvailableFor),
  node_has_gpu: flag(record => record.gpus.length > 0),
  node_has_ipv6: flag(record => record.hasIpv6),
  node_certified: flag(record => record.node.certification === 'Certified'),
  node_features: NODE_FILTERS.features!,
  country: named(record => record.node.location.country),
  region: named(regionOf),
}

export const FARM_SORTERS: Sorters<Farm> = {
  name: farm => farm.name.toLowerCase(),
  farm_id: farm => farm.id,
  twin_id: farm => farm.twinId,
  pricing_policy_id: farm => farm.pricingPolicyId,
  certification: farm => farm.certification,
  dedicated: farm => farm.dedicated,
  free_ips: farm => farm.publicIps.filter(ip => ip.contractId === 0n).length,
  total_ips: farm => farm.publicIps.length,
}

/** @param nodes only called when a parameter is about nodes */
export function filterFarms(
  farms: readonly Farm[],
  nodes: () => readonly NodeRecord[],
  query: URLSearchParams,
): readonly Farm[] {
  const ofFarm = readFilters(query, FARM_FILTERS)
  const ofNode = readFilters(query, FARM_NODE_FILTERS)
  return farms.filter(
    farm =>
      (!ofFarm || ofFarm(farm)) &&
      (!ofNode || nodes().some(record => record.node.farmId === farm.id && ofNode(record))),
  )
}

export function farmJson(farm: Farm) {
  return {
    name: farm.name,
    farmId: farm.id,
    twinId: farm.twinId,
    pricingPolicyId: farm.pricingPolicyId,
    certificationType: farm.certification,
    stellarAddress: '',
    dedicated: farm.dedicated,
    publicIps: farmIps(farm).map(publicIpJson),
  }
}

export interface FarmIp extends PublicIp {
  readonly id: string
  readonly farmId: number
}

export function farmIps(farm: Farm): readonly FarmIp[] {
  return farm.publicIps.map((ip, index) => ({ ...ip, id: `farm-${farm.id}-ip-${index + 1}`, farmId: farm.id }))
}

export const PUBLIC_IP_FILTERS: Filters<FarmIp> = {
  farm_ids: oneOf(ip => ip.farmId),
  free: flag(ip => ip.contractId === 0n),
  ip: exactly(ip => ip.ip),
  gateway: exactly(ip => ip.gateway),
}

export const PUBLIC_IP_SORTERS: Sorters<FarmIp> = {
  ip: ip => ip.ip,
  farm_id: ip => ip.farmId,
  contract_id: ip => ip.contractId,
}

export function publicIpJson(ip: FarmIp) {
  return { id: ip.id, ip: ip.ip, gateway: ip.gateway, contract_id: Number(ip.contractId), farm_id: ip.farmId }
}
