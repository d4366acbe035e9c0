/** zmount and volume: pieces of an SSD. Source: threefoldtech/zosbase pkg/primitives/{zmount,volume}. */

import { isActive } from '../engine/state.js'
import { messageOf, refuse, type WorkloadManager } from './manager.js'

export const zmountManager: WorkloadManager<'zmount'> = {
  provision({ node, id }, { data }) {
    try {
      return { data: { volume_id: id }, held: [node.disks.place(data.size)] }
    } catch (error) {
      throw refuse(`failed to find a candidate to host vdisk of size '${data.size}': ${messageOf(error)}`)
    }
  },

  update({ node, id, deployment }, { name, data }, live) {
    const old = live.current.data as { size: bigint }
    if (data.size === old.size) return 'no action needed'
    if (data.size < old.size) return { unchanged: 'not safe to shrink a disk' }

    // Machines of light nodes are not looked at, on a real node either.
    const mounted = deployment.workloads.some(
      other =>
        other.type === 'zmachine' &&
        isActive(other.result.state) &&
        other.data.mounts.some(mount => mount.name === name),
    )
    if (mounted) return { unchanged: 'disk is mounted, please delete the VM first' }

    const [held] = live.held
    if (!held) return { unchanged: `disk with id '${id}' does not exists: file does not exist` }
    if (!node.disks.fits(held.pool, data.size - held.bytes)) {
      return { unchanged: 'not enough space left in pools of this type ssd' }
    }
    return { data: { volume_id: id }, held: [{ pool: held.pool, bytes: data.size }] }
  },
}

export const volumeManager: WorkloadManager<'volume'> = {
  provision({ node, id }, { data }) {
    try {
      return { data: { id }, held: [node.disks.place(data.size)] }
    } catch (error) {
      throw refuse(`failed to create new volume with name "${id}": ${messageOf(error)}`)
    }
  },

  /** Compared with the quota that is set, not with what was asked last; too small is an error, unlike for a zmount. */
  update({ node, id }, { data }, live) {
    const [held] = live.held
    if (!held) throw refuse(`no volume with name "${id}" found: %!w(<nil>)`)
    if (data.size < held.bytes) {
      throw refuse(
        `cannot shrink volume to be less than provisioned space. old: ${held.bytes}, requested: ${data.size}`,
      )
    }
    if (!node.disks.fits(held.pool, data.size - held.bytes)) {
      throw refuse(`failed to update volume "${id}": not enough space left in pools of this type ssd`)
    }
    return { data: { id }, held: [{ pool: held.pool, bytes: data.size }] }
  },
}
