/** A grid that misbehaves: a clear error or recovery, never a hang, never a second contract. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { type GridClientOptions, type HyphaeError, isHyphaeError, type MessageCode } from '../../src/index.js'
import type { Fault } from '../../src/localgrid/index.js'
import { machineModel, machinesModel } from './support/models.js'
import { contractsOf, type Rig, startRig } from './support/rig.js'

const LIMITS: GridClientOptions = { nodeTimeoutMs: 1_500, chainTimeoutMs: 15_000, deploymentTimeoutMinutes: 0.25 }
const one = machinesModel('web', [machineModel('vm', 11)])
const two = machinesModel('web', [machineModel('here', 11), machineModel('there', 168)])

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
}, 30_000)
afterEach(() => rig.close())

/** A client that sets a fault the moment its host hears of `code`. */
function clientThat(code: MessageCode, fault: Fault) {
  let struck = false
  const host = {
    notify: (message: { code: MessageCode }) => {
      if (message.code !== code || struck) return
      struck = true
      rig.grid.faults.set(fault)
    },
  }
  return rig.client({ ...LIMITS, host })
}

async function failure(work: Promise<unknown>): Promise<HyphaeError> {
  const error = await work.then(
    () => undefined,
    cause => cause,
  )
  if (!isHyphaeError(error)) throw new Error(`expected an error of Hyphae, got ${error}`)
  return error
}

/** Ready, planned again without a step, and as many contracts as there must be, ever. */
async function expectWhole(model: typeof one, contracts: number): Promise<void> {
  const client = rig.client(LIMITS)
  expect((await client.machines.getObj(model.name)).map(({ status }) => status)).toEqual(model.machines.map(() => 'ok'))
  expect((await client.machines.plan(model)).empty).toBe(true)
  expect(contractsOf(rig.grid)).toMatchObject({ ever: contracts })
}

describe('a silent node', () => {
  it('costs nothing; the others deploy, and the error names it and the deadline', async () => {
    rig.grid.faults.set({ kind: 'silent-node', nodeId: 168 })
    const client = rig.client(LIMITS)
    const error = await failure(client.machines.deploy(two))
    expect(error.code).toBe('GRID_NODE_UNREACHABLE')
    expect(error.message).toContain('node 168')
    expect(contractsOf(rig.grid).live).toHaveLength(2)
    const [machine] = await client.machines.getObj('web')
    expect(machine).toMatchObject({ name: 'here', status: 'ok' })

    rig.grid.faults.clear()
    await client.machines.deploy(two)
    await expectWhole(two, 4)
  }, 60_000)

  it('that falls silent after its contract was made is named with the deadline, and deleted all the same', async () => {
    const client = clientThat('BATCH_INCLUDED', { kind: 'silent-node', nodeId: 168 })
    const error = await failure(client.machines.deploy(two))
    expect(error.code).toBe('GRID_NODE_UNREACHABLE')
    expect(error.message).toMatch(/node 168 did not answer zos\.deployment\.deploy within 1\.5 s/)
    expect(contractsOf(rig.grid).live).toHaveLength(4)

    const result = await client.machines.delete({ name: 'web' })
    expect(result.contracts.deleted).toHaveLength(4)
    expect(contractsOf(rig.grid).live).toEqual([])
  }, 60_000)

  it('does not keep what else the account has on it from living on', async () => {
    const client = rig.client(LIMITS)
    await client.machines.deploy(one)
    await client.machines.deploy(machinesModel('other', [machineModel('else', 11)], one.network.name))
    rig.grid.faults.set({ kind: 'silent-node', nodeId: 11 })
    await client.machines.delete({ name: 'web' })
    rig.grid.faults.clear()
    expect((await client.machines.getObj('other'))[0]?.status).toBe('ok')
    expect(contractsOf(rig.grid).live).toHaveLength(2)
  }, 60_000)

  it('is never read as an empty one', async () => {
    const client = rig.client(LIMITS)
    await client.machines.deploy(one)
    rig.grid.faults.set({ kind: 'silent-node', nodeId: 11 })
    expect((await failure(client.machines.getObj('web'))).code).toBe('GRID_NODE_UNREACHABLE')
  }, 60_000)
})

describe('what recovers by itself', () => {
  const cases: readonly (readonly [string, MessageCode, Fault])[] = [
    ['the relay drops every connection in mid-deploy', 'BATCH_FINALIZED', { kind: 'dropped-relay' }],
    ['the relay drops connections again and again', 'BATCH_SUBMITTED', { kind: 'dropped-relay', times: 3 }],
    ['the chain restarts in mid-deploy', 'BATCH_SUBMITTED', { kind: 'chain-restart', downMs: 300 }],
    ['the chain restarts before the batch is final', 'BATCH_INCLUDED', { kind: 'chain-restart', downMs: 300 }],
    ['relay frames come twice', 'APPLY_STARTED', { kind: 'duplicated-frames' }],
    ['relay frames come in another order', 'APPLY_STARTED', { kind: 'reordered-frames' }],
    ['a relay frame is lost', 'BATCH_FINALIZED', { kind: 'lost-frames', times: 1 }],
    ['finality is slow', 'APPLY_STARTED', { kind: 'slow-finality', delayMs: 700 }],
    ['a nonce clashes', 'APPLY_STARTED', { kind: 'nonce-clash', times: 1 }],
    ['a node is slow', 'APPLY_STARTED', { kind: 'slow-node', nodeId: 11, delayMs: 400 }],
    ['a workload is slow', 'APPLY_STARTED', { kind: 'slow-workload', nodeId: 11, delayMs: 800 }],
  ]
  it.each(cases)(
    '%s',
    async (_, code, fault) => {
      await clientThat(code, fault).machines.deploy(two)
      rig.grid.faults.clear()
      await expectWhole(two, 4)
    },
    60_000,
  )
})

describe('what ends in a clear error, and is gone on from by running again', () => {
  const cases: readonly (readonly [string, string, RegExp, MessageCode, Fault])[] = [
    [
      'a workload fails',
      'GRID_WORKLOAD_FAILED',
      /kernel panic/,
      'APPLY_STARTED',
      { kind: 'failing-workload', nodeId: 11, name: 'vm', message: 'kernel panic' },
    ],
    ['a disk is full', 'GRID_WORKLOAD_FAILED', /vmdisk/, 'APPLY_STARTED', { kind: 'full-disk', nodeId: 11 }],
    [
      'a node signs with another key',
      'RMB_SIGNATURE',
      /twin|sign/i,
      'APPLY_STARTED',
      { kind: 'foreign-signature', nodeId: 11 },
    ],
  ]
  it.each(cases)(
    '%s',
    async (_, code, text, when, fault) => {
      const error = await failure(clientThat(when, fault).machines.deploy(one))
      expect(error.code).toBe(code)
      expect(JSON.stringify(error)).toMatch(text)
      expect(contractsOf(rig.grid).ever).toBe(2)

      rig.grid.faults.clear()
      await rig.client(LIMITS).machines.deploy(one)
      await expectWhole(one, 2)
    },
    60_000,
  )
})

describe('what ends in a clear error before anything is written', () => {
  const cases: readonly (readonly [string, RegExp, Fault])[] = [
    ['the explorer answers garbage', /^EXPLORER_/, { kind: 'garbage-explorer' }],
    ['GraphQL answers garbage', /^EXPLORER_/, { kind: 'garbage-explorer', service: 'graphql' }],
    ['the owner is not verified', /^GRID_KYC$/, { kind: 'kyc', status: 'REJECTED' }],
  ]
  it.each(cases)(
    '%s',
    async (_, code, fault) => {
      const client = rig.client(LIMITS)
      await client.connect()
      const height = rig.grid.chain.height()
      rig.grid.faults.set(fault)
      expect((await failure(client.machines.deploy(one))).code).toMatch(code)
      expect(rig.grid.chain.height()).toBe(height)
      expect(contractsOf(rig.grid).ever).toBe(0)
    },
    60_000,
  )

  it('the account has nothing', async () => {
    const client = rig.client(LIMITS)
    await client.connect()
    rig.grid.faults.set({ kind: 'no-funds' })
    const error = await failure(client.machines.deploy(one))
    expect(error.code).toMatch(/^(GRID|CHAIN)_FUNDS$/)
    expect(contractsOf(rig.grid).ever).toBe(0)
  }, 60_000)

  it('a node has too little memory, and says what would do', async () => {
    const greedy = machinesModel(
      'greedy',
      Array.from({ length: 8 }, (_, i) => machineModel(`vm${i}`, 11, { memory: 200 * 1024 })),
    )
    const error = await failure(rig.client(LIMITS).machines.deploy(greedy))
    expect(error).toMatchObject({ code: 'GRID_CAPACITY', where: 'node 11' })
    expect(error.hint).toContain('nodes.filter')
  }, 60_000)

  it('the work is cancelled: what is written stays, and the next run goes on', async () => {
    const controller = new AbortController()
    const host = {
      notify: ({ code }: { code: MessageCode }) => void (code === 'BATCH_FINALIZED' && controller.abort()),
    }
    rig.grid.faults.set({ kind: 'slow-workload', nodeId: 11, delayMs: 2_000 })
    const error = await failure(rig.client({ ...LIMITS, host }).machines.deploy(one, { signal: controller.signal }))
    expect(error.code).toBe('CANCELLED')
    rig.grid.faults.clear()
    await rig.client(LIMITS).machines.deploy(one)
    await expectWhole(one, 2)
  }, 60_000)
})
