/** Machines as they run, in the shape scripts of the peer client expect of `getObj`. Pure. */
import type { ObservedDeployment } from '../../plan/observed.js'
import type { Workload, WorkloadOf } from '../../zos/deployment.js'
import { readMachineResult, readPublicIpResult } from '../../zos/results.js'

/** `ZmachineData` of the peer client; sizes in bytes, memory in MB, ids as numbers. */
export interface MachineData {
  version: number
  type: 'zmachine' | 'zmachine-light'
  contractId: number
  nodeId: number
  name: string
  /** Unix seconds. */
  created: number
  status: string
  message: string
  flist: string
  publicIP: { ip: string; ip6: string; gateway: string } | null
  planetary: string
  myceliumIP: string
  consoleURL: string
  interfaces: { network: string; ip: string }[]
  capacity: { cpu: number; memory: number }
  mounts: { name: string; mountPoint: string; size: number; state: string; message: string }[]
  env: Record<string, string>
  entrypoint: string
  metadata: string
  description: string
  rootfs_size: number
  corex: boolean
  gpu: string[]
}

export type MachineWorkload = WorkloadOf<'zmachine'> | WorkloadOf<'zmachine-light'>

export function isMachine(workload: Workload): workload is MachineWorkload {
  return workload.type === 'zmachine' || workload.type === 'zmachine-light'
}

export function readMachines(deployments: readonly ObservedDeployment[]): MachineData[] {
  return deployments.flatMap(observed => {
    if (observed.node.kind !== 'present') return []
    const { workloads } = observed.node.deployment
    return workloads.filter(isMachine).map(machine => readMachine(machine, workloads, observed))
  })
}

function readMachine(machine: MachineWorkload, all: readonly Workload[], observed: ObservedDeployment): MachineData {
  const { data, result } = machine
  const addresses = readMachineResult(result.data)
  const publicIpName = machine.type === 'zmachine' ? machine.data.network.public_ip : ''
  const publicIp = all.find(workload => workload.name === publicIpName && workload.type === 'ip')

  return {
    version: machine.version,
    type: machine.type,
    contractId: Number(observed.contract.id),
    nodeId: observed.nodeId,
    name: machine.name,
    created: observed.createdAt ?? result.created,
    status: result.state,
    message: result.message,
    flist: data.flist,
    publicIP: publicIp ? readPublicIpResult(publicIp.result.data) : null,
    planetary: addresses.planetary_ip,
    myceliumIP: data.network.mycelium ? addresses.mycelium_ip : '',
    consoleURL: addresses.console_url,
    interfaces: data.network.interfaces.map(({ network, ip }) => ({ network, ip })),
    capacity: { cpu: data.compute_capacity.cpu, memory: Number(data.compute_capacity.memory) / 1024 ** 2 },
    mounts: data.mounts.map(mount => ({
      name: mount.name,
      mountPoint: mount.mountpoint,
      ...readDisk(mount.name, all),
    })),
    env: { ...data.env },
    entrypoint: data.entrypoint,
    metadata: machine.metadata,
    description: machine.description,
    rootfs_size: Number(data.size),
    corex: data.corex,
    gpu: [...(data.gpu ?? [])],
  }
}

function readDisk(name: string, all: readonly Workload[]): { size: number; state: string; message: string } {
  const disk = all.find(workload => workload.name === name)
  if (!disk) return { size: 0, state: 'deleted', message: 'the disk is not in the deployment' }
  const { state, message } = disk.result
  if (disk.type === 'zmount' || disk.type === 'volume') return { size: Number(disk.data.size), state, message }
  if (disk.type === 'qsfs') return { size: Number(disk.data.cache), state, message }
  return { size: 0, state, message }
}
