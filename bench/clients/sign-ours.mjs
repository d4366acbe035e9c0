/**
 * Builds, validates, hashes and signs deployments of one machine, with the functions that `machines.deploy` uses:
 * validate the model, compile it, diff it against nothing (that hashes it), sign. Prints one JSON line for each round.
 *
 *     node sign-ours.mjs COUNT ROUNDS
 */
import { createIdentity } from '../../dist/chain/keys.js'
import { compileMachines } from '../../dist/modules/machines/compile.js'
import { MachinesModel } from '../../dist/modules/machines/model.js'
import { validateModel } from '../../dist/modules/validate.js'
import { diffDeployment } from '../../dist/plan/diff.js'
import { signDeployment } from '../../dist/zos/index.js'
import { ACCOUNT, manyInputs } from './models.cjs'

const [count, rounds] = process.argv.slice(2).map(Number)
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

for (let round = 0; round < rounds; round++) {
  const inputs = manyInputs(count)
  const startedAt = performance.now()
  const models = inputs.map(input => validateModel(MachinesModel, input).model)
  const desired = models.map(({ name, metadata, description, machines }) => {
    const { deployments } = compileMachines({ name, metadata, description, machines, ...facts })
    return deployments[0]
  })
  const steps = desired.map(deployment => diffDeployment(deployment, undefined, { twinId })[0])
  const signed = steps.map(({ hash, deployment }) =>
    signDeployment({ ...deployment.reveal(), contract_id: 1n }, { twinId, signer: identity, hash }),
  )
  const elapsedMs = performance.now() - startedAt
  const { signature } = signed.at(-1).signature_requirement.signatures[0]
  process.stdout.write(`${JSON.stringify({ elapsedMs, hash: steps.at(-1).hash, signature })}\n`)
}
