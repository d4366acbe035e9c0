/** A public address, IPv4 from the contract, IPv6 from the node. Source: threefoldtech/zosbase pkg/gridtypes/zos/ipv4.go. */
import { struct } from '../json/composites.js'
import { flag } from '../json/scalars.js'
import type { PublicIpData } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const ip: WorkloadSpec<'ip'> = {
  type: 'ip',
  codec: struct<PublicIpData>('zos', 'PublicIP', { v4: flag, v6: flag }),
  validate: data => (data.v4 || data.v6 ? undefined : 'public ip workload with no selections'),
  challenge: data => `${data.v4}${data.v6}`,
  capacity: data => ({ ...noCapacity, ipv4u: data.v4 ? 1n : 0n }),
  updatable: false,
  sharable: false,
}
