/** The second stage: what only shows when it is known which kind of node a machine goes to. Pure. */
import { ModelError, type Problem } from '../../errors/model.js'
import type { MachineModel } from './model.js'

export interface NodeTraits {
  /** Has no public addresses and no Yggdrasil; its networks live on Mycelium. */
  readonly light: boolean
  /** As the explorer lists them; empty when unknown. */
  readonly features: readonly string[]
}

/** @returns warnings
 * @throws {ModelError} with every machine that asks its node for what it has not got
 */
export function checkAgainstNodes(
  machines: readonly MachineModel[],
  traitsOf: (nodeId: number) => NodeTraits | undefined,
): readonly Problem[] {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const [index, machine] of machines.entries()) {
    const traits = traitsOf(machine.node_id)
    if (traits === undefined) continue
    const path = `machines[${index}]`
    if (traits.light) checkLight(machine, path, problems)
    else checkFull(machine, path, traits, problems, warnings)
  }
  if (problems.length === 0) return warnings
  throw new ModelError('MachinesModel', problems, {
    hint: 'nothing was written; correct the model, or choose other nodes with client.nodes.filter()',
  })
}

/** Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine_light.go; the node's features. */
function checkLight(machine: MachineModel, path: string, problems: Problem[]): void {
  const node = `node ${machine.node_id} is a light node`
  if (!machine.mycelium) {
    const message = `must be true: ${node}, whose networks live on Mycelium`
    problems.push({ path: `${path}.mycelium`, rule: 'lightNode', message, value: false, nearest: 'true' })
  }
  for (const key of ['public_ip', 'public_ip6', 'planetary'] as const) {
    if (!machine[key]) continue
    const message = `must be false: ${node}, which has ${key === 'planetary' ? 'no Yggdrasil' : 'no public addresses'}`
    problems.push({ path: `${path}.${key}`, rule: 'lightNode', message, value: true, nearest: 'false' })
  }
  if (machine.zlogsOutput !== undefined) {
    const message = `must be left out: ${node}, which sends no logs of machines`
    problems.push({ path: `${path}.zlogsOutput`, rule: 'lightNode', message })
  }
}

function checkFull(
  machine: MachineModel,
  path: string,
  { features }: NodeTraits,
  problems: Problem[],
  warnings: Problem[],
): void {
  const lacks = (feature: string) => features.length > 0 && !features.includes(feature)
  const needed = [
    { key: 'public_ip', feature: 'ip', what: 'public addresses' },
    { key: 'public_ip6', feature: 'ip', what: 'public addresses' },
    { key: 'mycelium', feature: 'mycelium', what: 'Mycelium' },
    { key: 'planetary', feature: 'yggdrasil', what: 'Yggdrasil' },
  ] as const
  for (const { key, feature, what } of needed) {
    if (!machine[key] || !lacks(feature)) continue
    const message = `must be false: node ${machine.node_id} has no ${what}`
    problems.push({ path: `${path}.${key}`, rule: 'nodeFeature', message, value: true, nearest: 'false' })
  }
  if (!machine.mycelium || machine.planetary) return
  const message = `is false while mycelium is true: the grid's documentation asks for both on full nodes like ${machine.node_id}`
  warnings.push({ path: `${path}.planetary`, rule: 'myceliumWithoutPlanetary', message, value: false, nearest: 'true' })
}
