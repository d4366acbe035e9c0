/** Private addresses that a model gives: in the network, on the right node, not twice. Pure. */
import { contains, type parseCidr } from '../../network/address/cidr.js'
import { parseIp } from '../../network/address/ip.js'
import { parseNetworkRange } from '../../network/address/network-range.js'
import type { Draft, Report } from '../rules/field.js'
import { sameValues } from '../rules/same-values.js'
import type { MachineModel } from './model.js'

export function checkAddresses(
  range: string | undefined,
  machines: readonly (Draft<MachineModel> | undefined)[],
  report: Report,
): void {
  if (machines.every(machine => machine?.ip === undefined)) return
  const within = range === undefined ? undefined : readRange(range)
  for (const [index, machine] of machines.entries()) {
    if (machine?.ip === undefined || within === undefined || contains(within, parseIp(machine.ip))) continue
    const message = `is not in network.ip_range, ${range}`
    report({ path: `machines[${index}].ip`, rule: 'ipOutsideRange', message, value: machine.ip })
  }
  for (const [first, second, ip] of sameValues(machines, machine => machine.ip)) {
    report({
      path: `machines[${second}].ip`,
      rule: 'duplicateIp',
      message: `is the address of machines[${first}].ip too`,
      value: ip,
    })
  }
  checkSubnets(machines, report)
}

/** A node has one /24 of the network, and no other node has it. */
function checkSubnets(machines: readonly (Draft<MachineModel> | undefined)[], report: Report): void {
  const ofNode = new Map<number, { index: number; subnet: string }>()
  const ofSubnet = new Map<string, { index: number; nodeId: number }>()
  for (const [index, machine] of machines.entries()) {
    const { ip, node_id: nodeId } = machine ?? {}
    if (ip === undefined || nodeId === undefined) continue
    const subnet = `${ip.split('.').slice(0, 3).join('.')}.0/24`
    const here = ofNode.get(nodeId)
    const there = ofSubnet.get(subnet)
    const path = `machines[${index}].ip`
    if (here !== undefined && here.subnet !== subnet) {
      const message = `is in ${subnet}, but machines[${here.index}].ip is in ${here.subnet}: node ${nodeId} has one /24`
      report({ path, rule: 'nodeSubnet', message, value: ip })
    } else if (there !== undefined && there.nodeId !== nodeId) {
      const message = `is in ${subnet} as machines[${there.index}].ip is, but on node ${nodeId}: a /24 belongs to one node`
      report({ path, rule: 'nodeSubnet', message, value: ip })
    }
    if (here === undefined) ofNode.set(nodeId, { index, subnet })
    if (there === undefined) ofSubnet.set(subnet, { index, nodeId })
  }
}

/** Undefined for a range that broke its own rule already. */
function readRange(range: string): ReturnType<typeof parseCidr> | undefined {
  try {
    return parseNetworkRange(range)
  } catch {
    return undefined
  }
}
