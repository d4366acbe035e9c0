/** `hyphae node net watch`: brings the node's network up and keeps it so. */
import type { CliContext } from '../../context.js'
import { type NodeNetFlags, openNodeNetwork, withSignal } from './open.js'

export async function watch(this: CliContext, flags: NodeNetFlags): Promise<void> {
  const network = await openNodeNetwork(this, flags, { services: 'running' })
  // Each phase is told to the host as it comes; Ctrl-C is the way it ends.
  await withSignal(this, signal => network.watch({ signal }).ended)
}
