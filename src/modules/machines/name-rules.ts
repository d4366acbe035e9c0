/**
 * Names within the deployment of a node: machines, disks, and what is named after machines share one space.
 * Source: threefoldtech/zosbase pkg/gridtypes/{deployment,id}.go.
 */
import type { Draft, Report } from '../rules/field.js'
import type { MachineModel } from './model.js'

export const RESERVED_WORKLOAD_NAME = 'ygg'
/** Nodes take no longer name of a workload. */
const MAX_WORKLOAD_NAME = 36

export const publicIpName = (machine: string) => `${machine}_pubip`
export const logName = (machine: string) => `zlogs_${machine}`

interface Named {
  readonly name: string
  readonly path: string
  /** What it is, in a sentence: `the public IP of machine vm`. */
  readonly what: string
  readonly machine: boolean
}

export function checkWorkloadNames(machines: readonly (Draft<MachineModel> | undefined)[], report: Report): void {
  const byNode = new Map<number, Map<string, Named>>()
  for (const [index, machine] of machines.entries()) {
    if (machine === undefined) continue
    const names = namesOf(machine, `machines[${index}]`)
    for (const one of names) checkName(one, report)
    if (machine.node_id === undefined) continue
    const taken = byNode.get(machine.node_id) ?? new Map<string, Named>()
    byNode.set(machine.node_id, taken)
    for (const one of names) {
      const other = taken.get(one.name)
      if (other === undefined) taken.set(one.name, one)
      // Two machines of one name are told by the rule of machine names.
      else if (!(one.machine && other.machine)) {
        const message = `is ${one.what} named ${one.name}, and so is ${other.what} at ${other.path}, on node ${machine.node_id}`
        report({ path: one.path, rule: 'duplicateName', message, value: one.name })
      }
    }
  }
}

function checkName(one: Named, report: Report): void {
  if (one.name.length > MAX_WORKLOAD_NAME) {
    const message = `makes ${one.name} the name of ${one.what}, longer than the ${MAX_WORKLOAD_NAME} characters nodes take`
    report({ path: one.path, rule: 'derivedName', message, value: one.name })
  } else if (one.name === RESERVED_WORKLOAD_NAME && !one.machine) {
    report({ path: one.path, rule: 'reservedName', message: 'is a name nodes keep for themselves', value: one.name })
  }
}

function namesOf(machine: Draft<MachineModel>, path: string): readonly Named[] {
  const { name } = machine
  const whose = name === undefined ? '' : ` of machine ${name}`
  const names: Named[] = []
  if (name !== undefined) names.push({ name, path: `${path}.name`, what: 'a machine', machine: true })
  if (name !== undefined && (machine.public_ip || machine.public_ip6)) {
    names.push({ name: publicIpName(name), path: `${path}.name`, what: `the public IP${whose}`, machine: false })
  }
  if (name !== undefined && machine.zlogsOutput !== undefined) {
    names.push({ name: logName(name), path: `${path}.name`, what: `the log${whose}`, machine: false })
  }
  for (const list of ['disks', 'qsfs_disks'] as const) {
    for (const [i, disk] of (machine[list] ?? []).entries()) {
      if (disk?.name === undefined) continue
      names.push({ name: disk.name, path: `${path}.${list}[${i}].name`, what: `a disk${whose}`, machine: false })
    }
  }
  return names
}
