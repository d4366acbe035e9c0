/** Seeds that a model gives: each where it is used, none in two places. Seeds themselves are never repeated. Pure. */
import type { Draft, Report } from '../rules/field.js'
import { sameValues } from '../rules/same-values.js'
import type { MachineModel, MachinesModel } from './model.js'

export function checkGivenSeeds(model: Draft<MachinesModel>, report: Report): void {
  const machines = model.machines ?? []
  checkMachineSeeds(machines, report)

  // As long as a machine's node is unknown, nothing can be said of nodes without machines.
  if (machines.length === 0 || machines.some(machine => machine?.node_id === undefined)) return
  for (const [index, seed] of (model.network?.myceliumSeeds ?? []).entries()) {
    if (seed?.nodeId === undefined) continue
    checkNetworkSeed(seed.nodeId, `network.myceliumSeeds[${index}]`, machines, report)
  }
}

/** One address per machine: two with one seed in one network on one node would have the same. */
function checkMachineSeeds(machines: readonly (Draft<MachineModel> | undefined)[], report: Report): void {
  const place = (machine: Draft<MachineModel>) =>
    machine.myceliumSeed === undefined || machine.node_id === undefined
      ? undefined
      : `${machine.node_id}/${machine.myceliumSeed.toLowerCase()}`
  for (const [first, second] of sameValues(machines, place)) {
    const message = `is the same as machines[${first}].myceliumSeed on node ${machines[second]?.node_id}: both would have one address`
    report({ path: `machines[${second}].myceliumSeed`, rule: 'duplicateSeed', message })
  }
}

function checkNetworkSeed(
  nodeId: number,
  path: string,
  machines: readonly (Draft<MachineModel> | undefined)[],
  report: Report,
): void {
  const there = machines.flatMap((machine, i) => (machine?.node_id === nodeId ? [{ machine, i }] : []))
  const [first] = there
  if (first === undefined) {
    const nodes = [...new Set(machines.map(machine => machine?.node_id as number))]
    const places = machines.slice(0, 5).map((machine, i) => `machines[${i}].node_id is ${machine?.node_id}`)
    const more = machines.length > places.length ? ` and ${machines.length - places.length} more` : ''
    const message = `is node ${nodeId}, which hosts no machine: ${places.join(', ')}${more}`
    const nearest = nodes.length === 1 ? { nearest: String(nodes[0]) } : {}
    report({ path: `${path}.nodeId`, rule: 'seedWithoutMachine', message, value: nodeId, ...nearest })
  } else if (there.every(({ machine }) => machine.mycelium === false)) {
    const message = `is given for node ${nodeId}, but machines[${first.i}].mycelium is false`
    report({ path: `${path}.seed`, rule: 'seedWithoutMycelium', message })
  }
}
