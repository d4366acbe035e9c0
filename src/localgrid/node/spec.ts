/**
 * What a node of the local grid is made of: hardware, addresses, identity. Everything it does follows from this and
 * from the chain.
 */
import type { Identity } from '../../chain/identity.js'
import type { PublicConfig, Resources } from '../../chain/port.js'
import type { WorkloadType } from '../../zos/workloads/data.js'
import type { NodeKind } from '../ports.js'

export interface GpuSpec {
  /** `slot/vendor/device`, e.g. `0000:28:00.0/1002/731f`. */
  readonly id: string
  readonly vendor: string
  readonly device: string
  /** MiB. */
  readonly vram: number
}

/** One disk, as the node's storage sees it: SSDs hold mounts and volumes, an HDD is given to one zdb as a whole. */
export interface PoolSpec {
  readonly name: string
  readonly type: 'ssd' | 'hdd'
  readonly sizeBytes: bigint
}

export interface NodeSpec {
  readonly nodeId: number
  readonly kind: NodeKind
  /** The node's own twin: the one it answers RMB for. */
  readonly twinId: number
  /** The account of that twin. */
  readonly identity: Identity
  /** cru in cores, the others in bytes; what the node registered on chain. */
  readonly resources: Resources
  /** What it starts with; a later `NodePublicConfigStored` wins. Absent on hidden nodes. */
  readonly publicConfig?: PublicConfig
  readonly gpus?: readonly GpuSpec[]
  /** Addresses on the `zos` bridge without mask, IPv4 first. One of 192.168.0.0/16 when absent. */
  readonly zosIps?: readonly string[]
  /** One SSD and one HDD of the sizes in `resources` when absent. */
  readonly pools?: readonly PoolSpec[]
  /** Where it stands; taken from the chain when absent. */
  readonly continent?: string
}

/** Full nodes run the whole of Zero-OS, light ones the part that needs no public addresses. */
export function isLight(kind: NodeKind): boolean {
  return kind === 'light'
}

const FULL: readonly WorkloadType[] = [
  'zmount',
  'network',
  'zdb',
  'zmachine',
  'volume',
  'ipv4',
  'ip',
  'gateway-name-proxy',
  'gateway-fqdn-proxy',
  'qsfs',
  'zlogs',
]
const LIGHT: readonly WorkloadType[] = ['zmachine-light', 'network-light', 'zdb', 'zmount', 'volume', 'qsfs', 'zlogs']

/** What `zos.system.node_features_get` answers.
 *
 * Source: threefoldtech/zosbase pkg/zos_api and pkg/zos_api_light; a light node offers gateways only with a domain.
 */
export function nodeFeatures(kind: NodeKind, hasDomain: boolean): readonly string[] {
  if (!isLight(kind)) return [...FULL, 'yggdrasil', 'mycelium', 'wireguard']
  const gateways = hasDomain ? ['gateway-name-proxy', 'gateway-fqdn-proxy'] : []
  return [...LIGHT, 'mycelium', 'wireguard', ...gateways]
}

/** The disks of a node that names none. */
export function poolsOf(spec: NodeSpec): readonly PoolSpec[] {
  if (spec.pools) return spec.pools
  const pools: PoolSpec[] = []
  if (spec.resources.sru > 0n) pools.push({ name: 'ssd-0', type: 'ssd', sizeBytes: spec.resources.sru })
  if (spec.resources.hru > 0n) pools.push({ name: 'hdd-0', type: 'hdd', sizeBytes: spec.resources.hru })
  return pools
}
