import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { FakeChain } from '../../../test/support/nodes/fake-chain.js'
import { RecordingStore } from '../../../test/support/nodes/recording-store.js'
import { deployment, disk, GIB, machine, network } from '../../../test/support/nodes/workloads.js'
import { type RelayRig, relayRig } from '../../../test/support/relay-rig.js'
import type { RmbClient } from '../../rmb/index.js'
import { deploymentHash } from '../../zos/challenge.js'
import type { Deployment } from '../../zos/deployment.js'
import { encodeDeployment } from '../../zos/encode.js'
import { readDeployment, readDeployments } from '../../zos/read.js'
import { signDeployment } from '../../zos/signature.js'
import { FaultBoard } from '../faults.js'
import { type NodeSpec, type RunningNodes, type StartNodesOptions, startNodes } from './index.js'

const USER = 7
const IDS = [11, 12, 13]

let rig: RelayRig
let chain: FakeChain
let faults: FaultBoard
let nodes: RunningNodes
let rmb: RmbClient

async function specs(ids: readonly number[]): Promise<NodeSpec[]> {
  return Promise.all(
    ids.map(async nodeId => ({
      nodeId,
      kind: 'full' as const,
      twinId: 100 + nodeId,
      identity: await rig.twin(100 + nodeId),
      resources: { cru: 64n, mru: 1024n * GIB, sru: 4096n * GIB, hru: 1000n * GIB },
    })),
  )
}

async function start(options: Partial<StartNodesOptions> = {}, ids = IDS): Promise<RunningNodes> {
  const all = await specs(ids)
  for (const spec of all) chain.addNode(spec)
  for (const twin of rig.twins.values()) chain.twinsById.set(twin.id, twin)
  return startNodes({
    chain: chain.port,
    relay: rig.running.relay,
    faults,
    store: new RecordingStore(),
    verifier: rig.verifier,
    kycStatus: () => 'VERIFIED',
    nodes: all,
    ...options,
  })
}

beforeEach(async () => {
  rig = await relayRig()
  chain = new FakeChain()
  faults = new FaultBoard()
  await rig.twin(USER)
  nodes = await start()
  rmb = await rig.client(USER)
})
afterEach(async () => {
  await nodes.close()
  await rig.close()
})

const ask = (nodeId: number, command: string, payload = '', timeoutMs = 5_000) =>
  rmb.request({ twinId: 100 + nodeId, command, payload, timeoutMs })

async function deploy(nodeId: number, wanted: Deployment): Promise<void> {
  const signer = await rig.twin(USER)
  chain.addContract(wanted.contract_id, USER, nodeId, deploymentHash(wanted))
  await ask(nodeId, 'zos.deployment.deploy', encodeDeployment(signDeployment(wanted, { twinId: USER, signer })))
}

const get = async (nodeId: number, contractId: bigint) =>
  readDeployment(await ask(nodeId, 'zos.deployment.get', `{"contract_id":${contractId}}`))

describe('nodes on the message bus', () => {
  it('take a deployment, answer null, and have it ready when they are idle', async () => {
    const wanted = deployment(1n, [network('net'), machine('vm')])
    const signer = await rig.twin(USER)
    chain.addContract(1n, USER, 11, deploymentHash(wanted))
    const payload = encodeDeployment(signDeployment(wanted, { twinId: USER, signer }))
    expect(await ask(11, 'zos.deployment.deploy', payload)).toBe('null')
    await nodes.idle()
    expect((await get(11, 1n)).workloads.map(found => found.result.state)).toEqual(['ok', 'ok'])
    // What the node prints hashes to what was sent, once it is in order again.
    const printed = await get(11, 1n)
    const order = wanted.workloads.map(({ name }) => printed.workloads.find(found => found.name === name)!)
    expect(deploymentHash({ ...printed, workloads: order })).toBe(deploymentHash(wanted))
  })

  it('answer errors in the words of the node', async () => {
    await expect(ask(11, 'zos.deployment.delete', '{}')).rejects.toMatchObject({
      code: 'RMB_REMOTE',
      message: expect.stringContaining('deletion over the api is disabled, please cancel your contract instead'),
    })
    await expect(ask(11, 'zos.nothing')).rejects.toThrow('function is not found')
  })

  it('keep 200 deployments each, sent all at once', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => BigInt(index + 1))
    await Promise.all(
      ids.map(id =>
        deploy(
          11,
          deployment(id, [
            disk('d', GIB),
            network(`net${id}`, { wireguard_listen_port: 0 }),
            machine('vm', { net: `net${id}` }),
          ]),
        ),
      ),
    )
    await nodes.idle()
    const all = readDeployments(await ask(11, 'zos.deployment.list'))
    expect(all).toHaveLength(200)
    expect(all.every(({ workloads }) => workloads.every(({ result }) => result.state === 'ok'))).toBe(true)
    expect(nodes.capacity(11)?.used.mru).toBe(400n * GIB + (1024n * GIB) / 10n)
    expect(chain.reports).toHaveLength(200)
  })

  it('work side by side', async () => {
    await Promise.all(IDS.map((nodeId, index) => deploy(nodeId, deployment(BigInt(index + 1), [disk('d')]))))
    await nodes.idle()
    for (const [index, nodeId] of IDS.entries()) {
      expect((await get(nodeId, BigInt(index + 1))).workloads[0]?.result.state).toBe('ok')
    }
  })

  it('hear of a cancelled contract', async () => {
    await deploy(11, deployment(1n, [disk('d')]))
    await nodes.idle()
    chain.cancel(1n)
    await nodes.idle()
    await expect(get(11, 1n)).rejects.toThrow('deployment not found')
  })

  it('survive any bytes', async () => {
    for (const payload of ['{', '[]', '"x"', '{"contract_id":-1}', `{"contract_id":${'9'.repeat(400)}}`, '\u0000']) {
      await expect(ask(11, 'zos.deployment.get', payload)).rejects.toMatchObject({ code: 'RMB_REMOTE' })
      await expect(ask(11, 'zos.deployment.deploy', payload)).rejects.toMatchObject({ code: 'RMB_REMOTE' })
    }
    expect(await ask(11, 'zos.system.hypervisor')).toBe('""')

    await nodes.close()
    const delivers: ((frame: Uint8Array) => void)[] = []
    const attach = (_: number, deliver: (frame: Uint8Array) => void) => {
      delivers.push(deliver)
      return { send: () => {}, detach: () => {} }
    }
    nodes = await start({ relay: { attach } })
    for (let length = 0; length < 256; length++) {
      delivers[0]?.(Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) % 256))
    }
    await new Promise(resolve => setImmediate(resolve))
  })
})

describe('nodes that misbehave on purpose', () => {
  it('are silent, alone', async () => {
    faults.set({ kind: 'silent-node', nodeId: 11 })
    await expect(ask(11, 'zos.system.version', '', 100)).rejects.toMatchObject({ code: 'DEADLINE' })
    expect(await ask(12, 'zos.system.hypervisor')).toBe('""')
    expect([nodes.up(11), nodes.up(12), nodes.up(99)]).toEqual([false, true, false])
    faults.clear()
    expect(await ask(11, 'zos.system.hypervisor')).toBe('""')
  })

  it('are slow, and give up when the grid is closed', async () => {
    faults.set({ kind: 'slow-node', nodeId: 11, delayMs: 20, times: 1 })
    expect(await ask(11, 'zos.system.hypervisor')).toBe('""')
    faults.set({ kind: 'slow-node', nodeId: 11, delayMs: 3_600_000 })
    const waiting = ask(11, 'zos.system.hypervisor', '', 200).catch((error: Error) => error)
    await ask(12, 'zos.system.hypervisor')
    await nodes.close()
    expect(await waiting).toBeInstanceOf(Error)
  })

  it('sign as somebody else', async () => {
    faults.set({ kind: 'foreign-signature', nodeId: 11, times: 1 })
    await expect(ask(11, 'zos.system.hypervisor', '', 200)).rejects.toMatchObject({ code: 'RMB_SIGNATURE' })
    expect(await ask(11, 'zos.system.hypervisor')).toBe('""')
  })

  it('leave a slow workload to the next start', async () => {
    const store = new RecordingStore()
    await nodes.close()
    nodes = await start({ store })
    faults.set({ kind: 'slow-workload', name: 'd', delayMs: 3_600_000, times: 1 })
    await deploy(11, deployment(1n, [disk('d')]))
    expect((await get(11, 1n)).workloads[0]?.result.state).toBe('init')
    await nodes.close()
    nodes = await start({ store })
    await nodes.idle()
    expect((await get(11, 1n)).workloads[0]?.result.state).toBe('ok')
  })

  it('do not take the grid down when they cannot write', async () => {
    await nodes.close()
    const store = new RecordingStore()
    nodes = await start({ store })
    await deploy(11, deployment(1n, [disk('d')]))
    await nodes.idle()
    store.append = () => {
      throw new Error('no space left on device')
    }
    await expect(deploy(11, deployment(2n, [disk('d')]))).rejects.toThrow('no space left on device')
    chain.cancel(1n)
    expect((await get(11, 1n)).contract_id).toBe(1n)
  })
})

describe('the directory of nodes', () => {
  it('tells what the explorer wants to know', async () => {
    await deploy(11, deployment(1n, [network('net'), machine('vm', { cpu: 4 })]))
    await nodes.idle()
    expect(nodes.kind(11)).toBe('full')
    expect(nodes.features(11)).toContain('zmachine')
    expect(nodes.capacity(11)?.used.cru).toBe(4n)
    expect([nodes.kind(99), nodes.features(99), nodes.capacity(99), nodes.gpus(99)]).toEqual([
      undefined,
      [],
      undefined,
      [],
    ])
  })

  it('starts hundreds of nodes in no time', async () => {
    await nodes.close()
    const began = performance.now()
    nodes = await start(
      {},
      Array.from({ length: 300 }, (_, index) => index + 1),
    )
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await ask(300, 'zos.system.hypervisor')).toBe('""')
  })

  it('refuses two nodes with one twin', async () => {
    const [spec] = await specs([11])
    await expect(start({ nodes: [spec!, { ...spec!, nodeId: 12 }] })).rejects.toMatchObject({
      code: 'LOCALGRID_OPTION',
    })
  })
})
