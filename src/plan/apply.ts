/**
 * Making a plan true: wave by wave, chain first and final, then all nodes at once, then every workload is waited for.
 *
 * What a node is told must already be on the chain, or it marks running workloads as failed; so nothing is sent before
 * its block is final. Killed anywhere, the next run observes, plans and goes on: nothing here is remembered but the
 * journal's intents. What fails on one node does not stop the others; contracts are cancelled only when nothing failed.
 */
import { GridError } from '../errors/grid.js'
import { type ChainWrites, needsChain, writeChain } from './chain-writes.js'
import { applyError, type Failure } from './failure.js'
import { isSent, tellNode } from './node-writes.js'
import type { NodeBook } from './observe.js'
import type { Plan } from './plan.js'
import type { GridPorts } from './ports.js'
import type { DeploymentStep, Step } from './step.js'

export interface Applied extends ChainWrites {
  readonly elapsedMs: number
}

/** @throws {GridError} GRID_WORKLOAD_FAILED, GRID_NODE_UNREACHABLE … after everything that could be done was done */
export async function applyPlan(
  plan: Plan,
  ports: GridPorts,
  nodes: NodeBook,
  options: { signal?: AbortSignal } = {},
): Promise<Applied> {
  const startedAt = performance.now()
  const { host } = ports
  refuseWhatLosesData(plan)
  host.notify({
    code: 'APPLY_STARTED',
    level: 'info',
    text: `${plan.name}: ${plan.steps.length} steps`,
    data: { name: plan.name, steps: plan.steps.length },
  })

  const applied: ChainWrites = { created: [], updated: [], cancelled: [] }
  const failures: Failure[] = []
  const failedKeys = new Set<string>()
  for (const step of plan.steps) {
    if (step.kind === 'hold') failures.push({ kind: 'held', step })
  }

  for (const wave of waves(plan.steps)) {
    const steps = wave.filter(step => {
      if (step.kind === 'hold') return false
      // What is moved elsewhere is given up only once the new place stands.
      return step.kind === 'cancel' && step.wave > 0 ? failures.length === 0 : !failedKeys.has(step.key)
    })
    const contractIds = await writeChain(steps.filter(needsChain), ports, applied, options)
    const outcomes = await Promise.all(
      [...groupByNode(steps.filter(isSent))].map(([nodeId, sent]) =>
        tellNode(nodes.calls(nodeId), sent, contractIds, ports, options),
      ),
    )
    for (const outcome of outcomes) {
      failures.push(...outcome.failures)
      for (const key of outcome.untried) failedKeys.add(key)
      for (const failure of outcome.failures) if (failure.kind !== 'held') failedKeys.add(failure.key)
    }
  }

  const elapsedMs = performance.now() - startedAt
  if (failures.length > 0) throw applyError(plan.name, failures)
  host.notify({
    code: 'APPLY_DONE',
    level: 'info',
    text: `${plan.name} is as planned`,
    data: { name: plan.name, elapsedMs: Math.round(elapsedMs) },
  })
  return { ...applied, elapsedMs }
}

/** Before the first write: steps that need a decision of the person. */
function refuseWhatLosesData(plan: Plan): void {
  const blocked = plan.steps.filter(
    step => step.kind === 'hold' && (step.reason === 'shrink' || step.reason === 'replace'),
  )
  const [first] = blocked
  if (first?.kind !== 'hold') return
  throw new GridError('GRID_UNSUPPORTED', `${first.key}: ${first.because}`, {
    where: `node ${first.nodeId}`,
    hint:
      first.reason === 'replace'
        ? `allow it with { allowReplace: true }; this would be lost: ${first.lost.join(', ') || 'nothing'}`
        : 'keep the size, or delete the disk and make a new one',
    details: { steps: blocked.map(step => ({ key: step.key, because: step.because })) },
  })
}

function waves(steps: readonly Step[]): readonly (readonly Step[])[] {
  return [...new Set(steps.map(step => step.wave))].sort().map(wave => steps.filter(step => step.wave === wave))
}

function groupByNode(steps: readonly DeploymentStep[]): ReadonlyMap<number, readonly DeploymentStep[]> {
  const groups = new Map<number, DeploymentStep[]>()
  for (const step of steps) {
    const group = groups.get(step.nodeId)
    if (group) group.push(step)
    else groups.set(step.nodeId, [step])
  }
  return groups
}
