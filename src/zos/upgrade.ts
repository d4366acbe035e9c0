/**
 * What a new version of a deployment does to the one a node has.
 *
 * Source: threefoldtech/zosbase pkg/gridtypes/deployment.go (Upgrade), pkg/provision/engine.go (Update).
 */
import { ZosError } from '../errors/zos.js'
import { checkDeployment } from './check.js'
import type { Deployment, Workload } from './deployment.js'
import { isUpdatable } from './workloads/registry.js'

export interface UpgradeStep {
  /** `untouched`: the node goes on with what it has stored, whatever the new version says of it. */
  readonly kind: 'add' | 'update' | 'remove' | 'untouched'
  /** As wanted for `add` and `update` (an update starts with the stored result), as stored for the others. */
  readonly workload: Workload
}

/** Steps in the order of the new version's list, then removals in that of the stored one. The node sorts them later.
 *
 * @param stored what the node has: the workloads that are there now
 * @throws {ZosError} ZOS_UPGRADE with exactly the node's text
 */
export function planUpgrade(stored: Deployment, next: Deployment): readonly UpgradeStep[] {
  const verdict = checkDeployment(next)
  if (!verdict.ok) throw refuse(`new deployment is invalid: ${verdict.message}`)
  if (stored.twin_id !== next.twin_id || stored.contract_id !== next.contract_id) {
    throw refuse('cannot change deployment or twin id')
  }
  const version = (stored.version + 1) % 2 ** 32
  if (next.version !== version) throw refuse(`expecting deployment version ${version}, got ${next.version}`)

  const current = new Map(stored.workloads.map(workload => [workload.name, workload]))
  const steps: UpgradeStep[] = []
  for (const workload of next.workloads) {
    const older = current.get(workload.name)
    current.delete(workload.name)

    if (!older) {
      if (workload.version !== version) {
        throw refuse(`invalid version number for workload '${workload.name}' expected '${version}'`)
      }
      steps.push({ kind: 'add', workload })
    } else if (older.type !== workload.type) {
      throw refuse(`cannot change workload type '${workload.name}'`)
    } else if (workload.version === version) {
      steps.push({ kind: 'update', workload: { ...workload, result: older.result } })
    } else {
      steps.push({ kind: 'untouched', workload: older })
    }
  }
  for (const workload of current.values()) steps.push({ kind: 'remove', workload })

  const fixed = steps.find(({ kind, workload }) => kind === 'update' && !isUpdatable(workload.type))
  if (fixed) throw refuse(`workload '${fixed.workload.type}' does not support upgrade`)
  return steps
}

function refuse(message: string): ZosError {
  return new ZosError('ZOS_UPGRADE', `${message}: upgrade validation error`)
}
