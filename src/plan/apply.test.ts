import { describe, expect, it } from '@jest/globals'

import { type FakeGrid, fakeGrid, type NodeBehaviour, refusal, silence } from '../../test/support/plan/fake-grid.js'
import { ChainError } from '../errors/chain.js'
import { emptyResult } from '../zos/results.js'
import { applyPlan } from './apply.js'
import { noCost } from './cost.js'
import type { Desired, DesiredDeployment, DesiredWorkload, UnwantedContract } from './desired.js'
import { openIntents } from './journal.js'
import type { NodeBook } from './observe.js'
import type { ObservedDeployment } from './observed.js'
import { makePlan } from './plan.js'

const texts = { metadata: '', description: '' }

function disk(name: string, size = 1n): DesiredWorkload {
  return { type: 'zmount', name, data: { size }, ...texts }
}

function logs(name: string): DesiredWorkload {
  return { type: 'zlogs', name, data: { zmachine: 'vm', output: `ws://${name}.example` }, ...texts }
}

/** Rank 0 is what others hang on, as networks are; rank 1 what hangs on it. */
function wanted(nodeId: number, name: string, rank: number, ...workloads: DesiredWorkload[]): DesiredDeployment {
  const contractData = `{"version":3,"type":"vm","name":"${name}"}`
  const place = { nodeId, name, contractType: rank === 0 ? 'network' : 'vm', contractData, rank, publicIps: 0 }
  return { kind: 'deployment', ...place, ...texts, workloads: workloads.length > 0 ? workloads : [disk(`${name}d`)] }
}

function there(want: DesiredDeployment, id: bigint, ...workloads: DesiredWorkload[]): ObservedDeployment {
  const { nodeId, name, contractType, contractData } = want
  const type = { kind: 'node', nodeId, hash: '0'.repeat(32), data: contractData, publicIps: [] } as const
  const deployment = {
    version: 0,
    twin_id: 7,
    contract_id: id,
    ...texts,
    expiration: 0n,
    signature_requirement: { requests: [], weight_required: 1, signatures: [], signature_style: '' },
    workloads: workloads.map(one => ({ ...one, version: 0, result: { ...emptyResult(), state: 'ok' as const } })),
  }
  return {
    contract: { id, twinId: 7, state: { kind: 'created' }, type },
    nodeId,
    hash: type.hash,
    contractType,
    name,
    projectName: '',
    node: { kind: 'present', deployment } as ObservedDeployment['node'],
  }
}

function unwanted(contractId: bigint, when: 'first' | 'last'): UnwantedContract {
  const place = { nodeId: 99, name: `old${contractId}`, contractType: 'vm' }
  return { kind: 'unwanted', contractId, ...place, because: 'it moved', lost: [], when, rank: 0 }
}

function planOf(desired: readonly Desired[], observed: readonly ObservedDeployment[] = []) {
  return makePlan({
    name: 'web',
    desired,
    observed,
    addresses: [],
    cost: noCost,
    warnings: [],
    options: { twinId: 7, allowReplace: true },
  })
}

function bookOf(grid: FakeGrid, behaviours: Readonly<Record<number, NodeBehaviour>> = {}): NodeBook {
  const nodes = new Map<number, ReturnType<FakeGrid['node']>>()
  return {
    calls: nodeId => {
      const node = nodes.get(nodeId) ?? grid.node(nodeId, behaviours[nodeId])
      nodes.set(nodeId, node)
      return node
    },
  }
}

describe('applying a plan', () => {
  it('writes the chain, waits for finality, then tells the nodes, networks first', async () => {
    const grid = fakeGrid()
    const plan = planOf([wanted(11, 'web', 1), wanted(11, 'net', 0), wanted(12, 'web', 1)])
    const applied = await applyPlan(plan, grid.ports, bookOf(grid))
    expect(grid.log.slice(0, 2)).toEqual(['batch create,create,create', 'final'])
    expect(grid.log.filter(line => line.endsWith('@11 v0'))).toEqual(['deploy 100@11 v0', 'deploy 101@11 v0'])
    expect(grid.log).toContain('deploy 102@12 v0')
    expect(applied.created.map(({ contractId, contractType }) => `${contractId} ${contractType}`)).toEqual([
      '100 network',
      '101 vm',
      '102 vm',
    ])
  })

  it('has the hash of every contract in the journal before the extrinsic leaves', async () => {
    const grid = fakeGrid({ fail: () => new ChainError('CHAIN_UNREACHABLE', 'gone') })
    const plan = planOf([wanted(11, 'net', 0), wanted(11, 'web', 1)])
    await expect(applyPlan(plan, grid.ports, bookOf(grid))).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    const [open] = openIntents(await grid.journal.read())
    expect(open?.creates.map(({ hash }) => hash)).toEqual(
      plan.steps.flatMap(step => (step.kind === 'create' ? [step.hash] : [])),
    )
    expect(grid.log).toEqual([])
  })

  it('closes the intent once the contracts are there', async () => {
    const grid = fakeGrid()
    await applyPlan(planOf([wanted(11, 'web', 1)]), grid.ports, bookOf(grid))
    const records = await grid.journal.read()
    expect(openIntents(records)).toEqual([])
    expect(records.at(-1)).toMatchObject({ kind: 'created', contracts: [{ contractId: '100', nodeId: 11 }] })
  })

  it('splits more than 400 calls, each part with an intent of its own', async () => {
    const grid = fakeGrid()
    const desired = Array.from({ length: 901 }, (_, i) => wanted(1 + i, 'web', 1))
    const applied = await applyPlan(planOf(desired), grid.ports, bookOf(grid))
    const batches = grid.log.filter(line => line.startsWith('batch')).map(line => line.split(',').length)
    expect(batches).toEqual([400, 400, 101])
    expect(applied.created).toHaveLength(901)
    expect((await grid.journal.read()).filter(({ kind }) => kind === 'intent')).toHaveLength(3)
    expect(grid.log.indexOf('deploy 100@1 v0')).toBeGreaterThan(grid.log.lastIndexOf('final'))
  })

  it('stops on a node where a network is refused; the other nodes go on', async () => {
    const grid = fakeGrid()
    const refuse: NodeBehaviour = { refuse: () => refusal(11, 'no room') }
    const plan = planOf([wanted(11, 'net', 0), wanted(11, 'web', 1), wanted(12, 'net', 0), wanted(12, 'web', 1)])
    const error = await applyPlan(plan, grid.ports, bookOf(grid, { 11: refuse })).catch(cause => cause)
    expect(error).toMatchObject({ code: 'GRID_NODE_REFUSED', message: expect.stringContaining('no room') })
    expect(grid.log.filter(line => line.includes('@11'))).toEqual(['deploy 100@11 v0'])
    expect(grid.log.filter(line => line.includes('@12'))).toHaveLength(2)
  })

  it('runs no later wave of what failed, and of what hangs on it', async () => {
    const net = wanted(11, 'net', 0, disk('n', 2n))
    const web = wanted(11, 'web', 1, logs('new'))
    const far = wanted(12, 'far', 1, {
      ...logs('log'),
      data: { zmachine: 'vm', output: 'ws://new.example' },
    } as DesiredWorkload)
    const observed = [
      there(net, 1n, disk('n', 1n)),
      there(web, 2n, { ...logs('new'), data: { zmachine: 'vm', output: 'ws://old.example' } } as DesiredWorkload),
      there(far, 3n, logs('log')),
    ]
    const plan = planOf([net, web, far], observed)
    expect(plan.steps.map(step => `${step.wave} ${step.key}`)).toEqual([
      '0 network/net@11',
      '0 vm/web@11',
      '0 vm/far@12',
      '1 vm/web@11',
      '1 vm/far@12',
    ])

    const grid = fakeGrid()
    const book = bookOf(grid, { 11: { refuse: () => refusal(11, 'no') } })
    await expect(applyPlan(plan, grid.ports, book)).rejects.toMatchObject({ code: 'GRID_NODE_REFUSED' })
    expect(grid.log.filter(line => !line.startsWith('final'))).toEqual([
      'batch update,update,update',
      'update 1@11 v1',
      'update 3@12 v1',
      'batch update',
      'update 3@12 v2',
    ])
  })

  it('waits for what a later wave needs before it begins', async () => {
    const web = wanted(11, 'web', 1, logs('new'))
    const before = there(web, 2n, {
      ...logs('new'),
      data: { zmachine: 'vm', output: 'ws://old.example' },
    } as DesiredWorkload)
    const failing: NodeBehaviour = {
      result: (_, { version }) => (version === 1 ? { state: 'error', message: 'broken' } : {}),
    }
    const keep = { ...web, workloads: [...web.workloads, disk('new2')] }
    const grid = fakeGrid()
    const error = await applyPlan(planOf([keep], [before]), grid.ports, bookOf(grid, { 11: failing })).catch(
      cause => cause,
    )
    expect(error).toMatchObject({ code: 'GRID_WORKLOAD_FAILED', message: expect.stringContaining('broken') })
    expect(grid.log.filter(line => line.startsWith('update'))).toEqual(['update 2@11 v1'])
  })

  it('gives up what has moved only when the new place stands', async () => {
    const desired = [wanted(11, 'web', 1), unwanted(8n, 'last'), unwanted(9n, 'first')]
    const good = fakeGrid()
    const applied = await applyPlan(planOf(desired), good.ports, bookOf(good))
    expect(applied.cancelled.map(({ contractId }) => contractId)).toEqual([9n, 8n])
    expect(good.log.filter(line => line !== 'final')).toEqual([
      'batch cancel,create',
      'deploy 100@11 v0',
      'batch cancel',
    ])

    const bad = fakeGrid()
    const failing: NodeBehaviour = { result: () => ({ state: 'error', message: 'kernel panic' }) }
    const error = await applyPlan(planOf(desired), bad.ports, bookOf(bad, { 11: failing })).catch(cause => cause)
    expect(error).toMatchObject({ code: 'GRID_WORKLOAD_FAILED', message: expect.stringContaining('kernel panic') })
    expect(bad.log.filter(line => line.startsWith('batch'))).toEqual(['batch cancel,create'])
  })

  it('gives nothing up while something is held', async () => {
    const grid = fakeGrid()
    const plan = planOf([{ ...wanted(11, 'web', 1), unreachable: true }, unwanted(8n, 'last')])
    const error = await applyPlan(plan, grid.ports, bookOf(grid)).catch(cause => cause)
    expect(error).toMatchObject({ code: 'GRID_NODE_UNREACHABLE', message: expect.stringContaining('node 11') })
    expect(grid.log.filter(line => line.startsWith('batch'))).toEqual([])
  })

  it('frees the addresses of what is replaced before it asks for new ones', async () => {
    const web = { ...wanted(11, 'web', 1), publicIps: 1 }
    const plan = planOf([web], [there(web, 5n, disk('webd'))])
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['cancel', 'create'])
    const grid = fakeGrid()
    await applyPlan(plan, grid.ports, bookOf(grid))
    expect(grid.log[0]).toBe('batch cancel,create')
  })

  it('says all that went wrong, once', async () => {
    const grid = fakeGrid()
    const book = bookOf(grid, {
      11: { result: () => ({ state: 'error', message: 'disk is full' }) },
      12: { refuse: () => silence(12) },
    })
    const desired = [wanted(11, 'web', 1), wanted(12, 'web', 1), { ...wanted(13, 'web', 1), unreachable: true }]
    const error = await applyPlan(planOf(desired), grid.ports, book).catch(cause => cause)
    expect(error.code).toBe('GRID_WORKLOAD_FAILED')
    expect(error.details.failures).toHaveLength(3)
    for (const text of ['disk is full', 'node 12', 'node 13']) expect(error.message).toContain(text)
    expect(error.where).toBe('node 13, node 11, node 12')
  })

  it('tries again while the node still has the network that was cancelled a moment ago', async () => {
    let refused = 0
    const conflict = () =>
      refused++ < 2 ? refusal(11, 'global workload with the same name exists: conflict') : undefined
    const grid = fakeGrid()
    await applyPlan(planOf([wanted(11, 'net', 0)]), grid.ports, bookOf(grid, { 11: { refuse: conflict } }))
    expect(refused).toBe(3)
  })
})

describe('a second program of the same account', () => {
  const web = wanted(11, 'web', 1, disk('webd', 2n))
  const observed = there(web, 5n, disk('webd', 1n))

  /** The node refuses because it has this version already. */
  function nodeWith(signatures: readonly string[]) {
    const grid = fakeGrid()
    const node = grid.node(11, {
      refuse: () => refusal(11, 'expecting deployment version 2, got 1: upgrade validation error'),
    })
    const theirs = observed.node.kind === 'present' ? observed.node.deployment : undefined
    const requirement = {
      ...theirs!.signature_requirement,
      signatures: signatures.map(signature => ({ twin_id: 7, signature, signature_type: 'sr25519' })),
    }
    const changes = async () =>
      [{ ...disk('webd', 2n), version: 1, result: { ...emptyResult(), state: 'ok' } }] as Awaited<
        ReturnType<typeof node.changes>
      >
    const get = async () => ({ ...theirs!, version: 1, signature_requirement: requirement })
    return { grid, book: { calls: () => ({ ...node, update: node.update, changes, get }) } as NodeBook }
  }

  it('is not taken for this one when it was faster with the same version', async () => {
    const { grid, book } = nodeWith(['somebody else'])
    const error = await applyPlan(planOf([web], [observed]), grid.ports, book).catch(cause => cause)
    expect(error).toMatchObject({
      code: 'GRID_NODE_REFUSED',
      message: expect.stringContaining('expecting deployment version'),
    })
  })

  it('is this one when the signature is: the first answer was lost', async () => {
    const { grid, book } = nodeWith(['01'.repeat(64)])
    await applyPlan(planOf([web], [observed]), grid.ports, book)
  })
})
