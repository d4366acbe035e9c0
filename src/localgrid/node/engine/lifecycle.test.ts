import { beforeAll, describe, expect, it } from '@jest/globals'

import { type Accounts, accounts, Bench } from '../../../../test/support/nodes/bench.js'
import { RecordingStore } from '../../../../test/support/nodes/recording-store.js'
import { deployment, disk, GIB, machine, network, workload, zdb } from '../../../../test/support/nodes/workloads.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

const full = () => deployment(1n, [disk('d'), network('net'), machine('vm'), zdb('z')])
const TOPIC = 'node-11'

describe('a contract that ends', () => {
  it('takes its deployment with it, history included', async () => {
    const bench = new Bench(known)
    await bench.deploy(full())
    bench.chain.cancel(1n)
    await bench.node.engine.idle()
    await expect(bench.get(1n)).rejects.toThrow('deployment not found')
    await expect(bench.changes(1n)).rejects.toThrow('deployment not found')
    expect(await bench.call('zos.network.list_private_ips', { network_name: 'net' })).toEqual([])
    expect(await bench.call('zos.statistics.get')).toMatchObject({ users: { deployments: 0, workloads: 0 } })
    // Its names and space are free again, and nothing was reported of it.
    bench.chain.reports.length = 0
    await bench.deploy(deployment(2n, [network('net'), disk('d', 490n * GIB)]))
    expect(await bench.states(2n)).toEqual(['d ok', 'net ok'])
  })

  it('while its deployment is being made leaves nothing behind', async () => {
    const bench = new Bench(known)
    const made = bench.deploy(full())
    while (bench.store.read(TOPIC).length === 0) await new Promise(resolve => setImmediate(resolve))
    bench.chain.cancel(1n)
    await made
    await bench.node.engine.idle()
    await expect(bench.get(1n)).rejects.toThrow('deployment not found')
  })

  it('unheard is found by the next sync', async () => {
    const bench = new Bench(known)
    await bench.deploy(full())
    bench.chain.contractsById.delete(1n)
    await bench.node.engine.sync()
    await bench.node.engine.idle()
    await expect(bench.get(1n)).rejects.toThrow('deployment not found')
  })
})

describe('the grace period', () => {
  it('pauses what is ok and brings it back with its data; what is in error stays so', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('d'), network('net'), machine('vm'), machine('bad', { net: 'none' })]))
    const before = await bench.result(1n, 'vm')
    bench.chain.grace(1n, true)
    await bench.node.engine.idle()
    const states = await bench.states(1n)
    expect(states.slice(1)).toEqual(['d paused paused', 'net paused paused', 'vm paused paused'])
    expect(states[0]).toMatch(/^bad error/)
    expect(await bench.result(1n, 'vm')).toEqual(before)

    bench.chain.grace(1n, false)
    await bench.node.engine.idle()
    expect((await bench.states(1n)).slice(1)).toEqual(['d ok', 'net ok', 'vm ok'])
    expect(await bench.result(1n, 'vm')).toEqual(before)
    // Pausing goes the other way round than resuming.
    expect((await bench.log(1n)).filter(text => text.includes('paused'))).toEqual([
      'vm paused paused',
      'net paused paused',
      'd paused paused',
    ])
  })

  it('unheard is followed by the next sync', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('d')]))
    const contract = bench.chain.contractsById.get(1n)!
    bench.chain.contractsById.set(1n, { ...contract, state: { kind: 'grace', sinceBlock: 1n } })
    await bench.node.engine.sync()
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual(['d paused paused'])
    bench.chain.contractsById.set(1n, contract)
    await bench.node.engine.sync()
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual(['d ok'])
  })
})

describe('a driver that cannot', () => {
  it('take something away in an update leaves it listed, in error', async () => {
    const bench = new Bench(known, {
      driver: {
        volatile: false,
        run: async action => {
          if (action === 'deprovision') throw new Error('device is busy')
        },
        close: async () => {},
      },
    })
    await bench.deploy(deployment(1n, [disk('d'), disk('e')]))
    await bench.deploy(deployment(1n, [disk('d')], { version: 1 }))
    expect(await bench.states(1n)).toEqual(['d ok', 'e error device is busy'])
    bench.chain.cancel(1n)
    await bench.node.engine.idle()
    await expect(bench.get(1n)).rejects.toThrow('deployment not found')
  })

  it('pause something leaves it running', async () => {
    const bench = new Bench(known, {
      driver: {
        volatile: false,
        run: async action => {
          if (action === 'pause') throw new Error('no answer')
        },
        close: async () => {},
      },
    })
    await bench.deploy(deployment(1n, [disk('d')]))
    bench.chain.grace(1n, true)
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual(['d ok'])
    expect((await bench.log(1n)).at(-1)).toBe('d unchanged no answer')
  })

  it('may replace the data of a result', async () => {
    const run = async () => ({ Namespace: 'n', IPs: ['127.0.0.1'], Port: 41_000 })
    const bench = new Bench(known, { driver: { volatile: false, run, close: async () => {} } })
    await bench.deploy(deployment(1n, [zdb('z')]))
    expect(await bench.result(1n, 'z')).toMatchObject({ Port: 41_000 })
  })
})

describe('a reboot', () => {
  it('provisions what lives anew, with the same addresses, and trusts what is stored', async () => {
    const bench = new Bench(known, { spec: { publicConfig: { ip4: { ip: '1.2.3.4/24', gw: '1.2.3.1' } } } })
    const ips = ['a', 'b'].map((_, index) => ({ ip: `1.2.3.${10 + index}/24`, gateway: '1.2.3.1', contractId: 1n }))
    const ip = (name: string) => workload('ip', name, { v4: true, v6: false })
    await bench.deploy(deployment(1n, [ip('a'), ip('b'), network('net'), machine('vm', { public_ip: 'b' })]), ips)
    const before = [await bench.result(1n, 'b'), await bench.result(1n, 'vm')]
    bench.chain.addContract(1n, 7, 11, 'of another deployment', ips)
    bench.node.engine.reboot()
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual(['a ok', 'b ok', 'net ok', 'vm ok'])
    expect([await bench.result(1n, 'b'), await bench.result(1n, 'vm')]).toEqual(before)
    expect((await bench.log(1n)).filter(text => text === 'vm ok')).toHaveLength(2)
  })

  it('does not try again what is in error', async () => {
    const bench = new Bench(known)
    bench.faults.set({ kind: 'failing-workload', name: 'd', times: 1 })
    await bench.deploy(deployment(1n, [disk('d'), disk('e')]))
    bench.node.engine.reboot()
    await bench.node.engine.idle()
    expect((await bench.states(1n))[0]).toMatch(/^d error/)
  })
})

describe('a node that is killed', () => {
  /** A life with a creation, an update, a pause, a cancelled contract. */
  async function live(): Promise<Bench> {
    const bench = new Bench(known)
    await bench.deploy(full())
    await bench.deploy(deployment(2n, [disk('d'), machine('vm', { ip: '10.249.2.3' })]))
    await bench.deploy(deployment(1n, [disk('d', 9n * GIB, 1), network('net'), disk('e', GIB, 1)], { version: 1 }))
    bench.chain.grace(2n, true)
    await bench.node.engine.idle()
    bench.chain.grace(2n, false)
    await bench.node.engine.idle()
    await bench.deploy(deployment(3n, [disk('x')]))
    bench.chain.cancel(3n)
    await bench.node.engine.idle()
    return bench
  }

  it('comes to the same end from every record it may have written last', async () => {
    const first = await live()
    const records = first.store.read(TOPIC)
    const expected = { one: await first.states(1n), two: await first.states(2n) }
    expect(records.length).toBeGreaterThan(30)

    for (let length = 0; length <= records.length; length++) {
      const store = new RecordingStore(new Map([[TOPIC, records.slice(0, length)]]))
      const bench = new Bench(known, { store, fake: first.chain })
      await bench.node.engine.begin(false)
      await bench.node.engine.idle()
      expect(bench.node.facts.state.queued()).toEqual([])

      // What the node had not taken yet is sent again, as a client does; then everything is as it was.
      const versions = new Map(bench.node.engine.list(7).map(found => [found.contract_id, found.version]))
      const mayHave = new Set([1n, 2n, 3n])
      for (const id of versions.keys()) expect(mayHave.has(id)).toBe(true)
      if (versions.get(1n) === 1) expect(await bench.states(1n)).toEqual(expected.one)
      if (versions.has(2n)) expect(await bench.states(2n)).toEqual(expected.two)
      expect(versions.has(3n)).toBe(false)
    }
  })

  it('reads a compacted log as it read the long one', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('d')]))
    for (let version = 1; version <= 200; version++) {
      const next = BigInt(version)
      await bench.deploy(deployment(1n, [disk('d', (8n + next) * GIB, version)], { version }))
    }
    const before = bench.store.read(TOPIC).length
    const again = new Bench(known, { store: bench.store, fake: bench.chain })
    expect(bench.store.read(TOPIC).length).toBeLessThan(before / 100)
    expect(await again.changes(1n)).toEqual(await bench.changes(1n))
    const third = new Bench(known, { store: bench.store, fake: bench.chain })
    expect(await third.get(1n)).toEqual(await again.get(1n))
    await third.deploy(deployment(2n, [disk('x', 290n * GIB)]))
    expect((await third.states(2n))[0]).toMatch(/not enough space left/)
  })

  it('forgets what only has errors, as a starting engine does', async () => {
    const bench = new Bench(known)
    bench.faults.set({ kind: 'failing-workload' })
    await bench.deploy(deployment(1n, [disk('d')]))
    const again = new Bench(known, { store: bench.store, fake: bench.chain })
    again.node.engine.purge()
    await expect(again.get(1n)).rejects.toThrow('deployment not found')
  })
})
