/**
 * Making a plan true: wave by wave, chain first and final, then all nodes at once, then every workload is waited for.
 *
 * What a node is told must already be on the chain, or it marks running workloads as failed; so nothing is sent before
 * its block is final. Killed anywhere, the next run observes, plans and goes on: nothing here is remembered but the
 * journal's intents. What fails on one node does not stop the others; contracts are cancelled only when nothing failed.
 */
import type { ChainCall, Submitted } from '../chain/port.js'
import { Deadline } from '../core/deadline.js'
import { delays } from '../core/retry.js'
import { GridError } from '../errors/grid.js'
import { signDeployment } from '../zos/signature.js'
import { applyError, type Failure } from './failure.js'
import { isRefusal, type NodeCalls } from './node-calls.js'
import type { NodeBook } from './observe.js'
import type { Plan } from './plan.js'
import { type GridPorts, MAX_BATCH_CALLS } from './ports.js'
import type { CancelStep, CreateStep, DeploymentStep, SendStep, Step, UpdateStep } from './step.js'
import { waitForDeployment } from './wait.js'

export interface Applied {
  readonly created: readonly AppliedContract[]
  readonly updated: readonly AppliedContract[]
  readonly cancelled: readonly AppliedContract[]
  readonly elapsedMs: number
}

export interface AppliedContract {
  readonly contractId: bigint
  readonly nodeId: number
  readonly name: string
  readonly contractType: string
}

const RETRY = { firstMs: 50, factor: 2, maxMs: 3_000 }

type ChainStep = CreateStep | UpdateStep | SendStep | CancelStep

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

  const applied = {
    created: [] as AppliedContract[],
    updated: [] as AppliedContract[],
    cancelled: [] as AppliedContract[],
  }
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
    for (const failure of outcomes.flat()) {
      failures.push(failure)
      if (failure.kind !== 'held') failedKeys.add(failure.key)
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

/** Signs and submits the wave's extrinsics, at most MAX_BATCH_CALLS at a time. Returns step key → contract id. */
async function writeChain(
  steps: readonly ChainStep[],
  ports: GridPorts,
  applied: { created: AppliedContract[]; updated: AppliedContract[]; cancelled: AppliedContract[] },
  options: { signal?: AbortSignal },
): Promise<ReadonlyMap<string, bigint>> {
  const contractIds = new Map<string, bigint>()
  for (let i = 0; i < steps.length; i += MAX_BATCH_CALLS) {
    const part = steps.slice(i, i + MAX_BATCH_CALLS)
    const submitted = await submit(part, ports, options)

    const creates = part.filter(step => step.kind === 'create')
    creates.forEach((step, index) => {
      const contract = submitted.created[index]
      if (!contract)
        throw new GridError('GRID_CONFLICT', `the chain made no contract for ${step.key}`, { where: step.key })
      contractIds.set(step.key, contract.id)
      applied.created.push({ contractId: contract.id, ...nameOf(step) })
    })
    for (const step of part) {
      if (step.kind === 'update' || step.kind === 'send') {
        const known = applied.updated.some(({ contractId }) => contractId === step.contractId)
        if (!known) applied.updated.push({ contractId: step.contractId, ...nameOf(step) })
      }
      if (step.kind === 'cancel') applied.cancelled.push({ contractId: step.contractId, ...nameOf(step) })
    }
  }
  return contractIds
}

async function submit(
  steps: readonly ChainStep[],
  ports: GridPorts,
  options: { signal?: AbortSignal },
): Promise<Submitted> {
  const { chain, host, journal, limits } = ports
  const calls = steps.map(callOf)
  let intentId = ''

  const submitted = await chain.submit(calls, {
    timeoutMs: limits.chainMs,
    until: 'finalized',
    ...(options.signal ? { signal: options.signal } : {}),
    onIntent: async intent => {
      intentId = intent.extrinsicHash
      const creates = steps.flatMap(step => (step.kind === 'create' ? [{ hash: step.hash, ...nameOf(step) }] : []))
      await journal.append({ kind: 'intent', id: intentId, ...intent, creates })
      host.notify({
        code: 'BATCH_SUBMITTED',
        level: 'info',
        text: `${calls.length} extrinsics in one batch`,
        data: { calls: calls.length, extrinsicHash: intent.extrinsicHash },
      })
    },
    onIncluded: block =>
      host.notify({
        code: 'BATCH_INCLUDED',
        level: 'info',
        text: `the batch is in block ${block.number}`,
        data: { block: block.number, hash: block.hash },
      }),
  })

  const creates = steps.filter(step => step.kind === 'create')
  const contracts = creates.flatMap((step, i) => {
    const contract = submitted.created[i]
    return contract ? [{ contractId: String(contract.id), nodeId: step.nodeId }] : []
  })
  await journal.append({ kind: 'created', id: intentId, contracts })
  host.notify({
    code: 'BATCH_FINALIZED',
    level: 'info',
    text: `block ${submitted.blockNumber} is final`,
    data: { block: submitted.blockNumber, contracts: contracts.map(({ contractId }) => contractId) },
  })
  return submitted
}

function callOf(step: ChainStep): ChainCall {
  switch (step.kind) {
    case 'create':
      return {
        kind: 'createNodeContract',
        nodeId: step.nodeId,
        hash: step.hash,
        data: step.contractData,
        publicIps: step.publicIps,
        ...(step.solutionProviderId === undefined ? {} : { solutionProviderId: step.solutionProviderId }),
      }
    case 'update':
    case 'send':
      return { kind: 'updateNodeContract', contractId: step.contractId, hash: step.hash, data: step.contractData }
    case 'cancel':
      return { kind: 'cancelContract', contractId: step.contractId }
  }
}

/** One node's part of a wave: everything is sent in rank order, then everything is waited for. */
async function tellNode(
  node: NodeCalls,
  steps: readonly DeploymentStep[],
  contractIds: ReadonlyMap<string, bigint>,
  ports: GridPorts,
  options: { signal?: AbortSignal },
): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const accepted: { step: DeploymentStep; contractId: bigint }[] = []
  for (const step of steps) {
    const contractId = step.kind === 'create' ? contractIds.get(step.key) : step.contractId
    if (contractId === undefined) continue
    try {
      if (step.kind !== 'wait') await send(node, step, contractId, ports, options)
      accepted.push({ step, contractId })
    } catch (error) {
      // What follows on this node hangs on what failed: its network is not there.
      failures.push({ kind: 'refused', key: step.key, nodeId: node.nodeId, contractId, error: error as Error })
      break
    }
  }
  const waited = await Promise.all(
    accepted.map(({ step, contractId }) => awaitStep(node, step, contractId, ports, options)),
  )
  return [...failures, ...waited.flat()]
}

async function send(
  node: NodeCalls,
  step: CreateStep | UpdateStep | SendStep,
  contractId: bigint,
  ports: GridPorts,
  options: { signal?: AbortSignal },
): Promise<void> {
  const deployment = signDeployment(
    { ...step.deployment.reveal(), contract_id: contractId },
    { twinId: ports.twinId, signer: ports.identity, hash: step.hash },
  )
  const { nodeReplyMs } = ports.limits
  const deadline = new Deadline(`node ${node.nodeId} to accept ${step.key}`, nodeReplyMs, options.signal)
  for (const delayMs of delays(RETRY)) {
    try {
      if (step.version === 0) await node.deploy(deployment)
      else await node.update(deployment)
      break
    } catch (error) {
      if (await hasArrived(node, step, contractId, error)) break
      // A network of the same name was cancelled a moment ago, and the node is about to hear of it.
      if (!isRefusal(error, /conflict/) || deadline.remainingMs < delayMs) throw error
      await deadline.sleep(delayMs)
    }
  }
  ports.host.notify({
    code: 'NODE_SENT',
    level: 'info',
    text: `node ${node.nodeId} accepted ${step.contractType} ${step.name}, version ${step.version}`,
    data: { nodeId: node.nodeId, contractId: String(contractId), version: step.version, name: step.name },
  })
}

/** The answer got lost, but the node has what was sent: a second sending is answered with `exists`. */
async function hasArrived(
  node: NodeCalls,
  step: CreateStep | UpdateStep | SendStep,
  contractId: bigint,
  error: unknown,
): Promise<boolean> {
  if (!isRefusal(error, /^exists|: exists|expecting deployment version/)) return false
  return (await node.get(contractId))?.version === step.version
}

async function awaitStep(
  node: NodeCalls,
  step: DeploymentStep,
  contractId: bigint,
  ports: GridPorts,
  options: { signal?: AbortSignal },
): Promise<readonly Failure[]> {
  const startedAt = performance.now()
  const { host, limits } = ports
  try {
    const outcome = await waitForDeployment(node, awaited(step, contractId), {
      timeoutMs: limits.deploymentMs,
      notify: message => host.notify(message),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    if (outcome.failures.length > 0)
      return outcome.failures.map(failure => ({ kind: 'workload', key: step.key, ...failure }))
    const elapsedMs = Math.round(performance.now() - startedAt)
    host.notify({
      code: 'DEPLOYMENT_READY',
      level: 'info',
      text: `${step.contractType} ${step.name} on node ${node.nodeId} is ready`,
      data: { nodeId: node.nodeId, contractId: String(contractId), name: step.name, elapsedMs },
    })
    return []
  } catch (error) {
    return [{ kind: 'refused', key: step.key, nodeId: node.nodeId, contractId, error: error as Error }]
  }
}

function awaited(step: DeploymentStep, contractId: bigint) {
  if (step.kind === 'wait') {
    return { contractId, version: step.version, present: step.workloads, gone: [] }
  }
  const present = step.deployment.reveal().workloads.map(({ name, version }) => ({ name, version }))
  const gone = step.changes.filter(change => change.action === 'remove').map(change => change.workload)
  return { contractId, version: step.version, present, gone }
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

function needsChain(step: Step): step is ChainStep {
  switch (step.kind) {
    case 'create':
    case 'cancel':
      return true
    case 'update':
    case 'send':
      return step.onChain
    case 'wait':
    case 'hold':
      return false
  }
}

function isSent(step: Step): step is DeploymentStep {
  return step.kind === 'create' || step.kind === 'update' || step.kind === 'send' || step.kind === 'wait'
}

function nameOf(step: ChainStep) {
  return { nodeId: step.nodeId, name: step.name, contractType: step.contractType }
}
