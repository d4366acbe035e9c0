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
  if (flags.json) return
  // Done with one family, it may have the other a moment later: what is told is how it is now.
  const { readiness: now } = await network.status()
  stdout.write(`${readinessLines({ ...done, readiness: now }, terminalOf(stdout, env)).join('\n')}\n`)
}
