/** zdb: a namespace of the 0-DB on one HDD. Source: threefoldtech/zosbase pkg/primitives/zdb. */
import type { Zdb } from '../../../zos/workloads/data.js'
import type { LiveWorkload } from '../engine/state.js'
import { type ProvisionContext, refuse, type Updated, type WorkloadManager } from './manager.js'

const ZDB_PORT = 9900

export const zdbManager: WorkloadManager<'zdb'> = {
  provision(context, { data }) {
    // The light node's network daemon never creates the resource that its 0-DB containers attach through.
    if (context.node.light) {
      throw refuse('failed to start zdb container: failed to prepare zdb network: resource not found: dmz')
    }
    const held = context.node.disks.placeNamespace(data.size)
    return { data: result(context, held.pool), held: [held] }
  },

  update: updateNamespace,
}

function updateNamespace(context: ProvisionContext, { data }: { data: Zdb }, live: LiveWorkload): Updated {
  const old = live.current.data as Zdb
  if (data.mode !== old.mode) return { unchanged: 'cannot change namespace mode' }
  if (data.size < old.size) return { unchanged: 'cannot shrink zdb namespace' }
  if (data.size === old.size && data.password === old.password && data.public === old.public) return 'no action needed'

  const [held] = live.held
  if (!held) throw refuse('namespace not found')
  if (!context.node.disks.fits(held.pool, data.size - held.bytes)) {
    return { unchanged: 'no enough free space to support new size' }
  }
  return { data: result(context, held.pool), held: [{ pool: held.pool, bytes: data.size }] }
}

/** Addresses belong to the container of the disk: its namespaces share them. */
function result({ node, id }: ProvisionContext, device: string) {
  return { Namespace: id, IPs: node.overlay.containerAddresses(device, node.publicConfig()), Port: ZDB_PORT }
}
