/**
 * A filter in the REST proxy's words. Only what was asked is sent: an empty `features=` would be a filter of its own.
 * Names: threefoldtech/tfgrid-sdk-go, grid-proxy/pkg/types/nodes.go (NodeFilter, Limit).
 */
import { InputError } from '../errors/input.js'
import type { NodeFilter } from './port.js'

export type NodeQuery = Readonly<Record<string, string | undefined>>

/** @throws {InputError} INPUT_OPTION for numbers that are no whole numbers of zero or more */
export function nodeQuery(filter: NodeFilter): NodeQuery {
  const { nodeIds } = filter
  return {
    ...(nodeIds?.length === 1
      ? { node_id: number('nodeIds[0]', nodeIds[0]) }
      : { node_ids: numbers('nodeIds', nodeIds) }),
    farm_ids: numbers('farmIds', filter.farmIds),
    farm_name: text(filter.farmName),
    country: text(filter.country),
    city: text(filter.city),
    region: text(filter.region),
    status: text(filter.status),
    total_cru: number('totalCru', filter.totalCru),
    free_mru: bytes('freeMruBytes', filter.freeMruBytes),
    free_sru: bytes('freeSruBytes', filter.freeSruBytes),
    free_hru: bytes('freeHruBytes', filter.freeHruBytes),
    free_ips: number('freeIps', filter.freeIps),
    ipv4: flag(filter.ipv4),
    ipv6: flag(filter.ipv6),
    has_ipv6: flag(filter.hasIpv6),
    domain: flag(filter.domain),
    certification_type: filter.certified === undefined ? undefined : filter.certified ? 'Certified' : 'Diy',
    dedicated: flag(filter.dedicated),
    rentable: flag(filter.rentable),
    rentable_or_rented_by: number('rentableOrRentedBy', filter.rentableOrRentedBy),
    rented_by: number('rentedBy', filter.rentedBy),
    available_for: number('availableFor', filter.availableFor),
    has_gpu: flag(filter.hasGpu),
    healthy: flag(filter.healthy),
    features: filter.features?.length ? filter.features.join(',') : undefined,
    // Pages of an order that changes under the reader would repeat some nodes and lose others.
    ...(filter.randomize ? { randomize: 'true' } : { sort_by: 'node_id', sort_order: 'asc' }),
  }
}

function text(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function number(name: string, value: number | undefined): string | undefined {
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InputError('INPUT_OPTION', `the filter ${name} must be a whole number of 0 or more`, { where: name })
  }
  return String(value)
}

function numbers(name: string, values: readonly number[] | undefined): string | undefined {
  return values?.length ? values.map((value, i) => number(`${name}[${i}]`, value)).join(',') : undefined
}

function bytes(name: string, value: bigint | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) {
    throw new InputError('INPUT_OPTION', `the filter ${name} must be a number of bytes`, { where: name })
  }
  return String(value)
}
