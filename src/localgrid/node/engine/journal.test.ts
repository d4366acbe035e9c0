import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { type Accounts, accounts, Bench } from '../../../../test/support/nodes/bench.js'
import { RecordingStore } from '../../../../test/support/nodes/recording-store.js'
import { deployment, disk, GIB, machine, network, zdb } from '../../../../test/support/nodes/workloads.js'
import type { Workload } from '../../../zos/deployment.js'
import { folderStore } from '../../store.js'
import { Journal } from './journal.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

describe('the journal of a node', () => {
  it('is read back whole from a folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hyphae-nodes-'))
    try {
      const store = folderStore(folder)
      const bench = new Bench(known, { store })
      await bench.deploy(deployment(2n ** 63n, [disk('d'), network('net'), machine('vm'), zdb('z')]))
      await bench.deploy(deployment(2n ** 63n, [disk('d', 9n * GIB, 1)], { version: 1 }))
      const before = [await bench.changes(2n ** 63n), await bench.states(2n ** 63n)]
      store.close()

      const again = folderStore(folder)
      const next = new Bench(known, { store: again, fake: bench.chain })
      expect([await next.changes(2n ** 63n), await next.states(2n ** 63n)]).toEqual(before)
      await next.deploy(deployment(2n ** 63n, [disk('d', 10n * GIB, 2)], { version: 2 }))
      expect(await next.states(2n ** 63n)).toEqual(['d ok'])
      again.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it.each([[null], [{ kind: 'unknown' }], [{ kind: 'create' }], ['text']])('says so when it is damaged: %j', record => {
    const store = new RecordingStore(new Map([['node-11', [record]]]))
    expect(() => new Journal(store, 'node-11')).toThrow(expect.objectContaining({ code: 'LOCALGRID_DATA' }))
  })

  it('gives the same state however it is cut and compacted, whatever happened', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('deploy' as const),
        id: fc.integer({ min: 1, max: 3 }),
        sizes: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constantFrom('cancel' as const, 'pause' as const, 'resume' as const),
        id: fc.integer({ min: 1, max: 3 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
        const bench = new Bench(known)
        const versions = new Map<number, number>()
        for (const { id, ...what } of steps) {
          const contract = bench.chain.contractsById.get(BigInt(id))
          if (what.kind === 'deploy') {
            const version = (versions.get(id) ?? -1) + 1
            const workloads: Workload[] = what.sizes.map((size, index) =>
              disk(`d${index}`, BigInt(size) * GIB, version),
            )
            await bench.deploy(deployment(BigInt(id), workloads, { version }))
            versions.set(id, version)
          } else if (contract && what.kind === 'cancel') {
            bench.chain.cancel(BigInt(id))
            versions.delete(id)
          } else if (contract) bench.chain.grace(BigInt(id), what.kind === 'pause')
          await bench.node.engine.idle()
        }
        const { state } = bench.node.facts
        const replayed = new Journal(bench.store, 'node-11').state
        const compacted = new Journal(new RecordingStore(new Map([['node-11', state.compacted()]])), 'node-11').state
        for (const other of [replayed, compacted]) {
          expect([...other.deployments()]).toEqual([...state.deployments()])
          expect(other.queued()).toEqual([])
        }
        // Nothing is promised twice: what is held on a disk fits on it.
        for (const { usedBytes, sizeBytes } of bench.node.facts.disks.usage()) expect(usedBytes <= sizeBytes).toBe(true)
      }),
      { numRuns: 40, seed: 11 },
    )
  })
})

describe('the door of a node', () => {
  it('answers every JSON with null or an error, never with a crash', async () => {
    const bench = new Bench(known)
    const command = fc.constantFrom(
      'zos.deployment.deploy',
      'zos.deployment.update',
      'zos.deployment.get',
      'zos.network.list_private_ips',
      'zos.perf.get',
    )
    const keys = fc.constantFrom(
      'version',
      'twin_id',
      'contract_id',
      'workloads',
      'data',
      'name',
      'type',
      'network_name',
    )
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 0, 7, -1, 1.5, 'zmount', 'd', 2n ** 70n),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(keys, tie('any'), { maxKeys: 6 }),
      ),
    })).any
    await fc.assert(
      fc.asyncProperty(command, value, async (name, args) => {
        try {
          await bench.call(name, args)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(ZOS|INPUT)_/) })
        }
      }),
      { numRuns: 500, seed: 12 },
    )
  })
})
