import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Accounts, accounts, Bench, USER } from '../../../../test/support/nodes/bench.js'
import { deployment, disk, machine, network, zdb } from '../../../../test/support/nodes/workloads.js'
import type { Deployment } from '../../../zos/deployment.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: Error) => error.message,
  )

describe('a new deployment is refused', () => {
  const cases: [string, (bench: Bench) => Promise<unknown>, string][] = [
    [
      'when it is invalid, before anything else is looked at',
      bench => bench.call('zos.deployment.deploy', deployment(1n, [disk('d-1')], { twin_id: 8 })),
      "name 'd-1' is invalid: unsupported character in workload name",
    ],
    [
      'when two workloads have one name',
      bench => bench.send(deployment(1n, [disk('d'), disk('d')])),
      "multiple workloads with the same name 'd'",
    ],
    [
      "when it is another twin's",
      bench => bench.call('zos.deployment.deploy', deployment(1n, [disk('d')], { twin_id: 8 })),
      `twin id mismatch (deployment: 8, message: ${USER})`,
    ],
    [
      'when it is not signed',
      bench => bench.call('zos.deployment.deploy', deployment(1n, [disk('d')])),
      `missing required signature for twin '${USER}'`,
    ],
    [
      'when it has a version already',
      bench => bench.call('zos.deployment.deploy', bench.sign(deployment(1n, [disk('d')], { version: 1 }))),
      'expected version to be 0 on deployment creation: invalid version',
    ],
    [
      'when the node has it',
      async bench => {
        await bench.deploy(deployment(1n, [disk('d')]))
        return bench.send(deployment(1n, [disk('d')]))
      },
      'exists',
    ],
    [
      'when the twin has a network of that name on the node',
      async bench => {
        await bench.deploy(deployment(1n, [network('net')]))
        return bench.send(deployment(2n, [network('net')]))
      },
      "global workload with the same name 'net' exists: conflict",
    ],
    [
      'when there is nothing in it at all',
      bench => bench.call('zos.deployment.deploy'),
      'unexpected end of JSON input',
    ],
  ]
  it.each(cases)('%s', async (_, send, message) => {
    expect(await refusal(send(new Bench(known)))).toBe(message)
  })

  it.each(['PENDING', 'REJECTED', 'UNVERIFIED'])('when the twin is %s', async status => {
    const bench = new Bench(known, { kycStatus: async () => status })
    expect(await refusal(bench.send(deployment(1n, [disk('d')])))).toBe(`user with twin id ${USER} is not verified`)
  })

  it('when nobody knows whether the twin is verified', async () => {
    const bench = new Bench(known, {
      kycStatus: () => {
        throw new Error('down')
      },
    })
    const message = await refusal(bench.send(deployment(1n, [disk('d')])))
    expect(message).toBe('failed to get twin verification status')
  })

  it('and leaves no trace', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [network('net')]))
    const written = bench.store.read('node-11').length
    await refusal(bench.send(deployment(2n, [disk('d'), network('net')])))
    expect(bench.store.read('node-11')).toHaveLength(written)
    expect(await refusal(bench.get(2n))).toBe('deployment not found')
  })
})

describe('an update is refused', () => {
  const ran = [disk('d'), network('net'), machine('vm')]
  const update = (workloads: Deployment['workloads'], version = 1) => deployment(1n, workloads, { version })
  const cases: [string, Deployment, string][] = [
    [
      'when the version is not the next',
      update([disk('d')], 3),
      'expecting deployment version 1, got 3: upgrade validation error',
    ],
    [
      'when something new has an old version',
      update([...ran, disk('e')]),
      "invalid version number for workload 'e' expected '1': upgrade validation error",
    ],
    [
      'when a name changes its type',
      update([zdb('d', {}, 1)]),
      "cannot change workload type 'd': upgrade validation error",
    ],
    [
      'when a machine is changed in place',
      update([disk('d'), network('net'), machine('vm', { cpu: 2 }, 1)]),
      "workload 'zmachine' does not support upgrade: upgrade validation error",
    ],
  ]
  it.each(cases)('%s', async (_, changed, message) => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, ran))
    expect(await refusal(bench.send(changed))).toBe(message)
    expect((await bench.get(1n)).version).toBe(0)
  })

  it('when the node does not have the deployment', async () => {
    const bench = new Bench(known)
    expect(await refusal(bench.send(update([disk('d')])))).toBe('twin not found: deployment does not exist')
    await bench.deploy(deployment(5n, [disk('d')]))
    expect(await refusal(bench.send(update([disk('d')])))).toBe('deployment not found: deployment does not exist')
  })
})

describe('an accepted deployment', () => {
  it('is there at once, every workload in init', async () => {
    const bench = new Bench(known)
    await bench.send(deployment(1n, [disk('d'), network('net')], { expiration: 77n, metadata: 'm' }))
    expect(await bench.states(1n)).toEqual(['d init', 'net init'])
    expect(await bench.get(1n)).toMatchObject({ version: 0, metadata: 'm', expiration: 0 })
  })

  it('may have no workload at all', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, []))
    expect((await bench.get(1n)).workloads).toEqual([])
  })

  it('stores version and texts of an update before the contract is looked at', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('d')]))
    await bench.send(deployment(1n, [disk('d')], { version: 1, description: 'new' }))
    expect(await bench.get(1n)).toMatchObject({ version: 1, description: 'new' })
  })

  it('takes requests one after the other, so that a slow KYC service holds up the next', async () => {
    const asked: number[] = []
    const waiting: (() => void)[] = []
    const kycStatus = (twin: number) => {
      asked.push(twin)
      return new Promise<string>(resolve => waiting.push(() => resolve('VERIFIED')))
    }
    const bench = new Bench(known, { kycStatus })
    const both = [bench.send(deployment(1n, [disk('d')])), bench.send(deployment(2n, [disk('d')]))]
    while (waiting.length === 0) await new Promise(resolve => setImmediate(resolve))
    expect(asked).toHaveLength(1)
    waiting[0]?.()
    while (waiting.length === 1) await new Promise(resolve => setImmediate(resolve))
    waiting[1]?.()
    await Promise.all(both)
  })
})
