/** A checked reply of the proxy as Hyphae's `NodeInfo`. */
import type { Capacity, NodeInfo } from './port.js'
import type { CapacityReply, NodeReply } from './schema/node.js'

const NOTHING: CapacityReply = { cru: 0, mru: 0, sru: 0, hru: 0 }

export function readNode(reply: NodeReply): NodeInfo {
  const publicConfig = readPublicConfig(reply.publicConfig)
  return {
    nodeId: reply.nodeId,
    farmId: reply.farmId,
    farmName: reply.farmName ?? '',
    twinId: reply.twinId,
    country: reply.country ?? '',
    city: reply.city ?? '',
    status: reply.status,
    healthy: reply.healthy ?? false,
    total: readCapacity(reply.capacity?.total_resources ?? reply.total_resources),
    used: readCapacity(reply.capacity?.used_resources ?? reply.used_resources),
    ...(publicConfig === undefined ? {} : { publicConfig }),
    certification: reply.certificationType ?? '',
    dedicated: reply.dedicated ?? false,
    inDedicatedFarm: reply.inDedicatedFarm ?? false,
    rentContractId: BigInt(reply.rentContractId ?? 0),
    rentedByTwinId: reply.rentedByTwinId ?? 0,
    rentable: reply.rentable ?? false,
    rented: reply.rented ?? false,
    gpus: reply.num_gpu ?? 0,
    features: reply.features ?? [],
    farmFreeIps: reply.farm_free_ips ?? 0,
    extraFeeMilliUsd: BigInt(reply.extraFee ?? 0),
  }
}

function readCapacity({ cru, mru, sru, hru }: CapacityReply = NOTHING): Capacity {
  return { cru: BigInt(cru), mru: BigInt(mru), sru: BigInt(sru), hru: BigInt(hru) }
}

/** The proxy prints empty strings where there is nothing. */
function readPublicConfig(config: NodeReply['publicConfig']): NodeInfo['publicConfig'] {
  const given = Object.entries(config ?? {}).filter(
    ([name, value]) => ['domain', 'ipv4', 'ipv6', 'gw4', 'gw6'].includes(name) && value,
  )
  return given.length === 0 ? undefined : (Object.fromEntries(given) as NonNullable<NodeInfo['publicConfig']>)
}
