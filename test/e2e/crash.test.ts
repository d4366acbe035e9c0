/**
 * A process killed with SIGKILL at every step of apply, run again: the same final state, no orphaned contract, nothing
 * created twice. Every message of the engine is a moment to die at; how many there are is found by running once.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { GridClient, MachinesModel } from '../../src/index.js'
import { machineModel, machinesModel } from './support/models.js'
import { contractsOf, type Rig, startRig, urlsOf } from './support/rig.js'

const PROGRAM = fileURLToPath(new URL('./support/program.mjs', import.meta.url))
const DEADLINE_MS = 60_000

/** Resolves when a contract's extrinsic waits in the pool. */
async function pendingExtrinsic(substrateURL: string): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'author_pendingExtrinsics', params: [] })
  const deadline = Date.now() + DEADLINE_MS
  while (Date.now() < deadline) {
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(substrateURL.replace('ws:', 'http:'), { method: 'POST', headers, body })
    const { result } = (await reply.json()) as { result: string[] }
    // The twin's update at connect is short; the batch of four contracts is not.
    if (result.some(extrinsic => extrinsic.length > 1_000)) return
  }
  throw new Error('no extrinsic came into the pool')
}

describe('a program that is killed', () => {
  let rig: Rig
  let client: GridClient
  beforeAll(async () => {
    rig = await startRig()
    client = rig.client()
  }, DEADLINE_MS)
  afterAll(() => rig.close())

  /** Exit signal, and the messages heard when it came to its end. */
  async function run(
    verb: string,
    argument: unknown,
    killAt?: number,
  ): Promise<{ signal: string | null; codes: string[] }> {
    const options = { ...urlsOf(rig.grid), stateDir: rig.stateDir }
    const child = spawn(process.execPath, ['--no-warnings', PROGRAM], {
      env: { ...process.env, PROGRAM: JSON.stringify({ options, verb, argument, killAt }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => (out += chunk))
    child.stderr.on('data', chunk => (err += chunk))
    const timer = setTimeout(() => child.kill('SIGTERM'), DEADLINE_MS)
    const signal = await new Promise<string | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, why) =>
        code ? reject(new Error(`the program failed: ${err.slice(-2_000)}`)) : resolve(why),
      )
    })
    clearTimeout(timer)
    return { signal, codes: out === '' ? [] : JSON.parse(out).codes }
  }

  /** Addresses and versions of what runs, without the times and ids that must differ from name to name. */
  async function stateOf(name: string): Promise<unknown> {
    const machines = await client.machines.getObj(name)
    return machines
      .map(({ nodeId, name, status, interfaces, capacity, mounts }) => {
        return { nodeId, name, status, ips: interfaces.map(({ ip }) => ip), capacity, mounts }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  const model = (name: string, cpu = 1): MachinesModel =>
    machinesModel(name, [machineModel('one', 11, { cpu }), machineModel('two', 168, { cpu })], `${name}net`)

  /** At how many moments the verb can die. */
  async function moments(verb: string, name: string, argument: unknown): Promise<number> {
    const { codes } = await run(verb, argument)
    expect(codes).toContain('BATCH_SUBMITTED')
    await client.machines.delete({ name })
    return codes.length
  }

  it('while it deploys: every run ends with the same machines and the same four contracts', async () => {
    const count = await moments('deploy', 'crash', model('crash'))
    const reference = await deployed('reference')
    expect(count).toBeGreaterThanOrEqual(12)

    for (let killAt = 1; killAt <= count; killAt++) {
      const name = `deploy${killAt}`
      const before = contractsOf(rig.grid)
      const { signal } = await run('deploy', model(name), killAt)
      expect({ killAt, signal }).toEqual({ killAt, signal: 'SIGKILL' })

      await client.machines.deploy(model(name))
      const after = contractsOf(rig.grid)
      expect({ killAt, live: after.live.length - before.live.length }).toEqual({ killAt, live: 4 })
      expect({ killAt, ever: after.ever - before.ever }).toEqual({ killAt, ever: 4 })
      expect({ killAt, state: await stateOf(name) }).toEqual({ killAt, state: reference })
      expect((await client.machines.plan(model(name))).empty).toBe(true)
      await client.machines.delete({ name })
    }
  }, 600_000)

  it('while it updates: the machines are as the new model says, and no contract was added', async () => {
    const model = (name: string, cpu = 1) => machinesModel(name, [machineModel('one', 11, { cpu })], `${name}net`)
    await client.machines.deploy(model('count'))
    const count = await moments('update', 'count', model('count', 2))
    for (let killAt = 1; killAt <= count; killAt++) {
      const name = `update${killAt}`
      await client.machines.deploy(model(name))
      const before = contractsOf(rig.grid)
      expect((await run('update', model(name, 2), killAt)).signal).toBe('SIGKILL')

      await client.machines.deploy(model(name, 2))
      expect({ killAt, contracts: contractsOf(rig.grid) }).toEqual({ killAt, contracts: before })
      const machines = await client.machines.getObj(name)
      expect(machines.map(({ status, capacity }) => `${status} ${capacity.cpu}`)).toEqual(['ok 2'])
      expect((await client.machines.plan(model(name, 2))).empty).toBe(true)
      await client.machines.delete({ name })
    }
  }, 600_000)

  it('while it deletes: nothing is left', async () => {
    await deployed('gone')
    const { codes } = await run('delete', { name: 'gone' })
    for (let killAt = 1; killAt <= codes.length; killAt++) {
      const name = `delete${killAt}`
      const before = contractsOf(rig.grid).live.length
      await deployed(name)
      expect((await run('delete', { name }, killAt)).signal).toBe('SIGKILL')
      await client.machines.delete({ name })
      expect({ killAt, live: contractsOf(rig.grid).live.length }).toEqual({ killAt, live: before })
    }
  }, 600_000)

  it('while its batch is in the pool and in no block yet: the next run waits for it instead of sending another', async () => {
    const slow = await startRig({ seal: { everyMs: 1_500 } })
    try {
      const options = { ...urlsOf(slow.grid), stateDir: slow.stateDir }
      const child = spawn(process.execPath, ['--no-warnings', PROGRAM], {
        env: { ...process.env, PROGRAM: JSON.stringify({ options, verb: 'deploy', argument: model('pool') }) },
        stdio: 'ignore',
      })
      const gone = new Promise(resolve => child.on('exit', resolve))
      await pendingExtrinsic(slow.grid.substrateURL)
      child.kill('SIGKILL')
      await gone
      expect(contractsOf(slow.grid).ever).toBe(0)

      const client = slow.client()
      await client.machines.deploy(model('pool'))
      expect(slow.messages.map(({ code }) => code)).toContain('APPLY_RESUMED')
      expect(contractsOf(slow.grid)).toMatchObject({ ever: 4 })
      expect((await client.machines.plan(model('pool'))).empty).toBe(true)
    } finally {
      await slow.close()
    }
  }, 120_000)

  async function deployed(name: string): Promise<unknown> {
    await client.machines.deploy(model(name))
    return stateOf(name)
  }
})
