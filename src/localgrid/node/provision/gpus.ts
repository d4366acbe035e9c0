/** Which machine has which GPU. Source: threefoldtech/zosbase pkg/primitives/vmgpu, pkg/vm/manager.go. */
import type { ZMachineLight } from '../../../zos/workloads/data.js'
import { idOf, isActive, keyOf, type NodeState } from '../engine/state.js'
import { type ProvisionContext, refuse } from './manager.js'

/** @throws {ZosError} not rented, unknown, or taken */
export function checkGpus(context: ProvisionContext, data: ZMachineLight): void {
  const asked = data.gpu ?? []
  if (asked.length === 0) return
  if (!context.rented) throw refuse('usage of GPU is not allowed unless node is rented')

  const known = new Set((context.node.spec.gpus ?? []).map(gpu => gpu.id))
  const unknown = asked.find(id => !known.has(id))
  if (unknown !== undefined) throw refuse(`failed to prepare requested gpu device(s): unknown GPU id '${unknown}'`)

  const taken = gpusInUse(context.node.state, context.id)
  const busy = asked.find(id => taken.has(id))
  if (busy !== undefined) throw refuse(`device '${busy.split('/')[0]}' is already used by another workload`)
}

/** GPU → contract of the running machine that has it. */
export function gpusInUse(state: NodeState, exceptId?: string): Map<string, bigint> {
  const used = new Map<string, bigint>()
  for (const { deployment, live } of state.workloads()) {
    const { current } = live
    if (current.type !== 'zmachine' && current.type !== 'zmachine-light') continue
    if (!isActive(current.result.state) || idOf(keyOf(deployment), current.name) === exceptId) continue
    for (const id of current.data.gpu ?? []) used.set(id, deployment.envelope.contract_id)
  }
  return used
}
