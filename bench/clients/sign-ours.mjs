/**
 * Builds, validates, hashes and signs deployments of one machine, with the functions that `machines.deploy` uses:
 * validate the model, compile it, diff it against nothing (that hashes it), sign. A round for each message of its parent.
 *
 *     node sign-ours.mjs COUNT
 */
import { createIdentity } from '../../dist/chain/keys.js'
import { compileMachines } from '../../dist/modules/machines/compile.js'
import { MachinesModel } from '../../dist/modules/machines/model.js'
import { validateModel } from '../../dist/modules/validate.js'
import { diffDeployment } from '../../dist/plan/diff.js'
import { signDeployment } from '../../dist/zos/index.js'
import { ACCOUNT, manyInputs } from './models.cjs'

const count = Number(process.argv[2])
const { twinId, nodeId, subnet, networkName } = ACCOUNT

const identity = await createIdentity(ACCOUNT.mnemonic)
// Facts and the network are read and planned once for all machines, here as in the product.
const member = { nodeId, subnet, myceliumAddress: '4a1:a126:8b83:7169::1' }
const facts = {
  network: {
    name: networkName,
    deployments: [],
    members: new Map([[nodeId, member]]),
    silent: new Set(),
    userConfigs: [],
  },
  nodes: new Map([[nodeId, { light: false, wireguard: true, reachable: true, takenPorts: [] }]]),
  existing: [],
  reservedIps: new Map(),
  account: { secret: identity.miniSecret(), twinId },
  projectName: '',
  scope: 'all',
}

process.on('message', request => {
  if (request === 'close') process.exit(0)
  const inputs = manyInputs(count)
  const before = process.cpuUsage()
  const signed = inputs.map(sign)
  const { user, system } = process.cpuUsage(before)
  const { hash, deployment } = signed.at(-1)
  const { signature } = deployment.signature_requirement.signatures[0]
  process.send({ processorMs: (user + system) / 1_000, hash, signature })
})
process.send('ready')

function sign(input) {
  const { name, metadata, description, machines } = validateModel(MachinesModel, input).model
  const { deployments } = compileMachines({ name, metadata, description, machines, ...facts })
  const [{ hash, deployment }] = diffDeployment(deployments[0], undefined, { twinId })
  const accepted = { ...deployment.reveal(), contract_id: 1n }
  return { hash, deployment: signDeployment(accepted, { twinId, signer: identity, hash }) }
}
