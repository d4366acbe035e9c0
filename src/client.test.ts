/** The door: when it opens, when it closes, and who goes through it one at a time. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { machineModel, machinesModel } from '../test/e2e/support/models.js'
import { type Rig, startRig, urlsOf } from '../test/e2e/support/rig.js'
import { GridClient } from './client.js'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
}, 30_000)
afterAll(() => rig.close())

const connections = () => rig.messages.filter(({ code }) => code === 'CLIENT_CONNECTED').length

describe('a client', () => {
  it('opens nothing until it is used, and one connection for all who ask at once', async () => {
    const client = rig.client()
    const before = connections()
    expect(connections()).toBe(before)
    const twins = await Promise.all([client.twinId(), client.twinId(), client.connect().then(() => client.twinId())])
    expect(new Set(twins).size).toBe(1)
    expect(connections()).toBe(before + 1)
  }, 20_000)

  it('may be disconnected twice, at once, or without ever having been connected', async () => {
    const client = rig.client()
    await client.disconnect()
    await client.connect()
    await Promise.all([client.disconnect(), client.disconnect()])
    await client.disconnect()
  }, 20_000)

  it('comes back when it is used again', async () => {
    const client = rig.client()
    await client.connect()
    await client.disconnect()
    expect(await client.twinId()).toBeGreaterThan(0)
  }, 20_000)

  it('that could not connect tries anew at the next call', async () => {
    const client = rig.client()
    rig.grid.faults.set({ kind: 'garbage-explorer' })
    await expect(client.connect()).rejects.toMatchObject({ code: expect.stringMatching(/^EXPLORER_/) })
    rig.grid.faults.clear()
    expect(await client.twinId()).toBeGreaterThan(0)
  }, 20_000)

  it('that nobody answers says so, to everybody who asked', async () => {
    const client = new GridClient({ ...urlsOf(rig.grid), substrateURL: 'ws://127.0.0.1:9' })
    const outcomes = await Promise.allSettled([client.connect(), client.balance.getMyBalance(), client.machines.list()])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await client.disconnect()
  }, 30_000)

  it('writes one thing at a time, and finishes all that waits before it closes', async () => {
    const client = rig.client()
    const before = connections()
    const model = (name: string) => machinesModel(name, [machineModel('vm', 11)], 'shared')
    const work = [
      client.machines.deploy(model('one')),
      client.machines.deploy(model('two')),
      client.machines.deploy(model('three')),
    ]
    await client.disconnect()
    const results = await Promise.all(work)
    // The network is made once; the others find it.
    expect(results.map(({ contracts }) => contracts.created.map(({ type }) => type))).toEqual([
      ['network', 'vm'],
      ['vm'],
      ['vm'],
    ])
    expect(new Set(results.map(({ machines }) => machines[0]?.myceliumIP)).size).toBe(3)
    expect(connections()).toBe(before + 1)

    const other = rig.client()
    await Promise.all(['one', 'two', 'three'].map(name => other.machines.delete({ name })))
    expect(await other.contracts.list()).toEqual([])
  }, 40_000)
})
