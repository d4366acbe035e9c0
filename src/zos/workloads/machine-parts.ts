/** What full and light machines share. Source: threefoldtech/zosbase pkg/gridtypes/zos/{zmachine,zmachine_utils}.go. */
import { utf8Order } from '../../core/utf8-order.js'
import { NIL } from '../go/ip.js'
import { list, optional, struct, textMap } from '../json/composites.js'
import { hexBytes, ip, size, workloadName } from '../json/go-types.js'
import { flag, text, uint } from '../json/scalars.js'
import type { MachineInterface, MachineMount, MyceliumIp, ZMachineLight } from './data.js'
import { minimalRootSize, rootSize } from './root-size.js'
import { type Capacity, noCapacity } from './spec.js'

const MIN_MEMORY = 250n * 1024n ** 2n
/** Hex digits of a machine's 6-byte seed. */
const SEED_DIGITS = 12
const RESERVED_NETWORKS: readonly string[] = ['ygg', 'pub', 'mycelium']

const machineInterface = struct<MachineInterface>('zos', 'MachineInterface', { network: workloadName, ip })
const machineMount = struct<MachineMount>('zos', 'MachineMount', { name: workloadName, mountpoint: text() })
const machineCapacity = struct<ZMachineLight['compute_capacity']>('zos', 'MachineCapacity', {
  cpu: uint(8),
  memory: size,
})
// The Go field has no tag, so nodes print `Network`; both spellings are read.
const myceliumIp = struct<MyceliumIp>(
  'zos',
  'MyceliumIP',
  { network: workloadName, hex_seed: hexBytes },
  { network: { key: 'Network' } },
)

export const interfaces = list(machineInterface)
export const mycelium = optional(myceliumIp)

/** Everything of a machine but its network, in the order of the wire. */
export const machineFields = {
  size,
  compute_capacity: machineCapacity,
  mounts: list(machineMount),
  entrypoint: text(),
  env: textMap(),
  corex: flag,
  gpu: optional(list(text('zos.GPU'))),
}

/** The rules before those about a public address. */
export function validateBody(data: Pick<ZMachineLight, 'network' | 'size' | 'compute_capacity'>): string | undefined {
  const { cpu, memory } = data.compute_capacity
  if (data.network.interfaces.length !== 1) return 'only one network private network is supported at the moment'
  if (data.network.interfaces[0]?.ip === '') return 'invalid IP'
  if (cpu === 0) return `cpu capacity can't be 0`
  if (memory < MIN_MEMORY) return `mem capacity can't be less that 250M`

  const minimum = minimalRootSize(cpu, memory)
  if (data.size !== 0n && data.size < minimum) {
    return `disk size can't be less that ${minimum}. Set to 0 for minimum`
  }
  return undefined
}

/** The rules after them. */
export function validateOverlay(network: ZMachineLight['network']): string | undefined {
  const name = network.interfaces[0]?.network ?? ''
  if (RESERVED_NETWORKS.includes(name)) return `'${name}' is reserved network name`
  if (network.mycelium && network.mycelium.hex_seed.length !== SEED_DIGITS) {
    return 'invalid mycelium seed length expected 6 bytes'
  }
  return undefined
}

export function interfacesChallenge(network: ZMachineLight['network']): string {
  let out = ''
  for (const card of network.interfaces) out += card.network + (card.ip || NIL)
  return network.mycelium ? out + network.mycelium.network + network.mycelium.hex_seed : out
}

/** From the root size on; `corex` is covered by no hash. */
export function bodyChallenge(data: Omit<ZMachineLight, 'network' | 'flist'>): string {
  const { cpu, memory } = data.compute_capacity
  let out = `${data.size}${cpu}${memory}`
  for (const mount of data.mounts) out += mount.name + mount.mountpoint
  out += data.entrypoint
  for (const key of Object.keys(data.env).sort(utf8Order)) out += `${key}=${data.env[key]}`
  return out + (data.gpu ?? []).join('')
}

export function machineCapacityOf(data: Pick<ZMachineLight, 'size' | 'compute_capacity'>): Capacity {
  const { cpu, memory } = data.compute_capacity
  return { ...noCapacity, cru: BigInt(cpu), mru: memory, sru: rootSize(data) }
}
