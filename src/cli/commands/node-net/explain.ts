/** `hyphae node net explain`: which layout this is, and why. */
import { type CliContext, terminalOf } from '../../context.js'
import { explanationLines } from '../../render/node-network.js'
import { type NodeNetFlags, openNodeNetwork, withSignal } from './open.js'

export interface ExplainFlags extends NodeNetFlags {
  readonly probe: boolean
}

export async function explain(this: CliContext, flags: ExplainFlags): Promise<void> {
  const network = await openNodeNetwork(this, flags, { services: 'known' })
  const explanation = await withSignal(this, signal => network.explain({ probe: flags.probe, signal }))
  const { stdout, env } = this.process
  if (flags.json) {
    stdout.write(`${JSON.stringify(explanation)}\n`)
    return
  }
  stdout.write(`${explanationLines(explanation, terminalOf(stdout, env)).join('\n')}\n`)
  // A NIC that is down shows no cable either.
  if (!flags.probe && explanation.layout.label === 'no-uplink') {
    this.process.stderr.write('NICs that are not in use were not asked: --probe asks them\n')
  }
}
