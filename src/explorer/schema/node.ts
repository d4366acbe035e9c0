/**
 * A node in the REST proxy's words. The list has the resources at the top, `/nodes/N` has them under `capacity`; all
 * else is the same. Source: threefoldtech/tfgrid-sdk-go, grid-proxy/pkg/types/nodes.go.
 */
import { exactNumber, id } from './numbers.js'

export interface CapacityReply {
  cru: number
  mru: number
  sru: number
  hru: number
}

export interface NodeReply {
  nodeId: number
  farmId: number
  twinId: number
  status: string
  farmName?: string | null
  country?: string | null
  city?: string | null
  total_resources?: CapacityReply
  used_resources?: CapacityReply
  capacity?: { total_resources: CapacityReply; used_resources: CapacityReply }
  publicConfig?: {
    domain?: string | null
    ipv4?: string | null
    ipv6?: string | null
    gw4?: string | null
    gw6?: string | null
  } | null
  certificationType?: string | null
  dedicated?: boolean | null
  inDedicatedFarm?: boolean | null
  rentContractId?: number | null
  rentedByTwinId?: number | null
  rentable?: boolean | null
  rented?: boolean | null
  healthy?: boolean | null
  num_gpu?: number | null
  extraFee?: number | null
  farm_free_ips?: number | null
  features?: string[] | null
}

const optional = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })
const text = optional({ type: 'string', maxLength: 1024 })
const flag = optional({ type: 'boolean' })
const number = optional(exactNumber)

const capacity = {
  type: 'object',
  required: ['cru', 'mru', 'sru', 'hru'],
  properties: { cru: exactNumber, mru: exactNumber, sru: exactNumber, hru: exactNumber },
}
const capacities = {
  type: 'object',
  required: ['total_resources', 'used_resources'],
  properties: { total_resources: capacity, used_resources: capacity },
}

export const nodeSchema = {
  type: 'object',
  required: ['nodeId', 'farmId', 'twinId', 'status'],
  // What has no capacities at the top must have them below.
  if: { required: ['capacity'] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
  then: { properties: { capacity: capacities } },
  else: capacities,
  properties: {
    nodeId: id,
    farmId: id,
    twinId: id,
    status: { type: 'string', maxLength: 64 },
    farmName: text,
    country: text,
    city: text,
    publicConfig: optional({
      type: 'object',
      properties: { domain: text, ipv4: text, ipv6: text, gw4: text, gw6: text },
    }),
    certificationType: text,
    dedicated: flag,
    inDedicatedFarm: flag,
    rentContractId: number,
    rentedByTwinId: number,
    rentable: flag,
    rented: flag,
    healthy: flag,
    num_gpu: number,
    extraFee: number,
    farm_free_ips: number,
    features: optional({ type: 'array', maxItems: 256, items: { type: 'string', maxLength: 128 } }),
  },
}

/** Go prints an empty list as null. */
export const nodesSchema = { type: ['array', 'null'], items: nodeSchema }
