/**
 * The scenario `bench` of test/conformance/peer.cjs, with Hyphae: one machine from nothing to ready, a second by update,
 * a third by add_machine, none. Before the end it changes a cpu, which the peer cannot. Prints the same lines.
 *
 *     BENCH_GRID='{"urls":…,"mnemonic":…}' node machines-ours.mjs ROUNDS
 */
import { GridClient } from 'hyphae'

import { deployment, machine } from './models.cjs'

const NODE_ID = 168
const SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
const { urls, mnemonic } = JSON.parse(process.env.BENCH_GRID)
const network = { myceliumSeeds: [{ nodeId: NODE_ID, seed: SEED }] }
const one = machine('one', NODE_ID, { myceliumSeed: '000000000001' })
const two = machine('two', NODE_ID, { myceliumSeed: '000000000002' })
const three = machine('three', NODE_ID, { myceliumSeed: '000000000003' })
const model = machines => deployment('bench', 'benchnet', machines, network)
const added = { ...three, deployment_name: 'bench', myceliumNetworkSeed: SEED }

const client = new GridClient({ ...urls, mnemonic, network: 'dev' })
await step('connect', () => client.connect())
for (let round = 0; round < Number(process.argv[2]); round++) {
  await step('deploy', () => client.machines.deploy(model([one])))
  await step('update', () => client.machines.update(model([one, two])))
  await step('add_machine', () => client.machines.add_machine(added))
  await step('cpu', () => client.machines.update(model([{ ...one, cpu: 2 }, two, three])))
  await step('delete', () => client.machines.delete({ name: 'bench' }))
}
await client.disconnect()

async function step(name, work) {
  const startedAt = performance.now()
  await work()
  process.stdout.write(`${JSON.stringify({ step: name, elapsedMs: performance.now() - startedAt })}\n`)
}
