/**
 * In which order a node works on workloads: by type, since machines need disks and networks. Taking away goes the
 * exact other way. Source: threefoldtech/zos and zoslight cmds/modules/provisiond, zosbase pkg/provision/engine.go.
 */
import type { Workload } from '../../../zos/deployment.js'
import type { WorkloadType } from '../../../zos/workloads/data.js'
import { shuffled } from './shuffle.js'

const FULL: readonly WorkloadType[] = ['zmount', 'volume', 'qsfs', 'network', 'ipv4', 'ip', 'zmachine', 'zlogs']
const LIGHT: readonly WorkloadType[] = [
  'zmount',
  'volume',
  'qsfs',
  'network-light',
  'ipv4',
  'ip',
  'zmachine-light',
  'zlogs',
]
const ALL: readonly WorkloadType[] = [
  ...FULL,
  'zdb',
  'gateway-name-proxy',
  'gateway-fqdn-proxy',
  'network-light',
  'zmachine-light',
]

/** Every type once. What the fixed list leaves out follows in an order that differs from node to node. */
export function provisionOrder(light: boolean, seed: number): readonly WorkloadType[] {
  const first = light ? [...LIGHT] : [...FULL]
  const rest = [...new Set<WorkloadType>([...ALL, 'network', 'zmachine'])].filter(type => !first.includes(type))
  return [...first, ...shuffled(rest, seed)]
}

/** For installing: by type, disks of a type the biggest first, else as listed. */
export function installOrder(workloads: readonly Workload[], order: readonly WorkloadType[]): Workload[] {
  return order.flatMap(type => {
    const ofType = workloads.filter(workload => workload.type === type)
    if (type !== 'zmount' && type !== 'volume') return ofType
    return ofType.toSorted((a, b) => compareSizes(b, a))
  })
}

/** For uninstalling and pausing: types the other way round, each as listed. */
export function removalOrder(workloads: readonly Workload[], order: readonly WorkloadType[]): Workload[] {
  return order.toReversed().flatMap(type => workloads.filter(workload => workload.type === type))
}

/** The steps of an update: removals first, in reverse, then additions and changes together, forwards. */
export function updateOrder<T extends { readonly kind: string; readonly workload: Workload }>(
  steps: readonly T[],
  order: readonly WorkloadType[],
): T[] {
  const rank = (step: T) => (order.indexOf(step.workload.type) + 1) * (step.kind === 'remove' ? -1 : 1)
  return steps.toSorted((a, b) => rank(a) - rank(b))
}

function compareSizes(a: Workload, b: Workload): number {
  const [left, right] = [(a.data as { size: bigint }).size, (b.data as { size: bigint }).size]
  return left < right ? -1 : left > right ? 1 : 0
}
