/** The whole plan of one model: frozen, printable, without a secret in it. */
import { type JsonValue, printJson } from '../core/json.js'
import type { Problem } from '../errors/model.js'
import type { CostEstimate } from './cost.js'
import { type Desired, deploymentKey } from './desired.js'
import { cancelStep, type DiffOptions, diffDeployment } from './diff.js'
import type { ObservedDeployment } from './observed.js'
import type { Step } from './step.js'

/** An address that the plan knows before anything is written. */
export interface PlannedAddress {
  readonly machine: string
  readonly nodeId: number
  /** In the private network. */
  readonly ip: string
  readonly subnet: string
  readonly network: string
  readonly mycelium?: string
  /** The machine asks for these; the node gives them. */
  readonly publicIp: boolean
  readonly planetary: boolean
}

export interface Plan {
  readonly name: string
  readonly steps: readonly Step[]
  /** Nothing to write and nothing to wait for. */
  readonly empty: boolean
  /** What is wanted and already there. */
  readonly unchanged: readonly { readonly key: string; readonly nodeId: number; readonly contractId: bigint }[]
  readonly addresses: readonly PlannedAddress[]
  readonly cost: CostEstimate
  readonly warnings: readonly Problem[]
}

export interface PlanInput {
  readonly name: string
  readonly desired: readonly Desired[]
  readonly observed: readonly ObservedDeployment[]
  readonly addresses: readonly PlannedAddress[]
  readonly cost: CostEstimate
  readonly warnings: readonly Problem[]
  readonly options: DiffOptions
}

/** Steps of one key stay as they are: what is replaced ends before it begins anew, and frees its addresses. */
function byTurn(a: Step, b: Step): number {
  const byKey = a.key === b.key ? 0 : a.key < b.key ? -1 : 1
  return a.wave - b.wave || a.rank - b.rank || a.nodeId - b.nodeId || byKey
}

export function makePlan(input: PlanInput): Plan {
  const there = new Map(input.observed.map(observed => [deploymentKey(observed), observed]))
  const steps: Step[] = []
  const unchanged: Plan['unchanged'][number][] = []

  for (const want of input.desired) {
    if (want.kind === 'unwanted') {
      steps.push(cancelStep(want))
      continue
    }
    const have = there.get(deploymentKey(want))
    const needed = diffDeployment(want, have, input.options)
    steps.push(...needed)
    if (needed.length === 0 && have) {
      unchanged.push({ key: deploymentKey(want), nodeId: want.nodeId, contractId: have.contract.id })
    }
  }

  steps.sort(byTurn)
  const plan: Plan = {
    name: input.name,
    steps: Object.freeze(steps),
    empty: steps.length === 0,
    unchanged,
    addresses: input.addresses,
    cost: input.cost,
    warnings: input.warnings,
  }
  // Contract ids and sizes are bigint, which JSON.stringify refuses; a plan can be saved all the same.
  Object.defineProperty(plan, 'toJSON', { value: () => JSON.parse(printJson({ ...plan } as unknown as JsonValue)) })
  return Object.freeze(plan)
}
