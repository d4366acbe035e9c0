/** All scenarios, by name. */
import { NodeNetworkError } from '../../../../errors/node-network.js'
import type { Scenario } from '../scenario.js'
import { MORE_NICS } from './more-nics.js'
import { ONE_NIC } from './one-nic.js'
import { SEVERAL_NODES } from './several-nodes.js'

export const SCENARIOS: readonly Scenario[] = [...ONE_NIC, ...MORE_NICS, ...SEVERAL_NODES]

/** @throws {NodeNetworkError} NODE_NET_LAB with the names there are
 * @example findScenario('oob-split').nodes[0].expected.label // 'oob-split'
 */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find(one => one.name === name)
  if (scenario) return scenario
  throw new NodeNetworkError('NODE_NET_LAB', `there is no scenario ${JSON.stringify(name.slice(0, 60))}`, {
    hint: `choose one of ${SCENARIOS.map(one => one.name).join(', ')}`,
  })
}
