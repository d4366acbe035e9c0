/** `hyphae node net apply`: makes the node's network so. */
import { type CliContext, terminalOf } from '../../context.js'
import { readinessLines } from '../../render/node-network.js'
import { type NodeNetFlags, openNodeNetwork, withSignal } from './open.js'

export interface ApplyFlags extends NodeNetFlags {
  readonly reprobe: boolean
}

export async function apply(this: CliContext, flags: ApplyFlags): Promise<void> {
  const network = await openNodeNetwork(this, flags, { services: 'running' })
  const done = await withSignal(this, signal => network.apply({ reprobe: flags.reprobe, signal }))
  const { stdout, env } = this.process
  // For machines the last message says it.
  if (!flags.json) stdout.write(`${readinessLines(done, terminalOf(stdout, env)).join('\n')}\n`)
}
