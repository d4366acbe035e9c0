/**
 * Every layout that a node can stand in, built as a lab (node-network.md, cases 40 to 54): what the node makes of it, and
 * what a machine on it gets. Labs are built at the same time, and each is taken down before its tests judge it.
 */
import { beforeAll, describe, expect, it } from '@jest/globals'

import type { Scenario } from '../../src/network/node/lab/scenario.js'
import { SCENARIOS } from '../../src/network/node/lab/scenarios/index.js'
import { canBuildWholeLabs } from '../support/node-lab.js'
import { LAYOUT_STAGES, stayedWhereTheyWere, WIRE_STAGES, wordsOf } from './support/layout-stages.js'
import { startRig } from './support/node-rig.js'
import { pool } from './support/pool.js'
import { judge, type Outcomes, tryStages } from './support/stages.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
const LIMIT_MS = 120_000

const LAYOUTS = SCENARIOS.filter(({ nodes }) => nodes.length === 1)
const LEADING_OUT = LAYOUTS.filter(leadsOut)

const STAGES = [...LAYOUT_STAGES, ...WIRE_STAGES]
const trials = new Map<Scenario, Promise<Outcomes>>()

describeWithLab('a node', () => {
  beforeAll(() => {
    const inTurn = pool(3)
    for (const scenario of LEADING_OUT) {
      const trial = inTurn(() => tryStages(() => startRig(scenario), STAGES))
      trial.catch(() => {})
      trials.set(scenario, trial)
    }
  })

  describe.each(LEADING_OUT.map(scenario => [scenario.name, scenario] as const))('in %s', (_, scenario) => {
    it.each(STAGES.map(([sentence]) => sentence))(
      '%s',
      async sentence => judge((await trials.get(scenario)) as Outcomes, sentence),
      LIMIT_MS,
    )
  })

  it('without a way out says so, and leaves its NICs where they were', async () => {
    const scenario = LAYOUTS.find(one => !leadsOut(one)) as Scenario
    const rig = await startRig(scenario)
    try {
      expect(wordsOf(await rig.network.explain({ probe: true }))).toEqual(rig.spec.expected)
      await expect(rig.network.apply()).rejects.toMatchObject({
        code: 'NODE_NET_NO_GATEWAY',
        message: 'neither DHCP nor router advertisements name a gateway on eth0',
        where: 'eth0',
        hint: expect.stringMatching(/cables.*hyphae node net explain/),
      })
      await stayedWhereTheyWere(rig)
    } finally {
      await rig.close()
    }
  })
})

function leadsOut({ nodes }: Scenario): boolean {
  return nodes[0]?.expected.uplink !== undefined
}
