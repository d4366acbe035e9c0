/** Nodes with the zos engine, answering over RMB. */
import { LocalGridError } from '../../errors/localgrid.js'
import type { RunningNodes, StartNodesOptions } from './options.js'

export type { RunningNodes, StartNodesOptions, VerifySignature } from './options.js'
export type { GpuSpec, NodeSpec, PoolSpec } from './spec.js'

/** Starts every node of `options.nodes`. */
export async function startNodes(options: StartNodesOptions): Promise<RunningNodes> {
  throw new LocalGridError('LOCALGRID_OPTION', `nodes are not built yet (${options.nodes.length} asked for)`)
}
