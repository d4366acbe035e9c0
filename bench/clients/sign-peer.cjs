/**
 * The same as sign-ours.mjs with the peer's exported classes, in the order its own `machines.deploy` uses them:
 * validate the model, make workloads and deployment, validate that, hash it, sign it.
 *
 *     node sign-peer.cjs COUNT ROUNDS
 */
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { ACCOUNT, manyInputs } = require('./models.cjs')

const peerRequire = createRequire(join(__dirname, '../../test/conformance/peer.cjs'))
const { DeploymentFactory, DiskPrimitive, MachinesModel, VMPrimitive, calculateRootFileSystem, validateObject } =
  peerRequire('@threefold/grid_client')
const { plainToInstance } = peerRequire('class-transformer')
const { mnemonicToMiniSecret } = peerRequire('@polkadot/util-crypto')

const [count, rounds] = process.argv.slice(2).map(Number)
const { twinId } = ACCOUNT
const factory = new DeploymentFactory({ twinId })
const disk = new DiskPrimitive()
const vm = new VMPrimitive()

async function main() {
  // As its constructor does: the mnemonic becomes the hex of its mini-secret once, before the first deployment.
  const secret = `0x${Buffer.from(mnemonicToMiniSecret(ACCOUNT.mnemonic)).toString('hex')}`

  for (let round = 0; round < rounds; round++) {
    const inputs = manyInputs(count)
    const startedAt = performance.now()
    for (const input of inputs) {
      validateObject(plainToInstance(MachinesModel, input, { excludeExtraneousValues: true }))
    }
    const deployments = inputs.map(buildOne)
    for (const deployment of deployments) validateObject(deployment)
    const hashes = deployments.map(deployment => deployment.challenge_hash())
    for (const deployment of deployments) await deployment.sign(twinId, secret, 'sr25519')
    const elapsedMs = performance.now() - startedAt
    const { signature } = deployments.at(-1).signature_requirement.signatures[0]
    process.stdout.write(`${JSON.stringify({ elapsedMs, hash: hashes.at(-1), signature })}\n`)
  }
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

main().then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${error?.stack ?? error}\n`)
    process.exit(1)
  },
)
