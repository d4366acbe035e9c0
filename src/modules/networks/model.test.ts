import { describe, expect, it } from '@jest/globals'

import { ModelError, type Problem } from '../../errors/model.js'
import { validateModel } from '../validate.js'
import { NetworkAddNodeModel, NetworkModel, NetworkNameModel } from './model.js'

const SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
const network = (change: object = {}) => ({ name: 'hellotest', ip_range: '10.249.0.0/16', ...change })
const seeded = (...seeds: readonly (readonly [number, string])[]) =>
  network({ myceliumSeeds: seeds.map(([nodeId, seed]) => ({ nodeId, seed })) })

function problemsOf(input: unknown, Model: new () => object = NetworkModel): readonly Problem[] {
  try {
    validateModel(Model, input)
    return []
  } catch (error) {
    if (error instanceof ModelError) return error.problems
    throw error
  }
}

describe('a network', () => {
  it.each([
    [network()],
    [network({ ip_range: '172.31.0.0/16' })],
    [network({ ip_range: '192.168.0.0/16', addAccess: true, accessNodeId: 11 })],
    [seeded([11, SEED], [168, SEED.replace('05', '06')])],
  ])('may be %j', input => {
    expect(problemsOf(input)).toEqual([])
  })

  it.each<[string, unknown, Partial<Problem>]>([
    ['a name with a dash', network({ name: 'hello-test' }), { path: 'name', rule: 'matches' }],
    ['a long name', network({ name: 'n'.repeat(36) }), { path: 'name', rule: 'maxLength' }],
    ['the name ygg', network({ name: 'ygg' }), { path: 'name', rule: 'reservedName' }],
    ['the name pub', network({ name: 'pub' }), { path: 'name', rule: 'reservedName' }],
    ['the name mycelium', network({ name: 'mycelium' }), { path: 'name', rule: 'reservedName' }],
    ['a /24', network({ ip_range: '10.249.5.0/24' }), { path: 'ip_range', rule: 'ipRange', nearest: '10.249.0.0/16' }],
    ['no prefix', network({ ip_range: '10.249.0.0' }), { path: 'ip_range', nearest: '10.249.0.0/16' }],
    ['host bits', network({ ip_range: '10.249.0.1/16' }), { path: 'ip_range', nearest: '10.249.0.0/16' }],
    ['a public range', network({ ip_range: '8.8.0.0/16' }), { path: 'ip_range', rule: 'ipRange' }],
    ['an IPv6 range', network({ ip_range: 'fd00::/16' }), { path: 'ip_range', rule: 'ipRange' }],
    ['a range of words', network({ ip_range: 'all' }), { path: 'ip_range', rule: 'ipRange', value: 'all' }],
    ['an access node it shall not have', network({ addAccess: false, accessNodeId: 1 }), { path: 'accessNodeId' }],
    ['a seed for node 0', seeded([0, SEED]), { path: 'myceliumSeeds[0].nodeId', rule: 'min' }],
    ['a short seed', seeded([1, 'ab']), { path: 'myceliumSeeds[0].seed', rule: 'matches' }],
    ['a seed of zeros', seeded([1, '0'.repeat(64)]), { path: 'myceliumSeeds[0].seed', rule: 'weakSeed' }],
    ['a seed of f', seeded([1, 'f'.repeat(64)]), { path: 'myceliumSeeds[0].seed', rule: 'weakSeed' }],
    [
      'one node twice in its seeds',
      seeded([1, SEED], [1, SEED]),
      {
        path: 'myceliumSeeds[1].nodeId',
        rule: 'duplicateNode',
        message: expect.stringContaining('myceliumSeeds[0]') as never,
      },
    ],
    [
      'one seed on two nodes',
      seeded([1, SEED], [2, SEED.toUpperCase()]),
      {
        path: 'myceliumSeeds[1].seed',
        rule: 'duplicateSeed',
        message: expect.stringContaining('myceliumSeeds[0]') as never,
      },
    ],
  ])('cannot have %s', (_, input, problem) => {
    const problems = problemsOf(input)
    expect(problems).toEqual([expect.objectContaining(problem)])
    expect(JSON.stringify(problems)).not.toContain(SEED)
  })
})

describe('the other verbs of networks', () => {
  const added = { name: 'net', ipRange: '10.1.0.0/16', nodeId: 5, mycelium: true, myceliumSeed: SEED }

  it('take what is right', () => {
    expect(problemsOf(added, NetworkAddNodeModel)).toEqual([])
    expect(problemsOf({ name: 'net', ipRange: '10.1.0.0/16' }, NetworkNameModel)).toEqual([])
    expect(problemsOf({ name: 'net' }, NetworkNameModel)).toEqual([])
  })

  it.each<[unknown, Partial<Problem>]>([
    [
      { ...added, mycelium: false },
      { path: 'myceliumSeed', rule: 'seedWithoutMycelium' },
    ],
    [
      { ...added, ipRange: '10.1.0.0/15' },
      { path: 'ipRange', rule: 'ipRange' },
    ],
    [
      { ...added, ip_range: '10.1.0.0/16' },
      { path: 'ip_range', rule: 'unknownKey', nearest: 'ipRange' },
    ],
    [
      { ...added, name: 'pub' },
      { path: 'name', rule: 'reservedName' },
    ],
  ])('refuse %j', (input, problem) => {
    expect(problemsOf(input, NetworkAddNodeModel)).toEqual([expect.objectContaining(problem)])
  })
})
