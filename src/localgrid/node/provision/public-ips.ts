/**
 * ip and ipv4: public addresses that machines of the deployment take. IPv4 addresses come from the contract, IPv6 ones
 * from the node's own /64. Source: threefoldtech/zosbase pkg/primitives/pubip/public_ip.go.
 */

import type { PublicConfig } from '../../../chain/port.js'
import { formatIpv6, parseIpv6 } from '../../../network/address/ipv6.js'
import type { Workload } from '../../../zos/deployment.js'
import { macFrom } from '../../../zos/mac.js'
import { deviceId } from '../../../zos/names.js'
import type { PublicIpResult } from '../../../zos/results.js'
import { type ProvisionContext, refuse, type WorkloadManager } from './manager.js'

export const publicIpManager: WorkloadManager<'ip'> = {
  provision: (context, workload) => ({ data: assign(context, workload) }),
}

/** The old type: always one IPv4 address. */
export const publicIpv4Manager: WorkloadManager<'ipv4'> = {
  provision: (context, workload) => ({ data: assign(context, workload) }),
}

/** A workload's result, once it has one that counts. */
export function publicIpResult(workload: Workload): PublicIpResult | undefined {
  if (workload.type !== 'ip' && workload.type !== 'ipv4') return undefined
  return workload.result.state === 'ok' ? (workload.result.data as PublicIpResult) : undefined
}

function assign(context: ProvisionContext, workload: Workload): PublicIpResult {
  const { v4, v6 } = wants(workload)
  const ip6 = v6 ? predictedSlaac(context) : ''
  const reserved = v4 ? reservedIp(context, workload) : undefined
  return { ip: reserved?.ip ?? '', ip6, gateway: reserved?.gateway ?? '' }
}

function wants(workload: Workload): { v4: boolean; v6: boolean } {
  return workload.type === 'ip' ? workload.data : { v4: workload.type === 'ipv4', v6: false }
}

/** The first address of the contract that no other workload of the deployment has; after a reboot, the same again. */
function reservedIp(context: ProvisionContext, workload: Workload): { ip: string; gateway: string } {
  const before = publicIpResult(workload)
  if (before) return before

  const reserved = context.contract?.publicIps ?? []
  const all = context.deployment.workloads.filter(other => other.type === 'ip' || other.type === 'ipv4')
  if (all.filter(other => wants(other).v4).length > reserved.length) {
    throw refuse(`required ${all.length} ips while contract has ${reserved.length} ip reserved`)
  }
  const used = all.filter(other => other.name !== workload.name).map(other => publicIpResult(other)?.ip)
  const free = reserved.find(({ ip }) => !used.includes(ip))
  if (!free) throw refuse('could not allocate public IP address to workload')
  return free
}

/** The address SLAAC will give the machine: the node's /64 and the EUI-64 form of the interface's MAC. */
function predictedSlaac(context: ProvisionContext): string {
  const subnet = publicIpv6(context.node.publicConfig())
  if (!subnet) throw refuse('could not look up ipv6 prefix: no public ipv6 found')
  const [base, length] = subnet.split('/') as [string, string | undefined]
  const mac = macFrom(deviceId(context.id, 'pub'))
  const address = parseIpv6(base).slice()
  const [a, b, c, d, e, f] = mac as unknown as [number, number, number, number, number, number]
  address.set([a ^ 2, b, c, 0xff, 0xfe, d, e, f], 8)
  return `${formatIpv6(address)}/${length ?? 64}`
}

/** CIDR of the node's public IPv6, when it has one. */
export function publicIpv6(config: PublicConfig | undefined): string | undefined {
  return config?.ip6?.ip ? config.ip6.ip : undefined
}
