/** One node's part of a wave: what is signed and sent to it, and what is waited for. */
import { Deadline } from '../core/deadline.js'
import { delays } from '../core/retry.js'
import type { Deployment } from '../zos/deployment.js'
import { signDeployment } from '../zos/signature.js'
import type { Failure } from './failure.js'
import { isRefusal, type NodeCalls } from './node-calls.js'
import type { GridPorts } from './ports.js'
import type { CreateStep, DeploymentStep, SendStep, Step, UpdateStep } from './step.js'
import { waitForDeployment } from './wait.js'

const RETRY = { firstMs: 50, factor: 2, maxMs: 3_000 }

export interface NodeOutcome {
  readonly failures: readonly Failure[]
  /** Keys of steps that were not tried, because what they hang on failed. */
  readonly untried: readonly string[]
}

export function isSent(step: Step): step is DeploymentStep {
  return step.kind === 'create' || step.kind === 'update' || step.kind === 'send' || step.kind === 'wait'
}

/** One node's part of a wave: everything is sent in rank order, then everything is waited for. */
export async function tellNode(
  node: NodeCalls,
  steps: readonly DeploymentStep[],
  contractIds: ReadonlyMap<string, bigint>,
  ports: GridPorts,
  options: { signal?: AbortSignal },
): Promise<NodeOutcome> {
  const failures: Failure[] = []
  const untried: string[] = []
  const accepted: { step: DeploymentStep; contractId: bigint }[] = []
  for (const step of steps) {
    const contractId = step.kind === 'create' ? contractIds.get(step.key) : step.contractId
    if (contractId === undefined) continue
    if (failures.length > 0) {
      // What follows on this node hangs on what failed: its network is not there.
      untried.push(step.key)
      continue
    }
    try {
      if (step.kind !== 'wait') await send(node, step, contractId, ports, options)
      accepted.push({ step, contractId })
    } catch (error) {
      failures.push({ kind: 'refused', key: step.key, nodeId: node.nodeId, contractId, error: error as Error })
    }
  }
  const waited = await Promise.all(
    accepted.map(({ step, contractId }) => awaitStep(node, step, contractId, ports, options)),
  )
  return { failures: [...failures, ...waited.flat()], untried }
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
      if (await hasArrived(node, deployment, error)) break
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

/**
 * The answer got lost, but the node has what was sent: a second sending is answered with a refusal. The version alone
 * does not tell, another program of the account may have sent one of its own; the signature is of this sending.
 */
async function hasArrived(node: NodeCalls, sent: Deployment, error: unknown): Promise<boolean> {
  if (!isRefusal(error, /^exists|: exists|expecting deployment version/)) return false
  const there = await node.get(sent.contract_id)
  const signatures = new Set(there?.signature_requirement.signatures.map(({ signature }) => signature))
  const ours = sent.signature_requirement.signatures.some(({ signature }) => signatures.has(signature))
  return there?.version === sent.version && ours
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
