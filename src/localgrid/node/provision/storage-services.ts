/** qsfs and zlogs. Source: threefoldtech/zosbase pkg/primitives/{qsfs,zlogs}. */

import type { Qsfs } from '../../../zos/workloads/data.js'
import { isActive } from '../engine/state.js'
import { messageOf, type ProvisionContext, type Provisioned, refuse, type WorkloadManager } from './manager.js'

export const qsfsManager: WorkloadManager<'qsfs'> = {
  provision: (context, { data }) => mount(context, data, 'failed to create qsfs mount'),
  update: (context, { data }, live) => {
    const [held] = live.held
    if (!held) throw refuse('failed to update qsfs mount: the mount does not exist')
    if (!context.node.disks.fits(held.pool, data.cache - held.bytes)) {
      throw refuse('failed to update qsfs mount: not enough space left in pools of this type ssd')
    }
    return { data: result(context), held: [{ pool: held.pool, bytes: data.cache }] }
  },
}

function mount(context: ProvisionContext, data: Qsfs, what: string): Provisioned {
  // Light nodes list the feature, but nothing there serves it.
  if (context.node.light) throw refuse(`${what}: no answer from qsfsd`)
  try {
    return { data: result(context), held: [context.node.disks.place(data.cache)] }
  } catch (error) {
    throw refuse(`${what}: ${messageOf(error)}`)
  }
}

function result({ id, node }: ProvisionContext) {
  return {
    path: `/var/run/cache/qsfsd/mounts/${id}`,
    metrics_endpoint: `http://[${node.overlay.planetaryAddress(id)}]:9100/metrics`,
  }
}

export const zlogsManager: WorkloadManager<'zlogs'> = {
  provision({ deployment }, { data }) {
    const machine = deployment.workloads.find(workload => workload.name === data.zmachine)
    if (machine?.type !== 'zmachine') throw refuse(`no zmachine with name '${data.zmachine}'`)
    if (!isActive(machine.result.state)) throw refuse('machine state is not ok')
    return { data: null }
  },
}
