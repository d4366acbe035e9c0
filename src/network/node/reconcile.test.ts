import { describe, expect, it } from '@jest/globals'

import type { Clock } from '../../core/clock.js'
import { interestOf } from './plan/interest-of.js'
import { planNetwork } from './plan/plan-network.js'
import { reconcile } from './reconcile.js'
import { changeNamespace } from './simulate/edit-state.js'
import { type ModelSystem, modelSystem } from './simulate/model-system.js'
import { type DesiredState, ROOT } from './state/desired.js'
import { bareNode, exampleNetwork, NIC } from './system/testing/example-network.js'

const desired = exampleNetwork({ networks: 1 })
const interest = interestOf(desired)
const atOnce: Clock = { now: () => 0, sleep: async () => {} }

const bring = (system: ModelSystem, more = {}) =>
  reconcile({ system, interest, desired: () => desired, clock: atOnce, ...more })

describe('reconciling a node', () => {
  it('applies a plan once, and the second time nothing', async () => {
    const system = modelSystem(bareNode)
    expect(await bring(system)).toMatchObject({ attempts: 1 })
    expect(await bring(system)).toMatchObject({ attempts: 0, applied: [] })
  })

  it('looks again and goes on where an apply fails, at whichever operation', async () => {
    const { length } = planNetwork(desired, bareNode).operations
    for (let failAt = 0; failAt < length; failAt++) {
      const system = modelSystem(bareNode, { failAt })
      expect(await bring(system)).toMatchObject({ attempts: 2 })
      expect(planNetwork(desired, system.state).operations).toEqual([])
    }
  })

  it('gives up with what it failed with', async () => {
    const failure = new Error('the kernel has no bridges')
    const system: ModelSystem = { ...modelSystem(bareNode), apply: () => Promise.reject(failure) }
    await expect(bring(system, { attempts: 3 })).rejects.toBe(failure)
  })

  it('does nothing where something of others is in the way', async () => {
    const state = changeNamespace(bareNode, ROOT, root => ({ ...root, links: [NIC, { ...NIC, name: 'zos' }] }))
    const system = modelSystem(state)
    await expect(bring(system)).rejects.toMatchObject({ code: 'NODE_NET_CONFLICT', where: 'zos in namespace root' })
    expect(system.applied).toEqual([])
  })

  it('says what remains when somebody changes it back each time', async () => {
    const model = modelSystem(bareNode)
    const system = { ...model, observe: async () => bareNode, apply: async () => {} }
    await expect(bring(system)).rejects.toMatchObject({
      code: 'NODE_NET_NOT_CONVERGED',
      details: { remaining: expect.arrayContaining([expect.stringContaining('namespace-add ndmz')]) },
    })
  })

  it('waits for a link that a service makes, and then plans on', async () => {
    const tun = { name: 'my0', mark: 'tun:my0', up: true, addressing: 'dynamic', addresses: [], kind: 'tun' } as const
    const wanted: DesiredState = {
      namespaces: [{ name: ROOT, links: [tun], routes: [], sysctls: {}, nft: [] }],
      services: [],
    }
    const system = modelSystem(bareNode)
    const clock: Clock = {
      now: () => 0,
      async sleep() {
        const made = { ...NIC, name: 'my0', kind: 'tun', tunMode: 'tun' } as const
        system.change(state => changeNamespace(state, ROOT, root => ({ ...root, links: [NIC, made] })))
      },
    }
    const { applied } = await reconcile({ system, interest: interestOf(wanted), desired: () => wanted, clock })
    expect(applied.map(({ kind }) => kind)).toEqual(['link-set'])
    const never = reconcile({
      system: modelSystem(bareNode),
      interest,
      desired: () => wanted,
      clock: atOnce,
      awaitMs: 0,
    })
    await expect(never).rejects.toMatchObject({ code: 'NODE_NET_NOT_CONVERGED', details: { awaited: ['my0 in root'] } })
  })

  it('lets go of the node, and stops when it is told to', async () => {
    const held: string[] = []
    const lock = () => {
      held.push('locked')
      return () => void held.push('free')
    }
    const system = { ...modelSystem(bareNode), lock }
    await expect(bring(system, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(held).toEqual(['locked', 'free'])
  })
})
