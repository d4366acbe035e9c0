import { describe, expect, it } from '@jest/globals'
import * as transformer from 'class-transformer'
import * as validators from 'class-validator'
import fc from 'fast-check'

import { AddMachineModel, MachinesModel } from '../machines/model.js'
import { FilterOptions } from '../nodes/model.js'
import { validateModel } from '../validate.js'
import { fieldsOf, type ModelClass } from './field.js'
import { type QuickCheck, quickCheck } from './quick-check.js'

const SEED = 20251121

const machine = {
  name: 'vm1',
  node_id: 11,
  disks: [{ name: 'd1', size: 8, mountpoint: '/d' }],
  public_ip: false,
  planetary: true,
  mycelium: true,
  myceliumSeed: '1e1404279b3d',
  cpu: 1,
  memory: 2048,
  flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
  entrypoint: '/sbin/zinit init',
  env: { A: '1' },
  ip: '10.249.2.2',
  gpus: ['0000:28:00.0/1002/731f'],
}
const seeds = [{ nodeId: 11, seed: '0d'.repeat(32) }]
const valid: readonly (readonly [ModelClass, object])[] = [
  [
    MachinesModel,
    { name: 'one', network: { name: 'net', ip_range: '10.249.0.0/16', myceliumSeeds: seeds }, machines: [machine] },
  ],
  [AddMachineModel, { ...machine, deployment_name: 'one' }],
  [FilterOptions, { cru: 2, country: 'Belgium', farmIds: [1, 2] }],
]

function checkOf(Model: ModelClass): QuickCheck {
  return quickCheck(validators, Model, fieldsOf(Model), checkOf)
}

/** What the library itself says of the same instance. */
function libraryFinds(model: object): number {
  return validators.validateSync(model, { whitelist: true, forbidNonWhitelisted: true }).length
}

describe('the quick check', () => {
  it.each(valid)('says yes to a valid %p', (Model, input) => {
    validateModel(Model, input)
    expect(checkOf(Model)(transformer.plainToInstance(Model, input) as object)).toBe(true)
  })

  it('says yes exactly when class-validator finds nothing, whatever one value is changed to', () => {
    const junk = fc.oneof(
      fc.constantFrom(undefined, null, '', 0, -1, 1.5, 1e9, true, [], [null], [[]], {}, '/', 'a b', 'ffffffffffff'),
      fc.constantFrom([{ name: 'x' }], [{ nodeId: 1, seed: '' }], ['a', 'a'], { A: 1 }, Number.NaN, '10.0.0.0/16'),
      fc.string(),
      fc.anything({ maxDepth: 2 }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), fc.boolean(), junk, ([Model, input], at, isNew, value) => {
        const changed = changeOne(structuredClone(input), at, isNew, value)
        const model = transformer.plainToInstance(Model, changed) as object
        expect(checkOf(Model)(model)).toBe(libraryFinds(model) === 0)
      }),
      { seed: SEED, numRuns: 3_000 },
    )
  })
})

/** Replaces the `at`th value of all there are, at any depth; or adds one of an unknown name beside it. */
function changeOne<T extends object>(root: T, at: number, isNew: boolean, value: unknown): T {
  const places: [Record<string, unknown>, string][] = []
  const walk = (owner: Record<string, unknown>) => {
    for (const [key, part] of Object.entries(owner)) {
      places.push([owner, key])
      if (typeof part === 'object' && part !== null) walk(part as Record<string, unknown>)
    }
  }
  walk(root as Record<string, unknown>)
  const [owner, key] = places[at % places.length] as (typeof places)[number]
  owner[isNew ? 'unheard' : key] = value
  return root
}
