/**
 * Which nodes a local grid has, and what they are made of: a pure function of the counts, so that a grid in a folder
 * comes back the same. Ids that are written in documentation stay: 11 and 168 are public full nodes.
 *
 * Addresses lie in ranges that are public (planners take a node with a private one for hidden); nothing is ever sent to
 * them.
 */
import { createHash } from 'node:crypto'

import type { GridNode, PublicConfig, Resources } from '../chain/port.js'
import { LocalGridError } from '../errors/localgrid.js'
import { COUNTRIES } from './countries.js'
import type { GpuSpec, PoolSpec } from './node/spec.js'
import type { NodeKind } from './ports.js'

/** How many nodes of each kind. */
export type NodeCounts = Readonly<Record<NodeKind, number>>

/** What is kept of a node between two starts; the rest follows. */
export interface PlannedNode {
  readonly nodeId: number
  readonly kind: NodeKind
}

export interface NodeDescription extends PlannedNode {
  readonly resources: Resources
  readonly pools: readonly PoolSpec[]
  readonly gpus: readonly GpuSpec[]
  readonly location: GridNode['location']
  readonly continent: string
  readonly publicConfig?: PublicConfig
  /** On the `zos` bridge, without mask. */
  readonly zosIps: readonly string[]
  readonly interfaces: GridNode['interfaces']
  readonly serialNumber: string
}

export const DEFAULT_COUNTS: NodeCounts = { full: 2, hidden: 1, gateway: 1, light: 1, gpu: 1 }
const KINDS = Object.keys(DEFAULT_COUNTS) as NodeKind[]
const MAX_NODES = 500
const MAX_PUBLIC_IPS = 200

const FIRST_IDS: Readonly<Record<NodeKind, readonly number[]>> = {
  full: [11, 168],
  hidden: [169],
  gateway: [170],
  light: [171],
  gpu: [172],
}
const FIRST_FREE_ID = 173

const GIB = 2n ** 30n
const TIB = 2n ** 40n

/** @throws {LocalGridError} LOCALGRID_OPTION */
export function readCounts(given: Partial<NodeCounts> | undefined): NodeCounts {
  for (const [kind, count] of Object.entries(given ?? {})) {
    if (!KINDS.includes(kind as NodeKind)) {
      throw refused(`nodes.${kind}`, `there are no nodes of the kind ${kind}`, `use ${KINDS.join(', ')}`)
    }
    if (!Number.isSafeInteger(count) || count < 0) {
      throw refused(`nodes.${kind}`, `the number of ${kind} nodes is not a whole number`, 'use 0 or more')
    }
  }
  const counts = { ...DEFAULT_COUNTS, ...given }
  if (counts.full < 2) {
    throw refused('nodes.full', 'a local grid has at least the full nodes 11 and 168', 'use 2 or more')
  }
  const total = KINDS.reduce((sum, kind) => sum + counts[kind], 0)
  if (total > MAX_NODES) throw refused('nodes', `${total} nodes are too many`, `use up to ${MAX_NODES} together`)
  return counts
}

/** The nodes that exist, and those that the counts ask for beyond them. A grid never loses a node. */
export function planNodes(counts: NodeCounts, existing: readonly PlannedNode[]): readonly PlannedNode[] {
  const planned = [...existing]
  const taken = new Set(existing.map(node => node.nodeId))
  const missing: NodeKind[] = []
  for (const kind of KINDS) {
    let has = existing.filter(node => node.kind === kind).length
    for (const nodeId of FIRST_IDS[kind]) {
      if (has >= counts[kind] || taken.has(nodeId)) continue
      planned.push({ nodeId, kind })
      taken.add(nodeId)
      has++
    }
    for (; has < counts[kind]; has++) missing.push(kind)
  }
  let nextId = Math.max(FIRST_FREE_ID - 1, ...taken) + 1
  for (const kind of missing) planned.push({ nodeId: nextId++, kind })
  return planned
}

export function describeNode({ nodeId, kind }: PlannedNode): NodeDescription {
  const country = COUNTRIES[nodeId % COUNTRIES.length] as (typeof COUNTRIES)[number]
  const city = country.cities[nodeId % country.cities.length] as (typeof country.cities)[number]
  const pools = poolsOf(nodeId)
  const sizeOf = (type: PoolSpec['type']) =>
    pools.reduce((sum, pool) => (pool.type === type ? sum + pool.sizeBytes : sum), 0n)
  const zosIps = [`192.168.${Math.floor(nodeId / 250)}.${2 + (nodeId % 250)}`]
  const publicConfig = publicConfigOf(nodeId, kind)
  return {
    nodeId,
    kind,
    resources: {
      cru: 16n << BigInt(nodeId % 3),
      mru: (64n << BigInt(nodeId % 3)) * GIB,
      sru: sizeOf('ssd'),
      hru: sizeOf('hdd'),
    },
    pools,
    gpus: kind === 'gpu' ? GPUS : [],
    location: { city: city.name, country: country.name, latitude: city.latitude, longitude: city.longitude },
    continent: country.region,
    ...(publicConfig ? { publicConfig } : {}),
    zosIps,
    interfaces: [{ name: 'zos', mac: macOf(nodeId), ips: zosIps }],
    serialNumber: `LOCAL-${String(nodeId).padStart(5, '0')}`,
  }
}

/** Free addresses of the farm, with their gateway. @throws {LocalGridError} LOCALGRID_OPTION */
export function planPublicIps(count: number): readonly { ip: string; gateway: string }[] {
  if (!Number.isSafeInteger(count) || count < 0 || count > MAX_PUBLIC_IPS) {
    throw refused('publicIps', 'the number of public addresses is out of range', `use 0 to ${MAX_PUBLIC_IPS}`)
  }
  return Array.from({ length: count }, (_, i) => ({ ip: `185.206.122.${33 + i}/24`, gateway: '185.206.122.1' }))
}

function poolsOf(nodeId: number): readonly PoolSpec[] {
  return [
    { name: diskName(nodeId, 'ssd-0'), type: 'ssd', sizeBytes: TIB },
    { name: diskName(nodeId, 'ssd-1'), type: 'ssd', sizeBytes: TIB << BigInt(nodeId % 2) },
    { name: diskName(nodeId, 'hdd-0'), type: 'hdd', sizeBytes: 4n * TIB },
  ]
}

/** Pools of Zero-OS are named by a UUID. */
function diskName(nodeId: number, disk: string): string {
  const hex = createHash('sha256').update(`${nodeId}/${disk}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const GPUS: readonly GpuSpec[] = [
  {
    id: '0000:28:00.0/1002/731f',
    vendor: 'Advanced Micro Devices, Inc. [AMD/ATI]',
    device: 'Navi 10 [Radeon RX 5600 OEM/5600 XT / 5700/5700 XT]',
    vram: 8192,
  },
  { id: '0000:81:00.0/10de/2204', vendor: 'NVIDIA Corporation', device: 'GA102 [GeForce RTX 3090]', vram: 24576 },
]

/** Hidden nodes have none, light ones neither: they are reached over Mycelium. */
function publicConfigOf(nodeId: number, kind: NodeKind): PublicConfig | undefined {
  if (kind === 'hidden' || kind === 'light') return undefined
  const network = `185.206.${123 + Math.floor(nodeId / 250)}`
  return {
    ip4: { ip: `${network}.${2 + (nodeId % 250)}/24`, gw: `${network}.1` },
    ip6: { ip: `2a02:1802:5e:1::${nodeId.toString(16)}/64`, gw: '2a02:1802:5e:1::1' },
    ...(kind === 'gateway' ? { domain: `gw${nodeId}.localgrid.test` } : {}),
  }
}

function macOf(nodeId: number): string {
  const low = nodeId.toString(16).padStart(4, '0')
  return `0c:c4:7a:51:${low.slice(0, 2)}:${low.slice(2)}`
}

function refused(where: string, message: string, hint: string): LocalGridError {
  return new LocalGridError('LOCALGRID_OPTION', message, { where, hint })
}
