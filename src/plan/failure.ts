/** What went wrong while a plan was applied, and the one error that says all of it. */
import { HyphaeError, isHyphaeError } from '../errors/base.js'
import { type GridCode, GridError } from '../errors/grid.js'
import type { HoldStep } from './step.js'
import type { WorkloadFailure } from './wait.js'

export type Failure =
  /** The plan already knew that this could not be done. */
  | { readonly kind: 'held'; readonly step: HoldStep }
  /** The node refused, or did not answer. */
  | {
      readonly kind: 'refused'
      readonly key: string
      readonly nodeId: number
      readonly contractId: bigint
      readonly error: Error
    }
  | ({ readonly kind: 'workload'; readonly key: string } & WorkloadFailure)

export function applyError(name: string, failures: readonly Failure[]): Error {
  const [only] = failures
  if (failures.length === 1 && only?.kind === 'refused' && isHyphaeError(only.error)) return only.error
  const cancelled = failures.find(failure => failure.kind === 'refused' && codeOfError(failure.error) === 'CANCELLED')
  if (cancelled?.kind === 'refused') return cancelled.error

  const lines = failures.map(describe)
  const cause = failures.find(failure => failure.kind === 'refused')
  const code = codeOf(failures)
  const message = `${name} is not as planned:\n${lines.map(line => `  ${line}`).join('\n')}`
  const options = {
    where: [...new Set(failures.map(failure => `node ${nodeOf(failure)}`))].join(', '),
    hint: 'what succeeded stays; run the program again to go on from here, or delete the deployment',
    details: { failures: failures.map(factsOf) },
    ...(cause?.kind === 'refused' ? { cause: cause.error } : {}),
  }
  return code.startsWith('GRID_')
    ? new GridError(code as GridCode, message, options)
    : new HyphaeError(code, message, options)
}

function codeOf(failures: readonly Failure[]): string {
  const codes = new Set(
    failures.map(failure => (failure.kind === 'refused' ? codeOfError(failure.error) : failure.kind)),
  )
  const [same] = codes
  if (codes.size === 1 && same !== undefined && same !== 'held' && same !== 'workload') return same
  if (failures.some(failure => failure.kind === 'workload')) return 'GRID_WORKLOAD_FAILED'
  const refused = failures.find(
    failure => failure.kind === 'refused' && codeOfError(failure.error) === 'GRID_NODE_REFUSED',
  )
  if (refused) return 'GRID_NODE_REFUSED'
  if (failures.every(failure => failure.kind === 'held' && failure.step.reason === 'grace')) return 'GRID_FUNDS'
  return 'GRID_NODE_UNREACHABLE'
}

function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'held':
      return `${failure.step.key}: ${failure.step.because}`
    case 'refused':
      return `${failure.key}: ${failure.error.message}`
    case 'workload':
      return `${failure.name} (${failure.type}) on node ${failure.nodeId} is ${failure.state}: ${failure.message}`
  }
}

function factsOf(failure: Failure): Readonly<Record<string, unknown>> {
  switch (failure.kind) {
    case 'held':
      return { nodeId: failure.step.nodeId, key: failure.step.key, reason: failure.step.reason }
    case 'refused':
      return {
        nodeId: failure.nodeId,
        key: failure.key,
        contractId: String(failure.contractId),
        code: codeOfError(failure.error),
        message: failure.error.message,
      }
    case 'workload': {
      const { nodeId, name, type, state, message } = failure
      return { nodeId, contractId: String(failure.contractId), name, type, state, message }
    }
  }
}

function nodeOf(failure: Failure): number {
  return failure.kind === 'held' ? failure.step.nodeId : failure.nodeId
}

function codeOfError(error: Error): string {
  return isHyphaeError(error) ? error.code : 'UNKNOWN'
}
