/** `hyphae node net lab`: a datacentre of namespaces, until Ctrl-C. */
import { systemClock } from '../../../core/clock.js'
import { CancelledError } from '../../../errors/wait.js'
import type { Lab, LabNode, Scenario } from '../../../network/node/index.js'
import { type CliContext, terminalOf } from '../../context.js'
import { explanationLines, readinessLines } from '../../render/node-network.js'
import { styleOf } from '../../render/style.js'
import { tableLines } from '../../render/table.js'
import { lineHost, withSignal } from './open.js'

/** Then it is shown as it stands. */
const SETTLE_MS = 5_000
const LOOK_MS = 50

export interface LabFlags {
  readonly json: boolean
  readonly bare: boolean
  readonly once: boolean
}

export async function lab(this: CliContext, flags: LabFlags, name?: string): Promise<void> {
  const { findScenario, SCENARIOS, startLab } = await import('../../../network/node/index.js')
  if (name === undefined) return listScenarios(this, flags, SCENARIOS)
  const { stderr } = this.process
  const scenario = findScenario(name)
  await withSignal(this, async signal => {
    const built = await startLab(scenario, { signal })
    const nodes: LabNode[] = []
    try {
      await showLab(this, flags, built)
      if (!flags.bare) await setUpNodes(this, flags, built, nodes, signal)
      if (flags.once) return
      if (!flags.json) stderr.write('Ctrl-C takes it down\n')
      await this.interrupted
    } finally {
      await Promise.all(nodes.map(node => node.close()))
      await built.stop()
    }
  })
}

function listScenarios(
  { process: { stdout, env } }: CliContext,
  { json }: LabFlags,
  scenarios: readonly Scenario[],
): void {
  if (json) {
    stdout.write(`${JSON.stringify(scenarios.map(({ name, title, description }) => ({ name, title, description })))}\n`)
    return
  }
  const { colors, columns } = terminalOf(stdout, env)
  const rows = scenarios.map(({ name, title, nodes }) => [name, nodes.length, title])
  const titles = [
    { title: 'scenario', whole: true },
    { title: 'nodes', align: 'right' as const },
    { title: 'what it is' },
  ]
  stdout.write(`${tableLines(titles, rows, { style: styleOf(colors), columns }).join('\n')}\n`)
}

async function showLab(
  { process: { stdout } }: CliContext,
  { json }: LabFlags,
  { scenario, nodes, users }: Lab,
): Promise<void> {
  const { drawScenario } = await import('../../../network/node/index.js')
  const machines = [...nodes.values(), ...users.values()].map(({ name, enter }) => ({ name, enter }))
  if (json) {
    stdout.write(`${JSON.stringify({ scenario: scenario.name, machines })}\n`)
    return
  }
  const ways = machines.map(({ name, enter }) => `  ${name}: ${[...enter, 'bash'].join(' ')}`)
  stdout.write(`${[...drawScenario(scenario), '', 'to look around inside:', ...ways, ''].join('\n')}\n`)
}

async function setUpNodes(
  context: CliContext,
  flags: LabFlags,
  { scenario, nodes }: Lab,
  opened: LabNode[],
  signal: AbortSignal,
): Promise<void> {
  const { openLabNode } = await import('../../../network/node/index.js')
  const { stdout, env } = context.process
  const terminal = terminalOf(stdout, env)
  for (const { name, config, expected } of scenario.nodes) {
    const machine = nodes.get(name)
    if (machine === undefined) continue
    const node = await openLabNode(machine, config, lineHost(context, flags.json))
    opened.push(node)
    // A node without a way out is a scenario too: it says so, and goes on looking.
    const applied = expected.label === 'no-uplink' ? undefined : await node.network.apply({ signal })
    if (applied !== undefined) await untilSettled(node, expected.stack, signal)
    const explanation = await node.network.explain({ probe: applied === undefined, signal })
    if (flags.json) {
      stdout.write(
        `${JSON.stringify({ node: name, ...explanation, ...(applied === undefined ? {} : { readiness: applied.readiness }) })}\n`,
      )
      continue
    }
    const lines = [styleOf(terminal.colors).heading(name), ...explanationLines(explanation, terminal)]
    if (applied !== undefined) {
      // Ready with one family, it may have the other by now.
      const { readiness } = await node.network.status()
      lines.push('', ...readinessLines({ ...applied, readiness }, terminal))
    }
    stdout.write(`${[...lines, ''].join('\n')}\n`)
  }
}

/** Ready with one family, a node may have the other a moment later: then its layout is what the scenario is about. */
async function untilSettled(
  { network }: LabNode,
  stack: Scenario['nodes'][number]['expected']['stack'],
  signal: AbortSignal,
): Promise<void> {
  const endsAt = performance.now() + SETTLE_MS
  while (performance.now() < endsAt) {
    const { ipv4, ipv6 } = (await network.status()).readiness
    if ((ipv4.ready || stack === 'v6') && (ipv6.ready || stack === 'v4')) return
    if (signal.aborted) throw new CancelledError('the lab', { cause: signal.reason })
    await systemClock.sleep(LOOK_MS)
  }
}
