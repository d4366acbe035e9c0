/** What is half there: contracts whose nodes know nothing of them, indexes that lag, seeds that somebody has already. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { type GridClientOptions, type HyphaeError, isHyphaeError } from '../../src/index.js'
import { machineModel, machinesModel } from './support/models.js'
import { contractsOf, type Rig, startRig } from './support/rig.js'

const LIMITS: GridClientOptions = { nodeTimeoutMs: 800, chainTimeoutMs: 15_000, deploymentTimeoutMinutes: 0.1 }
const SEED = '1e1404279b3d'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
}, 30_000)
afterEach(() => rig.close())

async function failure(work: Promise<unknown>): Promise<HyphaeError> {
  const error = await work.then(
    () => undefined,
    cause => cause,
  )
  if (!isHyphaeError(error)) throw new Error(`expected an error of Hyphae, got ${error}`)
  return error
}

/** Contracts are made, node 11 hears of nothing. */
async function deployUnheard(model: ReturnType<typeof machinesModel>): Promise<void> {
  let struck = false
  const notify = ({ code }: { code: string }) => {
    if (code !== 'BATCH_INCLUDED' || struck) return
    struck = true
    rig.grid.faults.set({ kind: 'silent-node', nodeId: 11 })
  }
  await failure(rig.client({ ...LIMITS, host: { notify } }).machines.deploy(model))
  rig.grid.faults.clear()
}

describe('a deployment whose node was never told', () => {
  const model = machinesModel('web', [machineModel('vm', 11)])

  it('is not read as one without machines', async () => {
    await deployUnheard(model)
    const error = await failure(rig.client(LIMITS).machines.getObj('web'))
    expect(error).toMatchObject({ code: 'GRID_NOT_FOUND', where: 'node 11' })
    expect(error.hint).toContain('deploy it again')
  }, 40_000)

  it('is deleted with its network, the way in on another node included', async () => {
    const open = { ...model, network: { ...model.network, addAccess: true, accessNodeId: 168 } }
    await deployUnheard(open)
    expect(contractsOf(rig.grid).live).toHaveLength(3)
    await rig.client(LIMITS).machines.delete({ name: 'web' })
    expect(contractsOf(rig.grid).live).toEqual([])
  }, 40_000)
})

describe('a node that answers nonsense', () => {
  it('keeps nobody from deleting what is on it', async () => {
    const client = rig.client(LIMITS)
    await client.machines.deploy(machinesModel('web', [machineModel('vm', 11)]))
    rig.grid.faults.set({ kind: 'foreign-signature', nodeId: 11 })
    await client.machines.delete({ name: 'web' })
    expect(contractsOf(rig.grid).live).toEqual([])
  }, 40_000)
})

describe('a seed that a machine has already', () => {
  it('is refused by name, in the same deployment and in another, before anything is written', async () => {
    const client = rig.client(LIMITS)
    await client.machines.deploy(machinesModel('web', [machineModel('vm', 11, { myceliumSeed: SEED })], 'shared'))
    const height = rig.grid.chain.height()
    const twin = machineModel('twin', 11, { myceliumSeed: SEED })
    const joined = await failure(client.machines.add_machine({ ...twin, deployment_name: 'web' }))
    const beside = await failure(client.machines.deploy(machinesModel('other', [twin], 'shared')))
    for (const error of [joined, beside]) {
      expect(error.code).toBe('GRID_CONFLICT')
      expect(error.message).toContain('machine vm of web')
      expect(error.message).toContain('machine twin of')
      expect(JSON.stringify(error)).not.toContain(SEED)
    }
    expect(rig.grid.chain.height()).toBe(height)
  }, 40_000)
})

describe('adding', () => {
  it('a machine or a node again changes nothing', async () => {
    const client = rig.client(LIMITS)
    await client.machines.deploy(machinesModel('web', [machineModel('vm', 11)]))
    const more = { ...machineModel('more', 168, { public_ip: true }), deployment_name: 'web' }
    await client.machines.add_machine(more)
    const { nodeId } = rig.grid.nodes.find(({ kind }) => kind === 'gateway')!
    const node = { name: 'webnet', ipRange: '10.249.0.0/16', nodeId, mycelium: true }
    const place = await client.networks.addNode(node)
    const height = rig.grid.chain.height()

    expect((await client.machines.add_machine(more)).contracts).toEqual({ created: [], updated: [], deleted: [] })
    expect(await client.networks.addNode(node)).toEqual(place)
    expect(rig.grid.chain.height()).toBe(height)
  }, 40_000)
})
