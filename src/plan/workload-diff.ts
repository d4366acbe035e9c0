/**
 * What has to happen to each workload of one deployment. The rules are the node's: some types change in place, the
 * others leave in one version and return in the next, and what hangs on them goes along.
 * Source: threefoldtech/zosbase pkg/gridtypes, pkg/provision (update rules by type).
 */
import type { Workload } from '../zos/deployment.js'
import type { WorkloadType } from '../zos/workloads/data.js'
import { isUpdatable } from '../zos/workloads/registry.js'
import type { DesiredWorkload } from './desired.js'
import { fieldChanges } from './field-changes.js'
import type { Change } from './step.js'

export type Verdict =
  /** As it should be. */
  | { readonly kind: 'keep'; readonly current: Workload }
  /** As it should be, once the node is done with it. */
  | { readonly kind: 'pending'; readonly current: Workload }
  | { readonly kind: 'add' }
  | { readonly kind: 'update'; readonly current: Workload }
  | { readonly kind: 'recreate'; readonly current: Workload }
  /** The node would refuse it, and nothing short of losing the data would do. */
  | { readonly kind: 'shrink'; readonly current: Workload }

export interface WorkloadDiff {
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly removed: readonly Workload[]
  readonly changes: readonly Change[]
}

/** Types that hold data a person would miss. */
export function isStorage(type: WorkloadType): boolean {
  return type === 'zmount' || type === 'volume' || type === 'zdb' || type === 'qsfs'
}

/** @param heldData storage that failed now but worked once */
export function diffWorkloads(
  want: readonly DesiredWorkload[],
  have: readonly Workload[],
  heldData: ReadonlySet<string> = new Set(),
): WorkloadDiff {
  const current = new Map(have.map(workload => [workload.name, workload]))
  const verdicts = new Map<string, Verdict>()
  const changes: Change[] = []
  const note = (of: { name: string; type: Change['type'] }, action: Change['action'], rest: Partial<Change> = {}) =>
    changes.push({ action, workload: of.name, type: of.type, ...rest })

  for (const workload of want) {
    const now = current.get(workload.name)
    if (!now || now.result.state === 'deleted') {
      verdicts.set(workload.name, { kind: 'add' })
      note(workload, 'add')
      continue
    }
    if (now.type !== workload.type) {
      verdicts.set(workload.name, { kind: 'recreate', current: now })
      note(workload, 'recreate', { path: 'type', from: now.type, to: workload.type })
      continue
    }

    const fields = fieldChanges(now.data, workload.data)
    const failed = now.result.state === 'error'
    if (fields.length === 0 && !failed) {
      verdicts.set(workload.name, { kind: now.result.state === 'init' ? 'pending' : 'keep', current: now })
      continue
    }
    // A node takes an update of what it never made for a change of nothing: it must leave and come again.
    const neverMade = failed && isStorage(workload.type) && !heldData.has(workload.name)
    if (!neverMade && shrinks(now, workload)) {
      verdicts.set(workload.name, { kind: 'shrink', current: now })
      for (const field of fields) note(workload, 'update', field)
      continue
    }
    const action = isUpdatable(workload.type) && !neverMade ? 'update' : 'recreate'
    verdicts.set(workload.name, { kind: action, current: now })
    for (const field of fields) note(workload, action, field)
    // A node never tries a failed workload again by itself.
    if (failed) note(workload, action, { path: 'result.state', from: 'error', to: 'ok' })
  }

  const wanted = new Set(want.map(workload => workload.name))
  const removed = have.filter(workload => !wanted.has(workload.name) && workload.result.state !== 'deleted')
  for (const workload of removed) note(workload, 'remove')

  spread(want, verdicts, note)
  return { verdicts, removed, changes }
}

type Note = (of: { name: string; type: Change['type'] }, action: Change['action'], rest?: Partial<Change>) => void

/** A machine goes along with a disk it holds (nodes refuse to grow a mounted disk), a log along with its machine. */
function spread(want: readonly DesiredWorkload[], verdicts: Map<string, Verdict>, note: Note): void {
  const moves = (name: string, kinds: readonly Verdict['kind'][]) => kinds.includes(verdicts.get(name)?.kind ?? 'keep')
  const recreate = (workload: DesiredWorkload, cause: string) => {
    const verdict = verdicts.get(workload.name)
    if (verdict?.kind !== 'keep' && verdict?.kind !== 'pending') return
    verdicts.set(workload.name, { kind: 'recreate', current: verdict.current })
    note(workload, 'recreate', { path: cause })
  }

  for (const workload of want) {
    if (workload.type !== 'zmachine' && workload.type !== 'zmachine-light') continue
    for (const mount of workload.data.mounts) {
      const disk = want.find(other => other.name === mount.name)
      const held = disk?.type === 'zmount' ? (['update', 'recreate'] as const) : (['recreate'] as const)
      if (moves(mount.name, held)) recreate(workload, `disk ${mount.name} changes`)
    }
    if (workload.type === 'zmachine' && workload.data.network.public_ip !== '') {
      const ip = workload.data.network.public_ip
      if (moves(ip, ['recreate'])) recreate(workload, `public address ${ip} changes`)
    }
  }
  for (const workload of want) {
    if (workload.type !== 'zlogs') continue
    if (moves(workload.data.zmachine, ['recreate'])) recreate(workload, `machine ${workload.data.zmachine} returns`)
  }
}

function shrinks(now: Workload, want: DesiredWorkload): boolean {
  if (want.type === 'zmount' || want.type === 'volume' || want.type === 'zdb') {
    return now.type === want.type && want.data.size < now.data.size
  }
  return false
}
