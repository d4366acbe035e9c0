/** Finding nodes. Names are the peer client's FilterOptions. */
import { field } from '../rules/field.js'
import { amount, flag, id, idList, listOf, oneOf, someText, whole } from '../rules/vocabulary.js'

/** What nodes can say they have. Source: threefoldtech/tfgrid-sdk-ts packages/types; threefoldtech/{zos,zoslight}. */
export const NODE_FEATURES = [
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
  'yggdrasil',
  'mycelium',
  'wireguard',
  'zmachine-light',
  'network-light',
] as const

const optional = { optional: true }
const gigabytes = amount(0, 1024 ** 2, 'GB')
const features = listOf(
  'feature',
  element => typeof element === 'string' && (NODE_FEATURES as readonly string[]).includes(element),
  `must be one of ${NODE_FEATURES.join(', ')}`,
  { most: 32, choices: NODE_FEATURES },
)

/** All that is given must hold. Memory and disks in GB. */
export class FilterOptions {
  /** Cores in total. */
  @field(whole(0, 65_535), optional) cru?: number
  /** Free memory. */
  @field(gigabytes, optional) mru?: number
  /** Free SSD. */
  @field(gigabytes, optional) sru?: number
  /** Free HDD. */
  @field(gigabytes, optional) hru?: number
  /** The farm has a free public IPv4 address. */
  @field(flag, optional) publicIPs?: boolean
  @field(flag, optional) accessNodeV4?: boolean
  @field(flag, optional) accessNodeV6?: boolean
  @field(flag, optional) hasIPv6?: boolean
  /** Can be a web gateway. */
  @field(flag, optional) gateway?: boolean
  @field(flag, optional) certified?: boolean
  @field(id, optional) farmId?: number
  @field(idList(0, 500), optional) farmIds?: number[]
  @field(someText, optional) farmName?: string
  @field(someText, optional) country?: string
  @field(someText, optional) city?: string
  @field(someText, optional) region?: string
  @field(flag, optional) dedicated?: boolean
  /** Usable by this twin. */
  @field(id, optional) availableFor?: number
  /** `up` when absent. */
  @field(oneOf(['up', 'down', 'standby']), optional) status?: 'up' | 'down' | 'standby'
  @field(whole(1, 1_000_000), optional) page?: number
  @field(whole(1, 500), optional) size?: number
  @field(flag, optional) hasGPU?: boolean
  @field(id, optional) rentedBy?: number
  @field(flag, optional) rentable?: boolean
  @field(id, optional) rentableOrRentedBy?: number
  @field(flag, optional) randomize?: boolean
  @field(flag, optional) ret_count?: boolean
  @field(flag, optional) healthy?: boolean
  @field(id, optional) nodeId?: number
  /** Left out of what is found. */
  @field(idList(0, 10_000), optional) nodeExclude?: number[]
  @field(features, optional) features?: string[]
  @field(flag, optional) wireguard?: boolean
  @field(flag, optional) mycelium?: boolean
  @field(flag, optional) planetary?: boolean
}

/** Which node: `nodes.get`. */
export class NodeModel {
  @field(id) id!: number
}
