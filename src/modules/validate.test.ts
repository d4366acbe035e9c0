import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { ModelError, type Problem } from '../errors/model.js'
import { AddressModel, TransferModel } from './balance/model.js'
import { ContractIdModel, ContractIdsModel, ContractListModel } from './contracts/model.js'
import { AddMachineModel, DeleteMachineModel, type DiskModel, MachineModel, MachinesModel } from './machines/model.js'
import { HasNodeModel, NetworkAddNodeModel, NetworkModel } from './networks/model.js'
import { FilterOptions, NodeModel } from './nodes/model.js'
import type { ModelClass } from './rules/field.js'
import { AccountModel, TwinModel } from './twins/model.js'
import { validateModel } from './validate.js'

const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'

const machine = (): MachineModel => ({
  name: 'vm1',
  node_id: 11,
  public_ip: false,
  planetary: true,
  mycelium: true,
  cpu: 1,
  memory: 2048,
  flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
  entrypoint: '/sbin/zinit init',
})

const machines = (): MachinesModel => ({
  name: 'one',
  network: { name: 'net', ip_range: '10.249.0.0/16' },
  machines: [machine()],
})

function problemsOf(Model: ModelClass, input: unknown): readonly Problem[] {
  try {
    validateModel(Model, input)
    return []
  } catch (error) {
    if (error instanceof ModelError) return error.problems
    throw error
  }
}

describe('a model', () => {
  it('is given back as an instance of its classes, whatever it was written as', () => {
    const assigned = Object.assign(new MachinesModel(), machines())
    for (const input of [machines(), assigned, JSON.parse(JSON.stringify(machines()))]) {
      const { model, warnings } = validateModel(MachinesModel, input)
      expect(model).toBeInstanceOf(MachinesModel)
      expect(model.network).toBeInstanceOf(NetworkModel)
      expect(model.machines[0]).toBeInstanceOf(MachineModel)
      expect(JSON.parse(JSON.stringify(model))).toEqual(machines())
      expect(warnings).toEqual([])
    }
  })

  it('is a copy: what happens to the input later changes nothing', () => {
    const input = { ...machines(), machines: [{ ...machine(), env: { A: '1' }, disks: [] as DiskModel[] }] }
    const { model } = validateModel(MachinesModel, input)
    const [given] = input.machines
    if (given) Object.assign(given.env, { A: '2' })
    given?.disks.push({ name: 'd', size: 1, mountpoint: '/d' })
    expect(model.machines[0]?.env).toEqual({ A: '1' })
    expect(model.machines[0]?.disks).toEqual([])
  })

  it('tells all of its problems at once, each with its place, rule, value and what was meant', () => {
    const input = {
      nmae: 'one',
      network: { name: 'net', ip_range: '10.249.0.0/24' },
      machines: [{ ...machine(), nodeId: 11, cpu: '1', disks: [{ name: 'd', size: 0.1, mountpoint: 'data' }] }],
    }
    const problems = problemsOf(MachinesModel, input)
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'name', rule: 'required' }),
        expect.objectContaining({ path: 'nmae', rule: 'unknownKey', nearest: 'name' }),
        expect.objectContaining({ path: 'network.ip_range', value: '10.249.0.0/24', nearest: '10.249.0.0/16' }),
        expect.objectContaining({ path: 'machines[0].nodeId', rule: 'unknownKey', nearest: 'node_id' }),
        expect.objectContaining({ path: 'machines[0].cpu', rule: 'isInt', value: '1', nearest: '1' }),
        expect.objectContaining({ path: 'machines[0].disks[0].size', rule: 'min', value: 0.1, nearest: '0.25' }),
        expect.objectContaining({ path: 'machines[0].disks[0].mountpoint', rule: 'mountpoint', value: 'data' }),
      ]),
    )
    expect(problems).toHaveLength(7)
  })

  it('has one message that a person can act on', () => {
    const input = { ...machines(), network: { name: 'net', iprange: '10.249.0.0/16' } }
    expect(() => validateModel(MachinesModel, input)).toThrow(
      [
        'MachinesModel breaks 2 rules:',
        '  network.iprange: is not a field of this model (did you mean ip_range?)',
        '  network.ip_range: is missing: it must be text',
      ].join('\n'),
    )
  })

  it.each([
    [undefined],
    [null],
    ['text'],
    [7],
    [10n],
    [Number.NaN],
    [true],
    [[]],
    [() => 1],
    [Symbol('s')],
    [new Map()],
  ])('cannot be %p', input => {
    expect(problemsOf(MachinesModel, input)).toEqual([expect.objectContaining({ path: 'model' })])
  })

  it.each([
    [
      'a getter',
      () => Object.defineProperty(machine(), 'name', { enumerable: true, get: () => 'vm' }),
      'machines[0].name',
    ],
    ['a function', () => ({ ...machine(), name: () => 'vm' }), 'machines[0].name'],
    ['a symbol', () => ({ ...machine(), cpu: Symbol('1') }), 'machines[0].cpu'],
    ['__proto__', () => JSON.parse('{"__proto__":{"cpu":1},"name":"vm"}'), 'machines[0].__proto__'],
    ['constructor', () => ({ ...machine(), constructor: 1 }), 'machines[0].constructor'],
    ['hasOwnProperty', () => ({ ...machine(), hasOwnProperty: 1 }), 'machines[0].hasOwnProperty'],
    ['__proto__ in env', () => ({ ...machine(), env: JSON.parse('{"__proto__":"x"}') }), 'machines[0].env.__proto__'],
    ['a map as env', () => ({ ...machine(), env: new Map([['A', 'b']]) }), 'machines[0].env'],
    ['a date', () => ({ ...machine(), ip: new Date(0) }), 'machines[0].ip'],
    ['bytes', () => ({ ...machine(), myceliumSeed: new Uint8Array(6) }), 'machines[0].myceliumSeed'],
    ['a promise', () => ({ ...machine(), name: Promise.resolve('vm') }), 'machines[0].name'],
    ['a bigint', () => ({ ...machine(), node_id: 11n }), 'machines[0].node_id'],
    ['NaN', () => ({ ...machine(), memory: Number.NaN }), 'machines[0].memory'],
    ['infinity', () => ({ ...machine(), memory: Number.POSITIVE_INFINITY }), 'machines[0].memory'],
    ['null for an optional field', () => ({ ...machine(), ip: null }), 'machines[0].ip'],
    ['an inherited value', () => Object.create(machine()), 'machines[0].name'],
    ['an element that is no object', () => null, 'machines[0]'],
    ['a list in the list', () => [machine()], 'machines[0]'],
    ['a revoked proxy', () => revoked(), 'machines[0]'],
    ['an object that throws', () => new Proxy({}, { ownKeys: () => fail() }), 'machines[0]'],
  ])('refuses %s, and says where', (_, element, path) => {
    const paths = problemsOf(MachinesModel, { ...machines(), machines: [element()] }).map(problem => problem.path)
    expect(paths).toContain(path)
    expect(new Set(paths).size).toBe(paths.length)
  })

  it('that contains itself, or is absurdly deep or large, is refused instead of followed', () => {
    const loop: Record<string, unknown> = { ...machines() }
    loop.network = loop
    expect(problemsOf(MachinesModel, loop)).toContainEqual(expect.objectContaining({ rule: 'depth' }))
    const large = { ...machines(), machines: Array.from({ length: 1_000_000 }) }
    expect(problemsOf(MachinesModel, large)).toContainEqual(expect.objectContaining({ path: 'machines', rule: 'size' }))
  })

  it('never shows a secret in a problem', () => {
    const secret = '5ec7e75ec7e75ec7e7'
    const input = {
      ...machines(),
      network: { ...machines().network, myceliumSeeds: [{ nodeId: 11, seed: secret }] },
      machines: [
        {
          ...machine(),
          myceliumSeed: secret,
          env: { TOKEN: { secret } },
          qsfs_disks: [{ encryption_key: [secret], password: 1 }],
        },
      ],
    }
    expect(() => validateModel(MachinesModel, input)).toThrow(ModelError)
    const problems = problemsOf(MachinesModel, input)
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'network.myceliumSeeds[0].seed',
        'machines[0].myceliumSeed',
        'machines[0].env.TOKEN',
        'machines[0].qsfs_disks[0].encryption_key',
      ]),
    )
    expect(JSON.stringify(problems)).not.toContain(secret)
  })

  it('keeps seeds in lower case, as nodes print them', () => {
    const seed = '050D109829D8492D48BFB33B711056080571C69E46BFDE6B4294C4C5BF468A76'
    const network = { ...machines().network, myceliumSeeds: [{ nodeId: 11, seed }] }
    const { model } = validateModel(MachinesModel, {
      ...machines(),
      network,
      machines: [{ ...machine(), myceliumSeed: '1E1404279B3D' }],
    })
    expect(model.network.myceliumSeeds?.[0]?.seed).toBe(seed.toLowerCase())
    expect(model.machines[0]?.myceliumSeed).toBe('1e1404279b3d')
  })

  it('with thousands of problems is still told all of them, in a time that grows with their number only', () => {
    const many = (count: number) => ({
      ...machines(),
      machines: Array.from({ length: count }, (_, i) => ({ ...machine(), name: `vm${i}`, cpu: 0, env: { A: 1 } })),
    })
    const timed = (count: number) => {
      const startedAt = performance.now()
      expect(problemsOf(MachinesModel, many(count))).toHaveLength(2 * count)
      return performance.now() - startedAt
    }
    timed(100)
    expect(timed(1000)).toBeLessThan(5000)
  })

  it('is checked fast enough to be nobody’s bottleneck', () => {
    const thousand = Array.from({ length: 1000 }, machines)
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) {
      const start = performance.now()
      for (const model of thousand) validateModel(MachinesModel, model)
      best = Math.min(best, performance.now() - start)
    }
    // 60 to 90 ms alone; the limit leaves room for other work on the machine.
    expect(best).toBeLessThan(1000)
  })
})

describe('other models', () => {
  it.each<[string, ModelClass, unknown]>([
    ['NodeModel', NodeModel, { id: 11 }],
    ['FilterOptions', FilterOptions, {}],
    ['FilterOptions', FilterOptions, { cru: 2, mru: 0.5, features: ['mycelium'], farmIds: [1, 2], status: 'up' }],
    ['TwinModel', TwinModel, { id: 1 }],
    ['AccountModel', AccountModel, { public_key: ADDRESS }],
    ['AddressModel', AddressModel, { address: ADDRESS }],
    ['TransferModel', TransferModel, { address: ADDRESS, amount: 1e-7 }],
    ['ContractIdModel', ContractIdModel, { id: 1 }],
    ['ContractIdsModel', ContractIdsModel, { ids: [1, 2] }],
    ['ContractListModel', ContractListModel, {}],
    ['ContractListModel', ContractListModel, { state: 'Created' }],
    ['ContractListModel', ContractListModel, { state: ['Created', 'Deleted'] }],
    ['DeleteMachineModel', DeleteMachineModel, { deployment_name: 'a', name: 'b' }],
    ['HasNodeModel', HasNodeModel, { name: 'net', nodeId: 1 }],
    ['NetworkAddNodeModel', NetworkAddNodeModel, { name: 'n', ipRange: '10.1.0.0/16', nodeId: 1, mycelium: false }],
    ['AddMachineModel', AddMachineModel, { ...machine(), deployment_name: 'one' }],
  ])('%s accepts what is right', (_, Model, input) => {
    expect(problemsOf(Model, input)).toEqual([])
  })

  it.each<[ModelClass, unknown, Partial<Problem>]>([
    [NodeModel, { id: 0 }, { path: 'id', rule: 'min', nearest: '1' }],
    [NodeModel, { nodeId: 3 }, { path: 'nodeId', rule: 'unknownKey' }],
    [FilterOptions, { features: ['mycelum'] }, { path: 'features[0]', rule: 'feature', nearest: 'mycelium' }],
    [FilterOptions, { status: 'upp' }, { path: 'status', rule: 'isIn', nearest: 'up' }],
    [FilterOptions, { farmIds: [1, 0] }, { path: 'farmIds[1]', rule: 'id', value: 0 }],
    [FilterOptions, { farmIds: 1 }, { path: 'farmIds', rule: 'isArray' }],
    [FilterOptions, { size: 501 }, { path: 'size', rule: 'max', nearest: '500' }],
    [FilterOptions, { hasGpu: true }, { path: 'hasGpu', rule: 'unknownKey', nearest: 'hasGPU' }],
    [FilterOptions, { mru: -1 }, { path: 'mru', rule: 'min' }],
    [AccountModel, { public_key: 'alice' }, { path: 'public_key', rule: 'account' }],
    [TransferModel, { address: ADDRESS, amount: 0 }, { path: 'amount', rule: 'min' }],
    [TransferModel, { address: ADDRESS, amount: '1' }, { path: 'amount', rule: 'isNumber', nearest: '1' }],
    [ContractIdsModel, { ids: [] }, { path: 'ids', rule: 'arrayMinSize' }],
    [ContractIdsModel, { ids: [1, '2'] }, { path: 'ids[1]', rule: 'id' }],
    [ContractListModel, { state: 'created' }, { path: 'state', rule: 'contractState', nearest: 'Created' }],
    [ContractListModel, { state: ['Created', 'Gone'] }, { path: 'state[1]', rule: 'contractState' }],
    [ContractListModel, { state: [] }, { path: 'state', rule: 'contractState' }],
  ])('%p refuses %j', (Model, input, problem) => {
    expect(problemsOf(Model, input)).toContainEqual(expect.objectContaining(problem))
  })
})

describe('any input at all', () => {
  const models: readonly ModelClass[] = [
    MachinesModel,
    AddMachineModel,
    NetworkAddNodeModel,
    FilterOptions,
    ContractListModel,
  ]
  const odd = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withTypedArray: true,
  })

  it('is accepted or refused with a ModelError that can be printed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), odd, (Model, input) => {
        for (const { path, rule, message } of problemsOf(Model, input)) {
          expect([path, rule, message].every(text => text !== '')).toBe(true)
        }
      }),
      { numRuns: 500, seed: 20261121 },
    )
  })

  it('is so too where it replaces one value of a good model', () => {
    const full = () => ({
      ...machines(),
      network: { ...machines().network, myceliumSeeds: [{ nodeId: 11, seed: 'ab'.repeat(32) }] },
      machines: [
        {
          ...machine(),
          disks: [{ name: 'd', size: 1, mountpoint: '/d' }],
          env: { A: 'b' },
          gpus: [],
          ip: '10.249.2.5',
        },
        { ...machine(), name: 'vm2', rootfs_size: 5 },
      ],
    })
    const places = placesOf(full())
    fc.assert(
      fc.property(fc.constantFrom(...places), odd, (place, value) => {
        const input = full()
        set(input, place, value)
        JSON.stringify(problemsOf(MachinesModel, input))
      }),
      { numRuns: 1500, seed: 20261122 },
    )
  })
})

function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([key, part]) => placesOf(part, [...path, key]))
  return path.length === 0 ? inner : [path, ...inner]
}

function set(target: object, [key = '', ...rest]: readonly string[], value: unknown): void {
  const owner = target as Record<string, unknown>
  if (rest.length === 0) owner[key] = value
  else set(owner[key] as object, rest, value)
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function fail(): never {
  throw new RangeError('not readable')
}
