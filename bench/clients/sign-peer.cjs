/**
 * The same as sign-ours.mjs with the peer's exported classes, in the order its own `machines.deploy` uses them:
 * validate the model, make workloads and deployment, validate that, hash it, sign it. A round for each message.
 *
 *     node sign-peer.cjs COUNT
 */
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { ACCOUNT, manyInputs } = require('./models.cjs')

const peerRequire = createRequire(join(__dirname, '../../test/conformance/peer.cjs'))
const { DeploymentFactory, DiskPrimitive, MachinesModel, VMPrimitive, calculateRootFileSystem, validateObject } =
  peerRequire('@threefold/grid_client')
const { plainToInstance } = peerRequire('class-transformer')
const { mnemonicToMiniSecret } = peerRequire('@polkadot/util-crypto')

const count = Number(process.argv[2])
const { twinId } = ACCOUNT
const factory = new DeploymentFactory({ twinId })
const disk = new DiskPrimitive()
const vm = new VMPrimitive()

// As its constructor does: the mnemonic becomes the hex of its mini-secret once, before the first deployment.
const secret = `0x${Buffer.from(mnemonicToMiniSecret(ACCOUNT.mnemonic)).toString('hex')}`

async function round() {
  const inputs = manyInputs(count)
  const before = process.cpuUsage()
  const signed = []
  for (const input of inputs) signed.push(await sign(input))
  const { user, system } = process.cpuUsage(before)
  const { hash, deployment } = signed.at(-1)
  const { signature } = deployment.signature_requirement.signatures[0]
  process.send({ processorMs: (user + system) / 1_000, hash, signature })
}

async function sign(input) {
  validateObject(plainToInstance(MachinesModel, input, { excludeExtraneousValues: true }))
  const deployment = buildOne(input)
  validateObject(deployment)
  const hash = deployment.challenge_hash()
  await deployment.sign(twinId, secret, 'sr25519')
  return { hash, deployment }
}

function buildOne({ network, machines: [machine], metadata, description }) {
  const { name, cpu, memory, planetary, mycelium, myceliumSeed, flist, entrypoint, env } = machine
  const size = calculateRootFileSystem({ CPUCores: cpu, RAMInMegaBytes: memory })
  const disks = machine.disks.map(one => disk.create(one.size, one.name, metadata, description))
  const mounts = machine.disks.map(one => disk.createMount(one.name, one.mountpoint))
  // biome-ignore format: the peer's positions, in its order
  const workload = vm.create(
    name, flist, cpu, memory, size, mounts, network.name, ACCOUNT.firstIp, planetary, mycelium, myceliumSeed, '',
    entrypoint, env, metadata, description,
  )
  return factory.create([...disks, workload], 0, metadata, description, 0)
}

process.on('message', request => {
  if (request === 'close') process.exit(0)
  round().catch(error => {
    process.stderr.write(`${error?.stack ?? error}\n`)
    process.exit(1)
  })
})
process.send('ready')
