import type { MachineModel, MachinesModel } from '../../../src/index.js'

export const FLIST = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'

export function machineModel(name: string, nodeId: number, more: Partial<MachineModel> = {}): MachineModel {
  return {
    name,
    node_id: nodeId,
    disks: [{ name: `${name}disk`, size: 1, mountpoint: '/data' }],
    public_ip: false,
    public_ip6: false,
    planetary: true,
    mycelium: true,
    cpu: 1,
    memory: 1024,
    rootfs_size: 0,
    flist: FLIST,
    entrypoint: '/sbin/zinit init',
    env: { SSH_KEY: 'ssh-ed25519 AAAA test' },
    ...more,
  }
}

export function machinesModel(name: string, machines: MachineModel[], network = `${name}net`): MachinesModel {
  return { name, network: { name: network, ip_range: '10.249.0.0/16' }, machines, metadata: '', description: 'a test' }
}

/** The documented program `newMY`. */
export const newMY: MachinesModel = {
  name: 'newMY',
  network: {
    name: 'hellotest',
    ip_range: '10.249.0.0/16',
    myceliumSeeds: [{ nodeId: 168, seed: '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76' }],
  },
  machines: [
    machineModel('testvmMY', 168, {
      disks: [{ name: 'wedDisk', size: 8, mountpoint: '/testdisk' }],
      myceliumSeed: '1e1404279b3d',
      memory: 1024 * 2,
    }),
  ],
  metadata: '',
  description: 'test deploying single VM with mycelium via ts grid3 client',
}
