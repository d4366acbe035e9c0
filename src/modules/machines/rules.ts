/** What machines must be together: the rules that need more than one field. Pure. */

import { parseIp } from '../../network/address/ip.js'
import { isPrivate } from '../../network/address/special-ranges.js'
import { minimalRootSize } from '../../zos/workloads/root-size.js'
import type { At, Check, Draft, Report } from '../rules/field.js'
import { keyPath } from '../rules/path.js'
import { sameValues } from '../rules/same-values.js'
import { checkAddresses } from './address-rules.js'
import type { AddMachineModel, MachineModel, MachinesModel } from './model.js'
import { checkWorkloadNames, RESERVED_WORKLOAD_NAME } from './name-rules.js'
import { checkGivenSeeds } from './seed-rules.js'

export { checkAgainstNodes, type NodeTraits } from './node-rules.js'

const MIB = 1024n ** 2n
const GIB = 1024 ** 3
const LONGEST_PATH = 255

export const checkMachine: Check<MachineModel> = (machine, report, at) => {
  if (machine.name === RESERVED_WORKLOAD_NAME) {
    report({ path: 'name', rule: 'reservedName', message: 'is a name nodes keep for themselves', value: machine.name })
  }
  if (machine.myceliumSeed !== undefined && machine.mycelium === false) {
    report({ path: 'myceliumSeed', rule: 'seedWithoutMycelium', message: 'is given, but mycelium is false' })
  }
  checkRoot(machine, report)
  checkMountpoints(machine, report, at)
  checkEnv(machine.env, report)
  checkIp(machine.ip, report)
  for (const [first, second, gpu] of sameValues(machine.gpus ?? [], one => one)) {
    const message = `is the GPU of ${at(`gpus[${first}]`)} again`
    report({ path: `gpus[${second}]`, rule: 'duplicateGpu', message, value: gpu })
  }
  for (const [i, disk] of (machine.qsfs_disks ?? []).entries()) {
    const { minimal_shards: least, expected_shards: all } = disk ?? {}
    if (least === undefined || all === undefined || least <= all) continue
    const message = `is ${least}, more than the ${all} of expected_shards`
    report({ path: `qsfs_disks[${i}].minimal_shards`, rule: 'shards', message, value: least })
  }
}

export const checkMachines: Check<MachinesModel> = (model, report) => {
  const machines = model.machines ?? []
  for (const [first, second, name] of sameValues(machines, machine => machine.name)) {
    const message = `is the name of machines[${first}] too`
    report({ path: `machines[${second}].name`, rule: 'duplicateName', message, value: name })
  }
  checkWorkloadNames(machines, report)
  checkAddresses(model.network?.ip_range, machines, report)
  checkGivenSeeds(model, report)
  checkProviders(machines, report)
}

export const checkAddedMachine: Check<AddMachineModel> = (machine, report) => {
  checkWorkloadNames([machine], ({ path, ...problem }) =>
    report({ ...problem, path: path.replace(/^machines\[0\]\./, '') }),
  )
  if (machine.myceliumNetworkSeed === undefined || machine.mycelium !== false) return
  report({ path: 'myceliumNetworkSeed', rule: 'seedWithoutMycelium', message: 'is given, but mycelium is false' })
}

/** Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine.go. */
function checkRoot({ rootfs_size: size, cpu, memory }: Draft<MachineModel>, report: Report): void {
  if (!size || cpu === undefined || memory === undefined) return
  const least = minimalRootSize(cpu, BigInt(Math.round(memory)) * MIB)
  if (BigInt(Math.round(size * GIB)) >= least) return
  const message = `is less than a node gives a machine of this size: ${least / MIB} MB. 0 takes the least`
  report({ path: 'rootfs_size', rule: 'rootSize', message, value: size, nearest: String(Number(least) / GIB) })
}

function checkMountpoints(machine: Draft<MachineModel>, report: Report, at: At): void {
  const mounts = (['disks', 'qsfs_disks'] as const).flatMap(list =>
    (machine[list] ?? []).map((disk, i) => ({ path: `${list}[${i}].mountpoint`, mountpoint: disk?.mountpoint })),
  )
  for (const { path, mountpoint } of mounts) {
    const message = mountpoint === undefined ? undefined : mountpointFault(mountpoint)
    if (message !== undefined) report({ path, rule: 'mountpoint', message, value: mountpoint?.slice(0, LONGEST_PATH) })
  }
  for (const [first, second, value] of sameValues(mounts, ({ mountpoint }) => mountpoint?.replace(/(.)\/+$/, '$1'))) {
    const message = `is where ${at(mounts[first]?.path ?? '')} is too`
    report({ path: mounts[second]?.path ?? '', rule: 'duplicateMountpoint', message, value })
  }
}

function mountpointFault(at: string): string | undefined {
  if (!at.startsWith('/')) return 'must be an absolute path, like /data'
  if (/^\/+$/.test(at)) return 'must not be /: the root belongs to the image'
  if (at.length > LONGEST_PATH || at.includes('\0')) return `must be a path of at most ${LONGEST_PATH} characters`
  return at.split('/').some(part => part === '.' || part === '..') ? 'must not have . or .. in it' : undefined
}

/** Values may be anything until here; nodes take texts only, and refuse the whole deployment otherwise. */
function checkEnv(env: Draft<Record<string, string>> | undefined, report: Report): void {
  for (const [name, value] of Object.entries(env ?? {}) as [string, unknown][]) {
    const path = keyPath('env', name)
    if (name === '' || /[=\0]/.test(name)) {
      report({ path, rule: 'envName', message: 'must have a name without = in it' })
    }
    if (typeof value !== 'string') {
      const kind = value === null ? 'null' : typeof value
      report({ path, rule: 'envValue', message: `must be text, but is ${kind}: put quotes around it` })
    } else if (value.includes('\0')) {
      report({ path, rule: 'envValue', message: 'must not have a zero byte in it' })
    }
  }
}

function checkIp(ip: string | undefined, report: Report): void {
  if (ip === undefined) return
  const last = Number(ip.split('.')[3])
  if (!isPrivate(parseIp(ip))) {
    report({
      path: 'ip',
      rule: 'privateIp',
      message: 'must be a private address, in the range of the network',
      value: ip,
    })
  } else if (last <= 1 || last === 255) {
    const message = `ends in .${last}, which is ${last === 1 ? "the gateway's" : 'no address of a machine'}`
    report({ path: 'ip', rule: 'reservedIp', message, value: ip })
  }
}

/** A contract has one provider; machines on one node share a contract. */
function checkProviders(machines: readonly (Draft<MachineModel> | undefined)[], report: Report): void {
  const first = new Map<number, { index: number; provider: number }>()
  for (const [index, machine] of machines.entries()) {
    const { node_id: nodeId, solutionProviderId: provider } = machine ?? {}
    if (nodeId === undefined || provider === undefined) continue
    const before = first.get(nodeId)
    if (before === undefined) first.set(nodeId, { index, provider })
    else if (before.provider !== provider) {
      const message = `differs from machines[${before.index}].solutionProviderId: node ${nodeId} has one contract for both`
      report({ path: `machines[${index}].solutionProviderId`, rule: 'solutionProvider', message, value: provider })
    }
  }
}
