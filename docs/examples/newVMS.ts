/**
 * A machine without Mycelium, then a second one with it in the same network: the network gains Mycelium by an update,
 * the first machine is not touched.
 */
import { DiskModel, GridClient, MachineModel, MachinesModel, NetworkModel } from 'hyphae'

const config = {
  ssh_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleKeyForDocumentationOnly000000000000 you@example',
}

function network(): NetworkModel {
  const n = new NetworkModel()
  n.name = 'wedtest'
  n.ip_range = '10.249.0.0/16'
  return n
}

function machine(name: string, mycelium: boolean): MachineModel {
  const disk = new DiskModel()
  disk.name = 'wedDisk'
  disk.size = 8
  disk.mountpoint = '/testdisk'

  const vm = new MachineModel()
  vm.name = name
  vm.node_id = 11
  vm.disks = [disk]
  vm.public_ip = false
  vm.public_ip6 = false
  vm.planetary = true
  vm.mycelium = mycelium
  vm.cpu = 1
  vm.memory = 1024 * 2
  vm.rootfs_size = 0
  vm.flist = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'
  vm.entrypoint = '/sbin/zinit init'
  vm.env = {
    SSH_KEY: config.ssh_key,
  }
  return vm
}

function deployment(name: string, vm: MachineModel): MachinesModel {
  const vms = new MachinesModel()
  vms.name = name
  vms.network = network()
  vms.machines = [vm]
  vms.metadata = ''
  vms.description = 'test deploying single VM with mycelium via ts grid3 client'
  return vms
}

async function main() {
  const grid3 = new GridClient()
  await grid3.connect()

  await grid3.machines.deploy(deployment('newVMS', machine('testvm1', false)))
  const before = await grid3.machines.getObj('newVMS')

  await grid3.machines.deploy(deployment('newVMS2', machine('testvm2', true)))
  const after = await grid3.machines.getObj('newVMS')
  const [second] = await grid3.machines.getObj('newVMS2')

  console.log('testvm1 untouched:', JSON.stringify(before) === JSON.stringify(after))
  console.log('testvm2 has', second?.myceliumIP)

  await grid3.disconnect()
}

main()
