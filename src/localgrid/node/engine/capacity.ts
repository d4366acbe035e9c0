/**
 * What a node has, what is taken, and whether a workload's memory still fits. Processor cores are not counted, disks
 * have their own book-keeping. Source: threefoldtech/zosbase pkg/primitives/statistics.go, pkg/capacity.
 */
import type { Resources } from '../../../chain/port.js'
import { ZosError } from '../../../errors/zos.js'
import type { Workload } from '../../../zos/deployment.js'
import { workloadCapacity } from '../../../zos/workloads/registry.js'
import { type Capacity, noCapacity } from '../../../zos/workloads/spec.js'
import { cacheBytes } from '../provision/disks.js'
import type { DeploymentKey } from './records.js'
import { idOf, isActive, keyOf, type NodeState, type StoredDeployment } from './state.js'

const LEAST_MEMORY = 2n << 30n

/** What the system keeps for itself: memory, and the cache on disk. */
export function reservedCapacity(total: Resources): Capacity {
  const tenth = total.mru / 10n
  return { ...noCapacity, mru: tenth < LEAST_MEMORY ? LEAST_MEMORY : tenth, sru: cacheBytes(total.sru) }
}

export interface UsedCapacity {
  readonly used: Capacity
  readonly deployments: number
  readonly workloads: number
  /** Unix seconds; 0 when nothing runs. */
  readonly lastDeployment: number
}

/** Of every running or paused workload, without the system's part. `except` is the id of one that does not count. */
export function usedCapacity(state: NodeState, except?: string): UsedCapacity {
  let used = noCapacity
  let [deployments, workloads, lastDeployment] = [0, 0, 0]
  for (const deployment of state.deployments()) {
    let active = false
    for (const { current } of deployment.live.values()) {
      if (!isActive(current.result.state)) continue
      if (except !== undefined && idOf(keyOf(deployment), current.name) === except) continue
      used = add(used, workloadCapacity(current))
      active = true
      workloads++
      lastDeployment = Math.max(lastDeployment, current.result.created)
    }
    if (active) deployments++
  }
  return { used, deployments, workloads, lastDeployment }
}

/** What one contract uses: the node reports it to the chain. */
export function contractResources(deployment: StoredDeployment): Resources {
  const running = [...deployment.live.values()].filter(live => isActive(live.current.result.state))
  const { cru, mru, sru, hru } = running.map(live => workloadCapacity(live.current)).reduce(add, noCapacity)
  return { cru, mru, sru, hru }
}

/** @throws {ZosError} when the memory it asks for is not there */
export function checkMemory(state: NodeState, total: Resources, key: DeploymentKey, workload: Workload): void {
  const required = workloadCapacity(workload).mru
  if (required === 0n) return
  const taken = usedCapacity(state, idOf(key, workload.name)).used.mru + reservedCapacity(total).mru
  const usable = taken < total.mru ? total.mru - taken : 0n
  if (required <= usable) return
  throw new ZosError(
    'ZOS_INVALID',
    'failed to satisfy required capacity: cannot fulfil required memory size ' +
      `${required} bytes out of usable ${usable} bytes`,
  )
}

export function add(a: Capacity, b: Capacity): Capacity {
  return {
    cru: a.cru + b.cru,
    mru: a.mru + b.mru,
    sru: a.sru + b.sru,
    hru: a.hru + b.hru,
    ipv4u: a.ipv4u + b.ipv4u,
  }
}
