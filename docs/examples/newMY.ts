/**
 * One machine with a Mycelium address. Runs on a local grid as it is: `npm start`, or `hyphae run docs/examples/newMY.ts`.
 */
import { DiskModel, GridClient, MachineModel, MachinesModel, NetworkModel } from 'hyphae'

const config = {
  ssh_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleKeyForDocumentationOnly000000000000 you@example',
}

async function main() {
  const grid3 = new GridClient()
  await grid3.connect()

  // create network Object
  const n = new NetworkModel()
  n.name = 'hellotest'
  n.ip_range = '10.249.0.0/16'
  n.myceliumSeeds = [
    {
      nodeId: 168,
      seed: '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76', // 64 hex digits: the network's key on the node
    },
  ]

  // create disk Object
  const disk = new DiskModel()
  disk.name = 'wedDisk'
  disk.size = 8
  disk.mountpoint = '/testdisk'

  // create vm node Object
  const vm = new MachineModel()
  vm.name = 'testvmMY'
  vm.node_id = 168
  vm.disks = [disk]
  vm.public_ip = false
  vm.public_ip6 = false
  vm.planetary = true
  vm.mycelium = true
  vm.myceliumSeed = '1e1404279b3d' // 12 hex digits: the machine's part of the address
  vm.cpu = 1
  vm.memory = 1024 * 2
  vm.rootfs_size = 0
  vm.flist = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'
  vm.entrypoint = '/sbin/zinit init'
  vm.env = {
    SSH_KEY: config.ssh_key,
  }

  // create VMs Object
  const vms = new MachinesModel()
  vms.name = 'newMY'
  vms.network = n
  vms.machines = [vm]
  vms.metadata = ''
  vms.description = 'test deploying single VM with mycelium via ts grid3 client'

  // deploy vms
  const res = await grid3.machines.deploy(vms)
  console.log(res.contracts)

  // get the deployment
  const l = await grid3.machines.getObj(vms.name)
  console.log(l)

  // // delete
  // const d = await grid3.machines.delete({ name: vms.name })
  // console.log(d)

  await grid3.disconnect()
}

main()
