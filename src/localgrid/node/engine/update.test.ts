import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Accounts, accounts, Bench } from '../../../../test/support/nodes/bench.js'
import {
  deployment,
  disk,
  GIB,
  machine,
  mycelium,
  network,
  volume,
  zdb,
} from '../../../../test/support/nodes/workloads.js'
import type { Workload } from '../../../zos/deployment.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

/** Deploys `before`, updates to `after`, and gives the last entry of the log. */
async function update(before: Workload[], after: Workload[]): Promise<{ bench: Bench; last: string | undefined }> {
  const bench = new Bench(known)
  await bench.deploy(deployment(1n, before))
  await bench.deploy(deployment(1n, after, { version: 1 }))
  return { bench, last: (await bench.log(1n)).at(-1) }
}

describe('changing a workload in place', () => {
  const mounted = machine('vm', { mounts: [{ name: 'd', mountpoint: '/d' }] })
  const cases: [string, Workload[], Workload[], string][] = [
    ['a disk can grow', [disk('d')], [disk('d', 9n * GIB, 1)], 'd ok'],
    ['a disk of the same size is left alone', [disk('d')], [disk('d', 8n * GIB, 1)], 'd ok'],
    ['a disk does not shrink', [disk('d')], [disk('d', 7n * GIB, 1)], 'd unchanged not safe to shrink a disk'],
    [
      'a disk that is mounted does not grow',
      [disk('d'), network('net'), mounted],
      [disk('d', 9n * GIB, 1), network('net'), mounted],
      'd unchanged disk is mounted, please delete the VM first',
    ],
    [
      'a disk does not grow beyond the pool',
      [disk('d')],
      [disk('d', 499n * GIB, 1)],
      'd unchanged not enough space left in pools of this type ssd',
    ],
    ['a volume can grow', [volume('v')], [volume('v', 9n * GIB, 1)], 'v ok'],
    [
      'a volume that shrinks is in error, unlike a disk',
      [volume('v')],
      [volume('v', 7n * GIB, 1)],
      `v error cannot shrink volume to be less than provisioned space. old: ${8n * GIB}, requested: ${7n * GIB}`,
    ],
    ['a namespace can grow', [zdb('z')], [zdb('z', { size: 11n * GIB }, 1)], 'z ok'],
    ['a namespace can change its password', [zdb('z')], [zdb('z', { password: '' }, 1)], 'z ok'],
    [
      'a namespace keeps its mode',
      [zdb('z')],
      [zdb('z', { mode: 'seq' }, 1)],
      'z unchanged cannot change namespace mode',
    ],
    [
      'a namespace does not shrink',
      [zdb('z')],
      [zdb('z', { size: GIB }, 1)],
      'z unchanged cannot shrink zdb namespace',
    ],
    [
      'a namespace does not grow beyond its disk',
      [zdb('z')],
      [zdb('z', { size: 1001n * GIB }, 1)],
      'z unchanged no enough free space to support new size',
    ],
    [
      'a network takes new peers, ports and keys',
      [network('net')],
      [network('net', { wireguard_listen_port: 16_000, ...mycelium }, 1)],
      'net ok',
    ],
  ]
  it.each(cases)('%s', async (_, before, after, expected) => {
    expect((await update(before, after)).last).toBe(expected)
  })

  it('shows the old size after a refusal, with the new version of the deployment', async () => {
    const { bench } = await update([disk('d')], [disk('d', 7n * GIB, 1)])
    const found = await bench.get(1n)
    expect(found.version).toBe(1)
    expect(found.workloads[0]).toMatchObject({ version: 0, data: { size: Number(8n * GIB) }, result: { state: 'ok' } })
    expect(await bench.log(1n)).toEqual(['d init', 'd ok', 'd unchanged not safe to shrink a disk'])
  })

  it('a volume in error can still be grown from what is provisioned', async () => {
    const { bench } = await update([volume('v')], [volume('v', 7n * GIB, 1)])
    await bench.deploy(deployment(1n, [volume('v', 10n * GIB, 2)], { version: 2 }))
    expect(await bench.states(1n)).toEqual(['v ok'])
  })
})

describe('an update of a deployment', () => {
  it('leaves what keeps an older version, whatever data the request has', async () => {
    const { bench } = await update([disk('d')], [disk('d', 99n * GIB), disk('e', GIB, 1)])
    const found = (await bench.get(1n)).workloads.find(({ name }) => name === 'd')
    expect(found).toMatchObject({ version: 0, data: { size: Number(8n * GIB) } })
    expect(await bench.log(1n)).toEqual(['d init', 'd ok', 'e init', 'e ok'])
  })

  it('removes first, then adds: a machine comes back changed in two versions, its disk kept', async () => {
    const bench = new Bench(known)
    const mounts = [{ name: 'd', mountpoint: '/d' }]
    await bench.deploy(deployment(1n, [disk('d'), network('net'), machine('vm', { mounts })]))
    await bench.deploy(deployment(1n, [disk('d'), network('net')], { version: 1 }))
    expect(await bench.states(1n)).toEqual(['d ok', 'net ok'])
    await bench.deploy(
      deployment(1n, [disk('d'), network('net'), machine('vm', { mounts, cpu: 2 }, 2)], { version: 2 }),
    )
    expect(await bench.states(1n)).toEqual(['d ok', 'net ok', 'vm ok'])
    expect(await bench.log(1n)).toEqual([
      'd init',
      'net init',
      'vm init',
      'd ok',
      'net ok',
      'vm ok',
      'vm deleted deleted by an update',
      'vm init',
      'vm ok',
    ])
  })

  it('frees the name of a network it drops', async () => {
    const { bench } = await update([network('net'), disk('d')], [disk('d')])
    await bench.deploy(deployment(2n, [network('net')]))
    expect(await bench.states(2n)).toEqual(['net ok'])
  })

  it('drops a network whose name is taken elsewhere without a trace', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [network('net')]))
    await bench.deploy(deployment(2n, [disk('d')]))
    await bench.deploy(deployment(2n, [disk('d'), network('net', {}, 1)], { version: 1 }))
    expect(await bench.log(2n)).toEqual(['d init', 'd ok'])
  })

  it('recovers from a lost machine by dropping it and adding it again', async () => {
    const bench = new Bench(known)
    bench.faults.set({ kind: 'failing-workload', name: 'vm', times: 1 })
    await bench.deploy(deployment(1n, [network('net'), machine('vm')]))
    expect((await bench.states(1n))[1]).toMatch(/^vm error/)
    await bench.deploy(deployment(1n, [network('net'), machine('vm')], { version: 1 }))
    expect((await bench.states(1n))[1]).toMatch(/^vm error/)
    await bench.deploy(deployment(1n, [network('net')], { version: 2 }))
    await bench.deploy(deployment(1n, [network('net'), machine('vm', {}, 3)], { version: 3 }))
    expect(await bench.states(1n)).toEqual(['net ok', 'vm ok'])
  })
})
