import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { type Accounts, accounts, Bench } from '../../../../test/support/nodes/bench.js'
import { RecordingStore } from '../../../../test/support/nodes/recording-store.js'
import { deployment, zdb } from '../../../../test/support/nodes/workloads.js'
import { ZdbClient } from '../../../cdn/zdb/index.js'
import { zdbDriver } from './zdb-driver.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function driverOf(options: Parameters<typeof zdbDriver>[0] = {}) {
  const driver = zdbDriver(options)
  cleanups.push(() => driver.close())
  return driver
}

interface Result {
  readonly Namespace: string
  readonly IPs: readonly string[]
  readonly Port: number
}

async function clientOf(bench: Bench, password?: string): Promise<ZdbClient> {
  const { Namespace, IPs, Port } = (await bench.result(1n, 'z')) as Result
  const options = { host: IPs[0] as string, port: Port, namespace: Namespace }
  const client = new ZdbClient(password === undefined ? options : { ...options, password })
  cleanups.push(() => client.close())
  return client
}

describe('a zdb workload with real servers', () => {
  it('can be written to where its result says, with its password, up to its size', async () => {
    const bench = new Bench(known, { driver: driverOf() })
    await bench.deploy(deployment(1n, [zdb('z', { password: 'pw', public: true })]))
    expect(await bench.states(1n)).toEqual(['z ok'])
    const client = await clientOf(bench, 'pw')
    await client.set('k', 'v')
    await expect((await clientOf(bench)).set('k', 'w')).rejects.toMatchObject({ code: 'ZDB_READ_ONLY' })
    const { Namespace } = (await bench.result(1n, 'z')) as Result
    const info = await client.namespaceInfo(Namespace)
    expect(info).toMatchObject({ hasPassword: true, public: true, mode: 'user', entries: 1 })
    expect(info.maxsizeBytes).toBeGreaterThan(0)
    // Namespaces are the node's to make.
    await expect(client.createNamespace('mine')).rejects.toMatchObject({ code: 'ZDB_PERMISSION' })
  })

  it('is locked while its contract is in grace, and gone when that is cancelled', async () => {
    const bench = new Bench(known, { driver: driverOf() })
    await bench.deploy(deployment(1n, [zdb('z', { password: '' })]))
    const client = await clientOf(bench)
    await client.set('k', 'v')
    bench.chain.grace(1n, true)
    await bench.node.engine.idle()
    await expect(client.set('k', 'w')).rejects.toMatchObject({ code: 'ZDB_LOCKED' })
    expect(await client.exists('k')).toBe(true)
    bench.chain.grace(1n, false)
    await bench.node.engine.idle()
    await client.set('k', 'w')
    bench.chain.cancel(1n)
    await bench.node.engine.idle()
    await expect(client.get('k')).rejects.toMatchObject({ code: 'ZDB_NAMESPACE_GONE' })
  })

  it('follows an update, and keeps what is in it', async () => {
    const bench = new Bench(known, { driver: driverOf() })
    await bench.deploy(deployment(1n, [zdb('z', { mode: 'seq', password: 'one', public: false })]))
    const before = await clientOf(bench, 'one')
    const id = await before.append('v')
    await bench.deploy(deployment(1n, [zdb('z', { mode: 'seq', password: 'two', public: false }, 1)], { version: 1 }))
    expect(await bench.states(1n)).toEqual(['z ok'])
    await expect((await clientOf(bench, 'one')).get(id)).rejects.toMatchObject({ code: 'ZDB_ACCESS' })
    expect(await (await clientOf(bench, 'two')).exists(id)).toBe(true)
  })

  it('is there again, at another port, after a restart in a folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'zdb-driver-'))
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
    const store = new RecordingStore()
    const driver = zdbDriver({ dataDir })
    const first = new Bench(known, { store, driver })
    await first.deploy(deployment(1n, [zdb('z', { password: '' })]))
    await (await clientOf(first)).set('k', 'v')
    await driver.close()
    expect(await readdir(dataDir)).toEqual([`node-${first.node.spec.nodeId}`])

    const second = driverOf({ dataDir })
    const task = { nodeId: first.node.spec.nodeId, twinId: 7, contractId: 1n, result: {} }
    const { Namespace } = (await first.result(1n, 'z')) as Result
    const result = (await second.run('provision', {
      ...task,
      workloadId: Namespace,
      workload: zdb('z', { password: '' }),
    })) as Result
    const client = new ZdbClient({ host: result.IPs[0] as string, port: result.Port, namespace: result.Namespace })
    cleanups.push(() => client.close())
    expect(await client.exists('k')).toBe(true)
  })
})
