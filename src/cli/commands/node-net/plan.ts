/** `hyphae node net plan`: what apply would do, on this node or from nothing. */
import { type CliContext, terminalOf } from '../../context.js'
import { networkPlanLines } from '../../render/network-plan.js'
import { wrapped } from '../../render/text.js'
import { treeLines } from '../../render/tree.js'
import { type NodeNetFlags, openNodeNetwork, readConfig } from './open.js'

export interface PlanFlags extends NodeNetFlags {
  readonly simulate: boolean
}

export async function plan(this: CliContext, flags: PlanFlags): Promise<void> {
  if (flags.simulate) return simulated.call(this, flags)
  const network = await openNodeNetwork(this, flags, { services: 'known' })
  const planned = await network.plan()
  const { stdout, env } = this.process
  if (flags.json) stdout.write(`${JSON.stringify(planned)}\n`)
  else stdout.write(`${networkPlanLines(planned, terminalOf(stdout, env)).join('\n')}\n`)
}

async function simulated(this: CliContext, flags: PlanFlags): Promise<void> {
  const { simulateNode, statusTree } = await import('../../../network/node/index.js')
  const { planned, status } = await simulateNode(await readConfig(this, flags.config))
  const { stdout, env } = this.process
  if (flags.json) {
    stdout.write(`${JSON.stringify({ ...planned, status, exampleAddresses: true })}\n`)
    return
  }
  const terminal = terminalOf(stdout, env)
  const told = 'afterwards, with example addresses for what DHCP servers and routers would give out:'
  const after = treeLines(statusTree(status), terminal)
  stdout.write(
    `${[...networkPlanLines(planned, terminal), '', ...wrapped(told, terminal.columns), ...after].join('\n')}\n`,
  )
}
