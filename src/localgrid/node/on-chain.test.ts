/** Nodes on the grid's own chain, asked over its own relay: nothing here is a fake. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { deployment, disk, GIB, machine, mycelium, network, workload } from '../../../test/support/nodes/workloads.js'
import { createIdentity, loadVerifier } from '../../chain/keys.js'
import { connectChain } from '../../chain/polkadot/index.js'
import type { ChainPort } from '../../chain/port.js'
import { createRmb, type RmbClient, rmbPublicKey } from '../../rmb/index.js'
import { deploymentHash } from '../../zos/challenge.js'
import type { Deployment, Workload } from '../../zos/deployment.js'
import { encodeDeployment } from '../../zos/encode.js'
import { readDeployment } from '../../zos/read.js'
import { signDeployment } from '../../zos/signature.js'
import { startChain } from '../chain/index.js'
import { FaultBoard } from '../faults.js'
import { type ChainControl, memoryStore } from '../ports.js'
import { startRelay } from '../relay/index.js'
import { sealed } from '../sealed.js'
import { type RunningNodes, startNodes } from './index.js'

const NODE = 11
const TFT = 10_000_000n

let control: ChainControl
let nodes: RunningNodes
let chain: ChainPort
let rmb: RmbClient
let user: Awaited<ReturnType<typeof createIdentity>>
let userTwin: number
let nodeTwin: number
const closers: (() => unknown)[] = []

beforeAll(async () => {
  const faults = new FaultBoard()
  const verifier = await loadVerifier()
  const [farmer, operator] = await Promise.all(['01', '02'].map(byte => createIdentity(byte.repeat(32))))
  user = await createIdentity('03'.repeat(32))

  const running = await startChain({ store: memoryStore(), faults })
  control = running.control
  const relay = await startRelay({ chain: control, faults, verifier })
  const settle = (identity: typeof user) => {
    control.endow(identity.address, 10_000n * TFT)
    return control.seedTwin({ account: identity.address, relay: 'relay.local', pk: rmbPublicKey(identity) })
  }
  const farmId = control.seedFarm({
    name: 'farm',
    twinId: settle(farmer!),
    publicIps: [{ ip: '185.206.122.33/24', gateway: '185.206.122.1' }],
  })
  nodeTwin = settle(operator!)
  userTwin = settle(user)
  const resources = { cru: 8n, mru: 32n * GIB, sru: 1000n * GIB, hru: 4000n * GIB }
  control.seedNode({
    id: NODE,
    farmId,
    twinId: nodeTwin,
    resources,
    location: { city: 'Ghent', country: 'Belgium', latitude: '51.05', longitude: '3.72' },
    interfaces: [],
    serialNumber: 'serial',
  })
  await sealed(control)

  const spec = { nodeId: NODE, kind: 'full', twinId: nodeTwin, identity: operator!, resources } as const
  const kycStatus = () => 'VERIFIED'
  const store = memoryStore()
  nodes = await startNodes({ chain: control, relay: relay.relay, faults, store, verifier, kycStatus, nodes: [spec] })
  chain = await connectChain({ url: running.url, identity: user })
  rmb = createRmb({
    relayUrl: relay.url,
    twinId: userTwin,
    identity: user,
    verifier,
    twins: async id => control.twin(id),
  })
  closers.push(
    () => rmb.close(),
    () => chain.close(),
    () => nodes.close(),
    () => relay.close(),
    () => running.close(),
  )
})
afterAll(async () => {
  for (const close of closers) await close()
})

const own = (workloads: Workload[], changes: Partial<Deployment> = {}) =>
  deployment(0n, workloads, { twin_id: userTwin, ...changes })

async function send(command: string, wanted: Deployment): Promise<void> {
  const payload = encodeDeployment(signDeployment(wanted, { twinId: userTwin, signer: user }))
  await rmb.request({ twinId: nodeTwin, command, payload, timeoutMs: 5_000 })
  await nodes.idle()
}

async function get(contractId: bigint): Promise<Deployment> {
  const payload = `{"contract_id":${contractId}}`
  return readDeployment(
    await rmb.request({ twinId: nodeTwin, command: 'zos.deployment.get', payload, timeoutMs: 5_000 }),
  )
}

describe('a node on the chain of the grid', () => {
  it('deploys, updates, and forgets, as the contract says', async () => {
    const wanted = own([
      disk('d', 10n * GIB),
      workload('ip', 'pub', { v4: true, v6: false }),
      network('net', mycelium),
      machine('vm', { public_ip: 'pub', myceliumOn: 'net', cpu: 2 }),
    ])
    const { created } = await chain.submit(
      [{ kind: 'createNodeContract', nodeId: NODE, hash: deploymentHash(wanted), data: '', publicIps: 1 }],
      { timeoutMs: 20_000 },
    )
    const contractId = created[0]!.id
    await send('zos.deployment.deploy', { ...wanted, contract_id: contractId })
    const first = await get(contractId)
    expect(first.workloads.map(({ result }) => result.message).join('')).toBe('')
    expect(first.workloads.find(({ name }) => name === 'pub')?.result.data).toEqual({
      ip: '185.206.122.33/24',
      ip6: '',
      gateway: '185.206.122.1',
    })
    expect(first.workloads.find(({ name }) => name === 'vm')?.result.data).toMatchObject({
      mycelium_ip: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d',
    })

    const second = own([disk('d', 11n * GIB, 1)], { version: 1, contract_id: contractId })
    await chain.submit([{ kind: 'updateNodeContract', contractId, hash: deploymentHash(second), data: '' }], {
      timeoutMs: 20_000,
    })
    await send('zos.deployment.update', second)
    expect((await get(contractId)).workloads).toMatchObject([{ name: 'd', version: 1, result: { state: 'ok' } }])

    await chain.submit([{ kind: 'cancelContract', contractId }], { timeoutMs: 20_000 })
    await nodes.idle()
    await expect(get(contractId)).rejects.toThrow('deployment not found')
  })

  it('refuses what the chain does not know', async () => {
    await send('zos.deployment.deploy', own([disk('d')], { contract_id: 4_711n }))
    expect((await get(4_711n)).workloads[0]?.result).toMatchObject({
      state: 'error',
      message: 'failed to get deployment contract: contract not found: object not found',
    })
  })
})
