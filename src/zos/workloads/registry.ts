/** Every type of workload a node knows, each once. */
import type { Workload } from '../deployment.js'
import type { Codec } from '../json/codec.js'
import type { WorkloadData, WorkloadType } from './data.js'
import { gatewayFqdnProxy } from './gateway-fqdn-proxy.js'
import { gatewayNameProxy } from './gateway-name-proxy.js'
import { ip } from './ip.js'
import { ipv4 } from './ipv4.js'
import { network } from './network.js'
import { networkLight } from './network-light.js'
import { qsfs } from './qsfs.js'
import type { Capacity, Surroundings, WorkloadSpec } from './spec.js'
import { volume } from './volume.js'
import { zdb } from './zdb.js'
import { zlogs } from './zlogs.js'
import { zmachine } from './zmachine.js'
import { zmachineLight } from './zmachine-light.js'
import { zmount } from './zmount.js'

const specs: { readonly [T in WorkloadType]: WorkloadSpec<T> } = {
  zmount,
  volume,
  network,
  'network-light': networkLight,
  zdb,
  zmachine,
  'zmachine-light': zmachineLight,
  ip,
  ipv4,
  'gateway-name-proxy': gatewayNameProxy,
  'gateway-fqdn-proxy': gatewayFqdnProxy,
  qsfs,
  zlogs,
}

/** All types, in no order that means anything. */
export const workloadTypes = Object.keys(specs) as readonly WorkloadType[]

export function isWorkloadType(type: string): type is WorkloadType {
  return Object.hasOwn(specs, type)
}

/** True when a new deployment version may change a workload of this type in place. */
export function isUpdatable(type: WorkloadType): boolean {
  return specs[type].updatable
}

/** True when deployments of the same twin on the same node share it by name. */
export function isSharable(type: WorkloadType): boolean {
  return specs[type].sharable
}

/** What a workload takes of its node. */
export function workloadCapacity(workload: Pick<Workload, 'type' | 'data'>): Capacity {
  return anySpec(workload.type).capacity(workload.data)
}

type AnyData = WorkloadData[WorkloadType]

/** A spec whose type is only known at run time: whoever uses it brings data of the same type. */
export interface AnySpec {
  readonly codec: Codec<AnyData>
  validate(data: AnyData, around: Surroundings): string | undefined
  challenge(data: AnyData): string
  capacity(data: AnyData): Capacity
}

export function anySpec(type: WorkloadType): AnySpec {
  return specs[type] as unknown as AnySpec
}
