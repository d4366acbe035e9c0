/** What a node answers about a workload. Source: zosbase pkg/gridtypes/workload.go, pkg/gridtypes/zos, pkg/provision. */
import { ZosError } from '../errors/zos.js'
import { type Codec, decodeWith } from './json/codec.js'
import { list, struct } from './json/composites.js'
import { cidr, ip } from './json/go-types.js'
import type { JsonNode } from './json/node.js'
import { text, uint } from './json/scalars.js'

export type ResultState = 'init' | 'ok' | 'error' | 'paused' | 'deleted' | 'unchanged'

export interface WorkloadResult {
  /** Unix seconds; 0 while nothing happened. */
  created: number
  /** Empty in a deployment that no node has seen. */
  state: ResultState | ''
  /** The node's error text. */
  message: string
  /** As the node sent it; the typed readers below give it a shape. */
  data: unknown
}

export const emptyResult = (): WorkloadResult => ({ created: 0, state: '', message: '', data: null })

/** True for workloads that run, or would if their contract were paid. */
export function isActiveState(state: ResultState | ''): boolean {
  return state === 'ok' || state === 'paused'
}

export interface MachineResult {
  id: string
  ip: string
  /** Empty on light nodes. Legacy nodes call it `ygg_ip`. */
  planetary_ip: string
  mycelium_ip: string
  console_url: string
}

export interface PublicIpResult {
  ip: string
  ip6: string
  gateway: string
}

export interface ZdbResult {
  Namespace: string
  IPs: string[]
  Port: number
}

export interface ZMountResult {
  volume_id: string
}

export interface VolumeResult {
  id: string
}

export interface GatewayResult {
  /** Empty for a gateway with a domain of the user's own. */
  fqdn: string
}

export interface QsfsResult {
  path: string
  metrics_endpoint: string
}

const machineResult = struct<MachineResult & { ygg_ip: string }>('zos', 'ZMachineResult', {
  id: text(),
  ip: text(),
  planetary_ip: text(),
  mycelium_ip: text(),
  console_url: text(),
  ygg_ip: text(),
})

/** Result data of `zmachine` and `zmachine-light`. Like all readers here: `null` (nothing yet) gives empty values.
 *
 * @throws {ZosError} ZOS_DECODE for data that is not of this kind
 * @example readMachineResult({ id: '7-100-vm1', ip: '10.20.2.5', ygg_ip: '300::1' }).planetary_ip // '300::1'
 */
export function readMachineResult(data: unknown): MachineResult {
  const { ygg_ip, planetary_ip, ...rest } = read(machineResult, data)
  return { ...rest, planetary_ip: ygg_ip || planetary_ip }
}

/** Result data of `ip` and `ipv4`: CIDRs and the gateway's address, empty where there is none. @throws {ZosError} */
export const readPublicIpResult = reader(
  struct<PublicIpResult>('zos', 'PublicIPResult', { ip: cidr, ip6: cidr, gateway: ip }),
)

/** Result data of `zdb`; its keys are capitals on the wire. @throws {ZosError} */
export const readZdbResult = reader(
  struct<ZdbResult>('zos', 'ZDBResult', { Namespace: text(), IPs: list(text()), Port: uint(32) }),
)

/** Result data of `zmount`. @throws {ZosError} */
export const readZMountResult = reader(struct<ZMountResult>('zos', 'ZMountResult', { volume_id: text() }))

/** Result data of `volume`. @throws {ZosError} */
export const readVolumeResult = reader(struct<VolumeResult>('zos', 'VolumeResult', { id: text() }))

/** Result data of both gateways. @throws {ZosError} */
export const readGatewayResult = reader(struct<GatewayResult>('zos', 'GatewayProxyResult', { fqdn: text() }))

/** Result data of `qsfs`. @throws {ZosError} */
export const readQsfsResult = reader(
  struct<QsfsResult>('zos', 'QuatumSafeFSResult', { path: text(), metrics_endpoint: text() }),
)

function reader<T>(codec: Codec<T>): (data: unknown) => T {
  return data => read(codec, data)
}

function read<T>(codec: Codec<T>, data: unknown): T {
  const decoded = decodeWith(codec, (data ?? null) as JsonNode)
  if (decoded.ok) return decoded.value
  throw new ZosError('ZOS_DECODE', `a node's result cannot be read: ${decoded.message}`)
}
