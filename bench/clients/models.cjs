/** What both clients are asked for: the documented machine, in plain values that either takes. */
const FLIST = 'https://hub.grid.tf/tf-official-apps/base:latest.flist'
const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleKeyForTests00000000000000000000000000 test@example'

/** Who signs, and where the machines would be. The words are Substrate's development phrase, known to everybody. */
const ACCOUNT = {
  mnemonic: 'bottom drive obey lake curtain smoke basket hold race lonely fit walk',
  twinId: 7,
  nodeId: 168,
  networkName: 'manynet',
  subnet: '10.252.2.0/24',
  firstIp: '10.252.2.2',
}

function machine(name, nodeId, more = {}) {
  return {
    name,
    node_id: nodeId,
    disks: [{ name: `${name}disk`, size: 8, mountpoint: '/testdisk' }],
    public_ip: false,
    public_ip6: false,
    planetary: true,
    mycelium: true,
    cpu: 1,
    memory: 1024 * 2,
    rootfs_size: 0,
    flist: FLIST,
    entrypoint: '/sbin/zinit init',
    env: { SSH_KEY },
    ...more,
  }
}

function deployment(name, networkName, machines, network = {}) {
  return {
    name,
    network: { name: networkName, ip_range: '10.252.0.0/16', ...network },
    machines,
    metadata: '',
    description: 'one machine with Mycelium',
  }
}

/** Deployments of one machine each; every one differs from the others. */
function manyInputs(count) {
  return Array.from({ length: count }, (_, index) => {
    const myceliumSeed = (index + 1).toString(16).padStart(12, '0')
    return deployment(`many${index}`, ACCOUNT.networkName, [machine(`vm${index}`, ACCOUNT.nodeId, { myceliumSeed })])
  })
}

module.exports = { ACCOUNT, machine, deployment, manyInputs }
