/** The older form of `ip`: always one IPv4 address. Source: threefoldtech/zosbase pkg/gridtypes/zos/ipv4.go. */
import { struct } from '../json/composites.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const ipv4: WorkloadSpec<'ipv4'> = {
  type: 'ipv4',
  codec: struct<Record<string, never>>('zos', 'PublicIP4', {}),
  validate: () => undefined,
  challenge: () => '',
  capacity: () => ({ ...noCapacity, ipv4u: 1n }),
  updatable: false,
  sharable: false,
}
