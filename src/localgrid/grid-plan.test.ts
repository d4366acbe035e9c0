import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { isHyphaeError } from '../errors/base.js'
import { unitsOfTft } from './amount.js'
import { DEFAULT_COUNTS, describeNode, planNodes, planPublicIps, readCounts } from './grid-plan.js'
import { checkOptions } from './options.js'

const KINDS = ['full', 'hidden', 'gateway', 'light', 'gpu'] as const
const counts = fc.record({
  full: fc.integer({ min: 2, max: 60 }),
  hidden: fc.integer({ min: 0, max: 20 }),
  gateway: fc.integer({ min: 0, max: 20 }),
  light: fc.integer({ min: 0, max: 20 }),
  gpu: fc.integer({ min: 0, max: 20 }),
})

function refusal(act: () => unknown): { code: string; where?: string } {
  try {
    act()
  } catch (error) {
    if (isHyphaeError(error)) return error.toJSON() as never
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the nodes of a local grid', () => {
  it('are the documented ones by default', () => {
    expect(planNodes(DEFAULT_COUNTS, [])).toEqual([
      { nodeId: 11, kind: 'full' },
      { nodeId: 168, kind: 'full' },
      { nodeId: 169, kind: 'hidden' },
      { nodeId: 170, kind: 'gateway' },
      { nodeId: 171, kind: 'light' },
      { nodeId: 172, kind: 'gpu' },
    ])
  })

  it('are as many as asked, each with an id of its own, 11 and 168 among them', () => {
    fc.assert(
      fc.property(counts, asked => {
        const nodes = planNodes(asked, [])
        for (const kind of KINDS) expect(nodes.filter(node => node.kind === kind)).toHaveLength(asked[kind])
        expect(new Set(nodes.map(node => node.nodeId)).size).toBe(nodes.length)
        expect(nodes.slice(0, 2).map(node => node.nodeId)).toEqual([11, 168])
      }),
      { seed: 1 },
    )
  })

  it('stay when more or fewer are asked later', () => {
    fc.assert(
      fc.property(counts, counts, (before, after) => {
        const nodes = planNodes(before, [])
        const later = planNodes(after, nodes)
        expect(later.slice(0, nodes.length)).toEqual(nodes)
        expect(new Set(later.map(node => node.nodeId)).size).toBe(later.length)
        for (const kind of KINDS) {
          expect(later.filter(node => node.kind === kind)).toHaveLength(Math.max(before[kind], after[kind]))
        }
      }),
      { seed: 2 },
    )
  })

  it('share no address, and none of the public ones is private', () => {
    const nodes = planNodes({ full: 300, hidden: 50, gateway: 50, light: 50, gpu: 50 }, []).map(describeNode)
    for (const addresses of [
      nodes.flatMap(node => node.publicConfig?.ip4.ip ?? []),
      nodes.flatMap(node => node.publicConfig?.ip6?.ip ?? []),
      nodes.flatMap(node => node.zosIps),
      nodes.map(node => node.interfaces[0]?.mac),
    ]) {
      expect(new Set(addresses).size).toBe(addresses.length)
    }
    for (const { publicConfig } of nodes) {
      if (publicConfig) expect(publicConfig.ip4.ip).toMatch(/^185\.206\.12[3-5]\.\d+\/24$/)
    }
  })

  it('have disks that add up to what they register', () => {
    for (const node of planNodes(DEFAULT_COUNTS, []).map(describeNode)) {
      const total = (type: string) =>
        node.pools.reduce((sum, pool) => (pool.type === type ? sum + pool.sizeBytes : sum), 0n)
      expect([total('ssd'), total('hdd')]).toEqual([node.resources.sru, node.resources.hru])
    }
  })

  it('differ by kind in what they reach and hold', () => {
    const [full, , hidden, gateway, light, gpu] = planNodes(DEFAULT_COUNTS, []).map(describeNode)
    expect(full?.publicConfig?.ip6).toBeDefined()
    expect(hidden?.publicConfig).toBeUndefined()
    expect(gateway?.publicConfig?.domain).toBe('gw170.localgrid.test')
    expect(light?.publicConfig).toBeUndefined()
    expect(gpu?.gpus).toHaveLength(2)
  })
})

describe('options', () => {
  it.each([
    [{ full: 1 }, 'nodes.full'],
    [{ full: 2.5 }, 'nodes.full'],
    [{ light: -1 }, 'nodes.light'],
    [{ full: 400, light: 200 }, 'nodes'],
    [{ fast: 2 }, 'nodes.fast'],
  ])('nodes %j are refused', (nodes, where) => {
    expect(refusal(() => readCounts(nodes as never))).toMatchObject({ code: 'LOCALGRID_OPTION', where })
  })

  it.each([
    [{ port: 65_533 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ seal: 'later' }, 'seal'],
    [{ seal: { everyMs: 1 } }, 'seal'],
    [{ dataDir: '' }, 'dataDir'],
    [{ seed: '' }, 'seed'],
    [{ tftPriceMilliUsd: 0 }, 'tftPriceMilliUsd'],
    [{ gracePeriodBlocks: 0 }, 'gracePeriodBlocks'],
    [{ ports: 1 }, 'ports'],
  ])('%j is refused by name', (options, where) => {
    expect(refusal(() => checkOptions(options as never))).toMatchObject({ code: 'LOCALGRID_OPTION', where })
  })

  it('public addresses are counted', () => {
    expect(planPublicIps(2)).toEqual([
      { ip: '185.206.122.33/24', gateway: '185.206.122.1' },
      { ip: '185.206.122.34/24', gateway: '185.206.122.1' },
    ])
    expect(refusal(() => planPublicIps(201))).toMatchObject({ where: 'publicIps' })
  })
})

describe('amounts', () => {
  it.each([
    [1, 10_000_000n],
    [1.5, 15_000_000n],
    ['0.0000001', 1n],
    [0.0000001, 1n],
    [10n, 100_000_000n],
    [1e6, 10_000_000_000_000n],
    ['007', 70_000_000n],
  ])('%p TFT are %p units', (tft, units) => {
    expect(unitsOfTft(tft)).toBe(units)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', 'x', '1.00000001', '1e3', 1e13, -5n])(
    '%p is refused',
    tft => {
      expect(refusal(() => unitsOfTft(tft)).code).toBe('LOCALGRID_REQUEST')
    },
  )
})
