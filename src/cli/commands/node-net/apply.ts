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
  const { choice, applied: operations, attempts, elapsedMs, readiness } = done
  if (flags.json) {
    stdout.write(
      `${JSON.stringify({ code: 'NODE_NET_APPLIED', level: 'info', data: { choice, operations: operations.length, attempts, elapsedMs, readiness } })}\n`,
    )
    return
  }
  stdout.write(`${readinessLines(done, terminalOf(stdout, env)).join('\n')}\n`)
}
