/** How heavy calls are. Fees do not depend on it; clients show it and batches add it up. */
import type { RuntimeCall } from './pallet.js'

export interface Weight {
  readonly refTime: bigint
  readonly proofSize: bigint
}

const ORDINARY = 150_000_000n
const BATCH = 10_000_000n

export function weightOf({ args }: RuntimeCall): Weight {
  const inner = Array.isArray(args.calls) ? (args.calls as RuntimeCall[]) : args.call ? [args.call as RuntimeCall] : []
  if (inner.length === 0) return { refTime: ORDINARY, proofSize: 0n }
  return { refTime: inner.reduce((sum, call) => sum + weightOf(call).refTime, BATCH), proofSize: 0n }
}
