/**
 * zmachine and zmachine-light: what a virtual machine needs of the node, and where it can be reached.
 * Source: threefoldtech/zosbase pkg/primitives/{vm,vm-light}, pkg/vm.
 */

import { fromHex } from '../../../core/hex.js'
import { contains, parseCidr } from '../../../network/address/cidr.js'
import { parseIp } from '../../../network/address/ip.js'
import { isIpv4 } from '../../../network/address/ipv4.js'
import { machineAddressBehind } from '../../../network/address/mycelium.js'
import { networkId } from '../../../zos/names.js'
import type { MachineResult } from '../../../zos/results.js'
import type { MyceliumIp, NetworkData, ZMachineLight } from '../../../zos/workloads/data.js'
import { rootSize } from '../../../zos/workloads/root-size.js'
import type { Held } from '../engine/records.js'
import { checkGpus } from './gpus.js'
import { messageOf, type ProvisionContext, type Provisioned, refuse, sibling, type WorkloadManager } from './manager.js'
import { loadNetwork } from './networks.js'
import { publicIpResult } from './public-ips.js'

const CONSOLE_PORT = 20_000

/** Flists of whole disk images, started from a disk instead of a shared folder; all others are containers. */
const FULL_VM = /\/tf-official-vms\//

export const machineManager: WorkloadManager<'zmachine'> = {
  provision(context, { data }): Provisioned {
    checkGpus(context, data)
    const { ip, network, host } = privateInterface(context, data)
    if (data.network.public_ip !== '') checkPublicIp(context, data.network.public_ip)
    const result: MachineResult = {
      id: context.id,
      ip,
      planetary_ip: data.network.planetary ? context.node.overlay.planetaryAddress(context.id) : '',
      mycelium_ip: myceliumIp(context, data.network.mycelium),
      console_url: `${gatewayOf(network)}:${CONSOLE_PORT + host}`,
    }
    return { data: result, held: boot(context, data) }
  },
}

export const machineLightManager: WorkloadManager<'zmachine-light'> = {
  provision(context, { data }): Provisioned {
    checkGpus(context, data)
    const { ip, network, host } = privateInterface(context, data)
    // Without it the real node's provisioner falls over a nil pointer.
    if (!data.network.mycelium) throw refuse('mycelium is required on this node')
    const mycelium_ip = myceliumIp(context, data.network.mycelium)
    const console = network.mycelium ? context.node.overlay.daemons.addressOf(network.mycelium.hex_key) : ''
    return {
      data: { id: context.id, ip, mycelium_ip, console_url: `[${console}]:${CONSOLE_PORT + host}` },
      held: boot(context, data),
    }
  },
}

function privateInterface(context: ProvisionContext, data: ZMachineLight) {
  const [nic] = data.network.interfaces
  if (!nic) throw refuse('only one private network is support')
  let network: NetworkData
  try {
    network = loadNetwork(context, nic.network)
  } catch (error) {
    const id = networkId(context.key.twinId, nic.network)
    throw refuse(`could not get network resource subnet: couldn't load network with id (${id}): ${messageOf(error)}`)
  }
  if (!isIpv4(nic.ip)) throw refuse('invalid IPv4 supplied to wg interface')
  if (!contains(parseCidr(network.subnet), parseIp(nic.ip))) {
    throw refuse(`IP ${nic.ip} is not part of local nr subnet ${network.subnet}`)
  }
  const host = Number(nic.ip.split('.')[3])
  if (host === 1) throw refuse(`ip ${nic.ip} is reserved`)
  return { ip: nic.ip, network, host }
}

function myceliumIp(context: ProvisionContext, config: MyceliumIp | undefined): string {
  if (!config) return ''
  try {
    let network: NetworkData
    try {
      network = loadNetwork(context, config.network)
    } catch (error) {
      const id = networkId(context.key.twinId, config.network)
      throw refuse(`failed to get network resource '${id}': ${messageOf(error)}`)
    }
    if (!network.mycelium) throw refuse('network resource does not support mycelium')
    if (/^(00|ff)\1{5}$/.test(config.hex_seed)) throw refuse('invalid seed')
    const daemon = context.node.overlay.daemons.addressOf(network.mycelium.hex_key)
    return machineAddressBehind(daemon, fromHex(config.hex_seed, 'machine seed'))
  } catch (error) {
    throw refuse(`could not set up tap device: ${messageOf(error)}`)
  }
}

function checkPublicIp(context: ProvisionContext, name: string): void {
  const workload = sibling(context, name)
  if (!publicIpResult(workload)) throw refuse('could not get public ip config: public ip workload is not okay')
}

/** Image, disks and the hypervisor's own rules. What it returns is the root filesystem's place. */
function boot(context: ProvisionContext, data: ZMachineLight): readonly Held[] {
  if (!/^https?:\/\/[^/]+\/.+/.test(data.flist)) {
    throw refuse(`failed to mount flist: ${context.id}: failed to download flist: "${data.flist}" is not a URL`)
  }
  const fromDisk = FULL_VM.test(data.flist)
  const held = fromDisk ? [] : rootFilesystem(context, data)
  if (fromDisk) checkBootDisk(context, data)
  for (const mount of fromDisk ? data.mounts.slice(1) : data.mounts) {
    checkMount(context, mount.name)
    if (mount.mountpoint === '/') {
      throw refuse(
        `machine configuration validation failed: validating disk ${mount.mountpoint}: mount target can't be /`,
      )
    }
  }
  const cores = Number(context.node.spec.resources.cru)
  if (data.compute_capacity.cpu > cores) {
    const range = cores === 1 ? 'must be 1' : `must be between 1 and ${cores}`
    throw refuse(`machine configuration validation failed: invalid cpu ${range}`)
  }
  return held
}

function rootFilesystem(context: ProvisionContext, data: ZMachineLight): readonly Held[] {
  try {
    return [context.node.disks.place(rootSize(data))]
  } catch (error) {
    throw refuse(`failed to create vm rootfs: ${messageOf(error)}`)
  }
}

function checkBootDisk(context: ProvisionContext, { mounts }: ZMachineLight): void {
  const [first] = mounts
  if (!first) throw refuse('at least one mount has to be attached for Vm mode')
  const disk = sibling(context, first.name)
  if (disk.type !== 'zmount') throw refuse('mount is not a valid disk workload')
  if (disk.result.state !== 'ok') throw refuse('boot disk was not deployed correctly')
}

function checkMount(context: ProvisionContext, name: string): void {
  try {
    sibling(context, name)
  } catch (error) {
    throw refuse(`failed to get mount '${name}' workload: ${messageOf(error)}`)
  }
  const workload = sibling(context, name)
  if (workload.result.state !== 'ok') throw refuse(`invalid disk '${name}' state`)
  if (workload.type !== 'zmount' && workload.type !== 'volume' && workload.type !== 'qsfs') {
    throw refuse(`expecting a reservation of type 'zmount' or 'qsfs' for disk '${name}'`)
  }
}

/** The network's own address on this node: the subnet with 1 as its last byte. */
function gatewayOf(network: NetworkData): string {
  return `${network.subnet.split('.').slice(0, 3).join('.')}.1`
}
