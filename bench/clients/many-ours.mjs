/**
 * Many machines in one model, spread over all full nodes of a grid. Prints one JSON line.
 *
 *     BENCH_GRID='{"urls":…,"mnemonic":…,"nodes":…}' node many-ours.mjs COUNT
 */
import { GridClient } from 'hyphae'

import { deployment, machine } from './models.cjs'

const count = Number(process.argv[2])
const { urls, mnemonic, nodes } = JSON.parse(process.env.BENCH_GRID)
const full = nodes.filter(node => node.kind === 'full')
const machines = Array.from({ length: count }, (_, i) => machine(`vm${i}`, full[i % full.length].nodeId))
const model = deployment('many', 'manynet', machines)

const client = new GridClient({ ...urls, mnemonic, network: 'dev' })
await client.connect()
const [planMs, plan] = await timed(() => client.machines.plan(model))
const [deployMs, result] = await timed(() => client.machines.deploy(model))
const ready = result.machines.filter(one => one.status === 'ok' && one.myceliumIP !== '').length
if (ready !== count) throw new Error(`${ready} of ${count} machines are ready`)
const [againMs, again] = await timed(() => client.machines.plan(model))
if (!again.empty) throw new Error('the second plan is not empty')
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(`${JSON.stringify({ planMs, deployMs, againMs, steps: plan.steps.length, peakBytes })}\n`)
await client.disconnect()

async function timed(work) {
  const startedAt = performance.now()
  const value = await work()
  return [performance.now() - startedAt, value]
}
