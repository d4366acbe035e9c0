/** What comes and goes with a machine. Pure. */
import type { DesiredWorkload } from '../../plan/desired.js'

/** Names of the machine, its disks, its public address and its log, among the workloads of its deployment. */
export function belongings(
  machine: string,
  all: readonly Pick<DesiredWorkload, 'type' | 'name' | 'data'>[],
): ReadonlySet<string> {
  const names = new Set([machine])
  for (const workload of all as readonly DesiredWorkload[]) {
    if (workload.type === 'zlogs' && workload.data.zmachine === machine) names.add(workload.name)
    if (workload.name !== machine) continue
    if (workload.type !== 'zmachine' && workload.type !== 'zmachine-light') continue
    for (const mount of workload.data.mounts) names.add(mount.name)
    if (workload.type === 'zmachine' && workload.data.network.public_ip !== '') {
      names.add(workload.data.network.public_ip)
    }
  }
  return names
}
