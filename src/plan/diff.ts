/** One deployment, wanted and there: which steps make the second the first. Pure. */
import { Secret } from '../core/secret.js'
import { deploymentHash } from '../zos/challenge.js'
import type { Deployment, Workload } from '../zos/deployment.js'
import { emptyResult } from '../zos/results.js'
import { type DesiredDeployment, type DesiredWorkload, deploymentKey, type UnwantedContract } from './desired.js'
import type { NodeSide, ObservedDeployment } from './observed.js'
import type { CancelStep, Change, CreateStep, HoldStep, Step } from './step.js'
import { diffWorkloads, isStorage, type WorkloadDiff } from './workload-diff.js'

export interface DiffOptions {
  readonly twinId: number
  /** Replace what cannot be changed otherwise, although data is lost with it. */
  readonly allowReplace?: boolean
}

/** When contracts end: at once, or after everything new stands. */
const CANCEL_WAVES = { first: 0, last: 2 } as const

export function diffDeployment(
  want: DesiredDeployment,
  have: ObservedDeployment | undefined,
  options: DiffOptions,
): readonly Step[] {
  // What is wanted there was decided without the node's answers: nothing may be taken away by it.
  if (want.unreachable) return [hold({ ...unreachable(want), ...(have ? { contractId: have.contract.id } : {}) })]
  if (!have) return [create(want, options.twinId)]
  const target = { ...targetOf(want), contractId: have.contract.id }

  const reserved = have.contract.type.kind === 'node' ? have.contract.type.publicIps.length : 0
  // One address too many is paid for, but nothing breaks; one too few cannot be had.
  if (want.publicIps > reserved) return replace(want, have, options, reserved)

  switch (have.node.kind) {
    case 'unreachable':
      return [hold({ ...unreachable(want), contractId: have.contract.id })]

    case 'absent': {
      // The hash on chain tells whether the interrupted apply wanted the same; if not, it is told anew.
      const deployment = firstVersion(want, options.twinId)
      const hash = deploymentHash(deployment)
      if (have.hash !== hash && have.contract.state.kind === 'grace') return [hold(inGrace(target))]
      return [
        Object.freeze({
          kind: 'send',
          ...target,
          wave: 0,
          version: 0,
          hash,
          onChain: have.hash !== hash,
          contractData: want.contractData,
          changes: added(want.workloads),
          deployment: new Secret(deployment),
          because: 'the contract exists, its node knows nothing of it',
        }),
      ]
    }

    case 'present':
      return diffPresent(want, have, have.node)
  }
}

function diffPresent(
  want: DesiredDeployment,
  have: ObservedDeployment,
  { deployment: now, heldData }: Extract<NodeSide, { kind: 'present' }>,
): readonly Step[] {
  const diff = diffWorkloads(want.workloads, now.workloads, heldData)
  const target = { ...targetOf(want), contractId: have.contract.id }
  const verdicts = [...diff.verdicts.values()]

  if (diff.changes.length === 0) {
    const pending = [...diff.verdicts].flatMap(([name, verdict]) =>
      verdict.kind === 'pending' ? [{ name, version: verdict.current.version }] : [],
    )
    if (pending.length === 0) return []
    const because = 'the node is still at work on it'
    return [Object.freeze({ kind: 'wait', ...target, wave: 0, version: now.version, workloads: pending, because })]
  }
  if (have.contract.state.kind === 'grace') return [hold(inGrace(target))]
  const shrinking = [...diff.verdicts].find(([, verdict]) => verdict.kind === 'shrink')
  if (shrinking) {
    const because = `${shrinking[0]} cannot become smaller: nodes refuse to shrink storage`
    return [hold({ ...target, reason: 'shrink', lost: [shrinking[0]], because })]
  }

  const recreates = verdicts.some(verdict => verdict.kind === 'recreate')
  const first = nextVersion(want, now, diff)
  const steps = [update(want, have, first, 0, recreates ? leaving(diff.changes) : diff.changes)]
  if (recreates) {
    const second = returning(want, first, diff)
    steps.push(update(want, have, second, 1, diff.changes.filter(isRecreate)))
  }
  return steps
}

/** What is there and nobody wants. */
export function cancelStep(unwanted: UnwantedContract): CancelStep {
  return Object.freeze({
    kind: 'cancel',
    key: deploymentKey(unwanted),
    nodeId: unwanted.nodeId,
    name: unwanted.name,
    contractType: unwanted.contractType,
    contractId: unwanted.contractId,
    because: unwanted.because,
    wave: CANCEL_WAVES[unwanted.when],
    rank: unwanted.rank,
    lost: unwanted.lost,
  })
}

function create(want: DesiredDeployment, twinId: number, because?: string): CreateStep {
  const deployment = firstVersion(want, twinId)
  return Object.freeze({
    kind: 'create',
    ...targetOf(want),
    because: because ?? want.because ?? `${want.contractType} ${want.name} is not on node ${want.nodeId}`,
    wave: 0,
    version: 0,
    hash: deploymentHash(deployment),
    contractData: want.contractData,
    changes: added(want.workloads),
    deployment: new Secret(deployment),
    publicIps: want.publicIps,
    ...(want.solutionProviderId === undefined ? {} : { solutionProviderId: want.solutionProviderId }),
  })
}

/** The number of public addresses is fixed when a contract is made, so another number means another contract. */
function replace(
  want: DesiredDeployment,
  have: ObservedDeployment,
  options: DiffOptions,
  reserved: number,
): readonly Step[] {
  const lost = have.node.kind === 'present' ? have.node.deployment.workloads.map(workload => workload.name) : []
  const because = `public addresses ${reserved} → ${want.publicIps}: a contract's number of addresses cannot change`
  if (!options.allowReplace) {
    return [hold({ ...targetOf(want), contractId: have.contract.id, reason: 'replace', lost, because })]
  }
  const cancel: CancelStep = { kind: 'cancel', ...targetOf(want), contractId: have.contract.id, because, wave: 0, lost }
  return [Object.freeze(cancel), create(want, options.twinId, because)]
}

function update(
  want: DesiredDeployment,
  have: ObservedDeployment,
  deployment: Deployment,
  wave: number,
  changes: readonly Change[],
): Step {
  const hash = deploymentHash(deployment)
  const touched = new Set(changes.map(change => change.workload))
  return Object.freeze({
    kind: 'update',
    ...targetOf(want),
    contractId: have.contract.id,
    because: want.because ?? reason(changes),
    wave,
    version: deployment.version,
    hash,
    onChain: wave > 0 || have.hash !== hash,
    contractData: want.contractData,
    changes,
    deployment: new Secret(deployment),
    kept: deployment.workloads.map(workload => workload.name).filter(name => !touched.has(name)),
    lost: changes.filter(change => change.action === 'remove' && isStorage(change.type)).map(change => change.workload),
  })
}

function reason(changes: readonly Change[]): string {
  const [first] = changes
  if (!first) return 'changed'
  const rest = changes.length > 1 ? ` and ${changes.length - 1} more` : ''
  return `${first.workload}: ${first.path ?? first.action}${rest}`
}

function isRecreate(change: Change): boolean {
  return change.action === 'recreate'
}

/** In the first of two versions what is recreated only leaves. */
function leaving(changes: readonly Change[]): readonly Change[] {
  return changes.map(change => (isRecreate(change) ? { ...change, action: 'remove' } : change))
}

function unreachable(want: DesiredDeployment): Omit<HoldStep, 'kind' | 'wave'> {
  return { ...targetOf(want), reason: 'unreachable', lost: [], because: `node ${want.nodeId} does not answer` }
}

function inGrace(target: ReturnType<typeof targetOf> & { contractId: bigint }): Omit<HoldStep, 'kind' | 'wave'> {
  const because = 'the contract is in its grace period: fund the account, the chain refuses changes until then'
  return { ...target, reason: 'grace', lost: [], because }
}

function hold(step: Omit<HoldStep, 'kind' | 'wave'>): HoldStep {
  return Object.freeze({ kind: 'hold', wave: 0, ...step })
}

function targetOf(want: DesiredDeployment) {
  const { nodeId, name, contractType, rank } = want
  return { key: deploymentKey(want), nodeId, name, contractType, rank }
}

function added(workloads: readonly DesiredWorkload[]): readonly Change[] {
  return workloads.map(workload => ({ action: 'add', workload: workload.name, type: workload.type }))
}

function firstVersion(want: DesiredDeployment, twinId: number): Deployment {
  return envelope(
    want,
    twinId,
    0,
    want.workloads.map(workload => atVersion(workload, 0)),
  )
}

/** Kept workloads exactly as the node holds them, the others as wanted; what is recreated stays out. */
function nextVersion(want: DesiredDeployment, now: Deployment, diff: WorkloadDiff): Deployment {
  const version = now.version + 1
  const workloads = want.workloads.flatMap(workload => {
    const verdict = diff.verdicts.get(workload.name)
    if (!verdict || verdict.kind === 'recreate') return []
    const stays = verdict.kind === 'keep' || verdict.kind === 'pending'
    return [stays ? atVersion(verdict.current, verdict.current.version) : atVersion(workload, version)]
  })
  return envelope(want, now.twin_id, version, workloads)
}

function returning(want: DesiredDeployment, first: Deployment, diff: WorkloadDiff): Deployment {
  const version = first.version + 1
  const standing = new Map(first.workloads.map(workload => [workload.name, workload]))
  const workloads = want.workloads.flatMap(workload => {
    if (diff.verdicts.get(workload.name)?.kind === 'recreate') return [atVersion(workload, version)]
    return standing.get(workload.name) ?? []
  })
  return { ...first, version, workloads }
}

function atVersion(workload: DesiredWorkload | Workload, version: number): Workload {
  return { ...workload, version, result: emptyResult() } as Workload
}

function envelope(want: DesiredDeployment, twinId: number, version: number, workloads: Workload[]): Deployment {
  return {
    version,
    twin_id: twinId,
    contract_id: 0n,
    metadata: want.metadata,
    description: want.description,
    expiration: 0n,
    signature_requirement: {
      requests: [{ twin_id: twinId, required: false, weight: 1 }],
      weight_required: 1,
      signatures: [],
      signature_style: '',
    },
    workloads,
  }
}
