import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { modelSystem } from '../simulate/model-system.js'
import type { DesiredState } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import { planNetwork } from './plan-network.js'
import { desiredStates } from './testing/generated-states.js'
import { bareMachine, foreignOf, type Mishap, mishaps } from './testing/mishaps.js'

const RUNS = { numRuns: 300 }

const scenes = fc.record({ before: desiredStates, mishaps: fc.array(mishaps, { maxLength: 6 }), after: desiredStates })

async function disorder(before: DesiredState, happened: readonly Mishap[]): Promise<ObservedState> {
  const model = modelSystem(bareMachine)
  await model.apply(planNetwork(before, bareMachine).operations)
  return frozen(happened.reduce((state, mishap) => mishap(state), model.state))
}

describe('a plan, whatever is found', () => {
  it('leads in one go to where nothing is left to do', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ before, mishaps, after }) => {
        const observed = await disorder(before, mishaps)
        const plan = planNetwork(frozen(after), observed)
        fc.pre(plan.conflicts.length === 0)
        const model = modelSystem(observed)
        await model.apply(plan.operations)
        expect(planNetwork(after, model.state)).toEqual({ operations: [], conflicts: [], awaited: [] })
      }),
      RUNS,
    )
  })

  it('leaves what belongs to others as it was, conflict or not', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ before, mishaps, after }) => {
        const observed = await disorder(before, mishaps)
        const model = modelSystem(observed)
        await model.apply(planNetwork(after, observed).operations)
        expect(foreignOf(model.state)).toEqual(foreignOf(observed))
      }),
      RUNS,
    )
  })

  it('can fail at any operation: the next plan does the rest', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, fc.nat({ max: 60 }), async ({ before, mishaps, after }, at) => {
        const observed = await disorder(before, mishaps)
        const plan = planNetwork(after, observed)
        fc.pre(plan.conflicts.length === 0 && plan.operations.length > 0)
        const model = modelSystem(observed, { failAt: at % plan.operations.length })
        await expect(model.apply(plan.operations)).rejects.toMatchObject({ code: 'NODE_NET_COMMAND' })
        await model.apply(planNetwork(after, model.state).operations)
        expect(planNetwork(after, model.state).operations).toEqual([])
      }),
      RUNS,
    )
  })
})

/** A planner that writes into what it is given fails on this. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
