/** The chain's part of a wave: intent into the journal, one batch, finality. */
import type { ChainCall, Submitted } from '../chain/port.js'
import { GridError } from '../errors/grid.js'
import { type GridPorts, MAX_BATCH_CALLS } from './ports.js'
import type { CancelStep, CreateStep, SendStep, Step, UpdateStep } from './step.js'

export interface AppliedContract {
  readonly contractId: bigint
  readonly nodeId: number
  readonly name: string
  readonly contractType: string
}

/** What apply did so far. */
export interface ChainWrites {
  readonly created: AppliedContract[]
  readonly updated: AppliedContract[]
  readonly cancelled: AppliedContract[]
}

export type ChainStep = CreateStep | UpdateStep | SendStep | CancelStep

export function needsChain(step: Step): step is ChainStep {
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

/** Signs and submits the wave's extrinsics, at most MAX_BATCH_CALLS at a time. Returns step key → contract id. */
export async function writeChain(
  steps: readonly ChainStep[],
  ports: GridPorts,
  applied: ChainWrites,
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

function nameOf(step: ChainStep) {
  return { nodeId: step.nodeId, name: step.name, contractType: step.contractType }
}
