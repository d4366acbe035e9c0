/**
 * Nodes in the REST proxy's words: filters, sorting, JSON. Names and meanings: threefoldtech/tfgrid-sdk-go,
 * grid-proxy/pkg/types/nodes.go.
 */
import type { Resources } from '../../../chain/port.js'
import { countryOf } from '../../countries.js'
import type { NodeRecord } from '../world.js'
import {
  among,
  atLeast,
  containing,
  decimal,
  exactly,
  type Filters,
  flag,
  forTwin,
  having,
  is,
  named,
  noneOf,
  oneOf,
} from './filter.js'
import type { Sorters } from './page.js'

const RESOURCES = ['cru', 'mru', 'sru', 'hru'] as const

export const NODE_FILTERS: Filters<NodeRecord> = {
  node_id: is(record => record.node.id),
  node_ids: oneOf(record => record.node.id),
  excluded: noneOf(record => record.node.id),
  twin_id: is(record => record.node.twinId),
  farm_ids: oneOf(record => record.node.farmId),
  farm_name: named(record => record.farm?.name ?? ''),
  farm_name_contains: containing(record => [record.farm?.name ?? '']),
  owned_by: is(record => record.farm?.twinId ?? 0),
  status: among(record => record.status),
  healthy: flag(record => record.status === 'up'),
  total_cru: atLeast(record => record.total.cru),
  total_mru: atLeast(record => record.total.mru),
  total_sru: atLeast(record => record.total.sru),
  total_hru: atLeast(record => record.total.hru),
  free_cru: atLeast(record => free(record, 'cru')),
  free_mru: atLeast(record => free(record, 'mru')),
  free_sru: atLeast(record => free(record, 'sru')),
  free_hru: atLeast(record => free(record, 'hru')),
  free_ips: atLeast(record => record.freeIps),
  country: named(record => record.node.location.country),
  country_contains: containing(record => [record.node.location.country]),
  city: named(record => record.node.location.city),
  city_contains: containing(record => [record.node.location.city]),
  region: named(regionOf),
  ipv4: flag(record => record.node.publicConfig !== undefined && record.node.publicConfig.ip4.ip !== ''),
  ipv6: flag(record => record.node.publicConfig?.ip6 !== undefined),
  has_ipv6: flag(record => record.hasIpv6),
  domain: flag(record => (record.node.publicConfig?.domain ?? '') !== ''),
  dedicated: flag(record => record.dedicated),
  in_dedicated_farm: flag(record => record.farm?.dedicated ?? false),
  rentable: flag(record => record.rentable),
  rented: flag(record => record.rentedBy !== 0),
  rented_by: forTwin((record, twinId) => record.rentedBy === twinId),
  rentable_or_rented_by: forTwin((record, twinId) => record.rentable || record.rentedBy === twinId),
  available_for: forTwin(isAvailableFor),
  certification_type: named(record => record.node.certification),
  has_gpu: flag(record => record.gpus.length > 0),
  num_gpu: atLeast(record => record.gpus.length),
  gpu_device_id: containing(record => record.gpus.map(gpu => gpu.id)),
  gpu_vendor_id: containing(record => record.gpus.map(gpu => gpu.id)),
  gpu_device_name: containing(record => record.gpus.map(gpu => gpu.device)),
  gpu_vendor_name: containing(record => record.gpus.map(gpu => gpu.vendor)),
  gpu_available: flag(record => record.gpus.some(gpu => gpu.contract === 0n)),
  price_min: decimal((record, wanted) => record.priceUsd >= wanted),
  price_max: decimal((record, wanted) => record.priceUsd <= wanted),
  features: having(record => record.features),
  serial_number: exactly(record => record.node.serialNumber),
}

export const NODE_SORTERS: Sorters<NodeRecord> = {
  node_id: record => record.node.id,
  farm_id: record => record.node.farmId,
  twin_id: record => record.node.twinId,
  country: record => record.node.location.country,
  city: record => record.node.location.city,
  uptime: record => -record.node.created,
  created: record => record.node.created,
  updated_at: record => record.node.id,
  status: record => record.status,
  dedicated_farm: record => record.farm?.dedicated ?? false,
  rent_contract_id: record => record.rentContractId,
  rented: record => record.rentedBy !== 0,
  rentable: record => record.rentable,
  num_gpu: record => record.gpus.length,
  extra_fee: record => record.extraFee,
  price_usd: record => record.priceUsd,
  ...Object.fromEntries(
    RESOURCES.flatMap(name => [
      [`total_${name}`, (record: NodeRecord) => record.total[name]],
      [`used_${name}`, (record: NodeRecord) => record.used[name]],
      [`free_${name}`, (record: NodeRecord) => free(record, name)],
    ]),
  ),
}

/** Rented by that twin, or for everybody. */
export function isAvailableFor(record: NodeRecord, twinId: number): boolean {
  if (record.rentedBy !== 0) return record.rentedBy === twinId
  return !(record.farm?.dedicated ?? false) && record.extraFee === 0n
}

export function regionOf(record: NodeRecord): string {
  return countryOf(record.node.location.country)?.region ?? ''
}

/** Of a list: resources at the top. */
export function nodeJson(record: NodeRecord, nowSeconds: number) {
  return {
    ...commonJson(record, nowSeconds),
    total_resources: capacityJson(record.total),
    used_resources: capacityJson(record.used),
  }
}

/** Of `/nodes/N`: resources under `capacity`. */
export function nestedNodeJson(record: NodeRecord, nowSeconds: number) {
  return {
    ...commonJson(record, nowSeconds),
    capacity: { total_resources: capacityJson(record.total), used_resources: capacityJson(record.used) },
  }
}

function commonJson(record: NodeRecord, nowSeconds: number) {
  const { node, farm } = record
  const created = Number(node.created)
  return {
    id: `node-${node.id}`,
    nodeId: node.id,
    farmId: node.farmId,
    farmName: farm?.name ?? '',
    twinId: node.twinId,
    country: node.location.country,
    gridVersion: 3,
    city: node.location.city,
    uptime: Math.max(0, nowSeconds - created),
    created,
    farmingPolicyId: 1,
    updatedAt: nowSeconds,
    location: {
      country: node.location.country,
      city: node.location.city,
      longitude: coordinate(node.location.longitude),
      latitude: coordinate(node.location.latitude),
    },
    // Empty strings, never null: the peer client calls split on them.
    publicConfig: {
      domain: node.publicConfig?.domain ?? '',
      gw4: node.publicConfig?.ip4.gw ?? '',
      gw6: node.publicConfig?.ip6?.gw ?? '',
      ipv4: node.publicConfig?.ip4.ip ?? '',
      ipv6: node.publicConfig?.ip6?.ip ?? '',
    },
    status: record.status,
    certificationType: node.certification,
    dedicated: record.dedicated,
    inDedicatedFarm: farm?.dedicated ?? false,
    rentContractId: Number(record.rentContractId),
    rented: record.rentedBy !== 0,
    rentable: record.rentable,
    rentedByTwinId: record.rentedBy,
    serialNumber: node.serialNumber ?? '',
    power: { state: node.power.state, target: node.power.target },
    num_gpu: record.gpus.length,
    extraFee: Number(record.extraFee),
    healthy: record.status === 'up',
    dmi: {
      bios: { vendor: '', version: '' },
      baseboard: { manufacturer: '', product_name: '' },
      processor: [],
      memory: [],
    },
    speed: { upload: 0, download: 0 },
    cpu_benchmark: { single: 0, multi: 0, threads: 0, workloads: 0 },
    gpus: gpusJson(record),
    price_usd: record.priceUsd,
    farm_free_ips: record.freeIps,
    features: record.features,
  }
}

export function gpusJson(record: NodeRecord) {
  return record.gpus.map(gpu => ({
    id: gpu.id,
    vendor: gpu.vendor,
    device: gpu.device,
    contract: Number(gpu.contract),
    vram: gpu.vram,
  }))
}

export function capacityJson({ cru, mru, sru, hru }: Resources) {
  return { cru: Number(cru), sru: Number(sru), hru: Number(hru), mru: Number(mru) }
}

function free({ total, used }: NodeRecord, name: (typeof RESOURCES)[number]): bigint {
  return total[name] > used[name] ? total[name] - used[name] : 0n
}

function coordinate(text: string): number | null {
  const value = Number.parseFloat(text)
  return Number.isFinite(value) ? value : null
}
