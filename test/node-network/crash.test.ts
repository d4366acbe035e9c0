/**
 * A process that sets a node up is killed at each of the things it changes; the next one has to put everything right.
 *
 * Every moment is tried in one way (before, during or after the change), drawn by a seed that failures name;
 * HYPHAE_CRASH=all tries all ways, HYPHAE_CRASH=<seed> those of another run.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { eventually } from '../support/eventually.js'
import { canBuildWholeLabs } from '../support/node-lab.js'
import type { CrashPoint, CrashReport } from './support/crash-child.js'
import { bareOf, changedOf, fullOf } from './support/crash-configs.js'
import { crashPoints, seedOf } from './support/crash-points.js'
import { buildCrashChild, runCrashChild } from './support/crash-run.js'
import { addressesOf, leftovers } from './support/crash-verdict.js'
import { type TestNode, testNode } from './support/networks-node.js'
import { type Traces, tracesOf } from './support/networks-traces.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
/** It only has to run. */
const MYCELIUM = '#!/bin/sh\n[ "$1" = --version ] || exec sleep 100000\n'
const SEED = seedOf(process.env.HYPHAE_CRASH)

describeWithLab(`a node whose set-up is killed (seed ${SEED})`, () => {
  let lab: Lab
  let program = ''
  let lives = 0
  /** Kinds of operations that were killed. */
  const tried = new Set<string>()
  const spec = (node: string) => lab.scenario.nodes.find(({ name }) => name === node)?.config as NodeNetworkConfig
  /** NICs that are named need no probing: these tries are about what comes after it. */
  const named = (node: string) => ({ ...spec(node), uplink: { nic: 'eth0' }, exit: { nic: 'eth1' } })

  beforeAll(async () => {
    lab = await startLab(findScenario('farm'))
    program = await buildCrashChild(lab.folder)
  }, 60_000)
  afterAll(() => lab?.stop(), 30_000)

  /** Runs until it is killed, or says what it has done. */
  async function run(
    node: string,
    folder: string,
    config: unknown,
    crash?: CrashPoint,
  ): Promise<CrashReport | undefined> {
    const machine = lab.machine(node)
    const order = { enter: machine.enter, stateDir: join(machine.folder, folder), config }
    const { end, problem, report } = await runCrashChild(program, crash === undefined ? order : { ...order, crash })
    expect({ end, problem }).toEqual({ end: crash === undefined ? '0' : 'SIGKILL', problem: '' })
    return report
  }

  /** Another process: it must find nothing to do after it has applied, and nothing that is too much. */
  async function recover(node: string, folder: string, config: NodeNetworkConfig): Promise<unknown> {
    const later = testNode(lab.machine(node), folder)
    try {
      return await recoverWith(later, config)
    } finally {
      await later.close()
    }
  }
  async function recoverWith(later: TestNode, config: NodeNetworkConfig): Promise<unknown> {
    await later.apply(config)
    const { operations, conflicts } = await (await later.network(config)).plan()
    return { operations, conflicts, ...(await leftovers(later, config, lab.internet.ipv4)) }
  }
  const RIGHT = { operations: [], conflicts: [], reached: true, probes: [], twice: [], files: [] }

  /** All points, on both nodes at once. What went wrong, by point. */
  async function tryAll(points: readonly CrashPoint[], one: (node: string, point: CrashPoint) => Promise<unknown>) {
    const wrong: unknown[] = []
    const rest = points[Symbol.iterator]()
    const worker = async (node: string) => {
      for (const point of rest) {
        const found = await one(node, point).catch(error => String(error))
        try {
          expect(found).toEqual(RIGHT)
        } catch {
          wrong.push({ node, seed: SEED, ...point, found })
        }
      }
    }
    await Promise.all(['node1', 'node2'].map(worker))
    return wrong
  }

  it.each([
    ['while it probes its NICs', 'probing'],
    ['while it builds everything', 'building'],
  ])(
    'is right after the next start when that was %s',
    async (_, what) => {
      const configOf = (node: string) => (what === 'probing' ? spec(node) : named(node))
      await lab.restart('node1')
      const { steps = [], kinds = [] } = (await run('node1', `life${++lives}`, configOf('node1'))) ?? {}
      // The first four: NICs out, two leases, NICs back.
      const probing = steps.filter(step => step.includes('probe-')).length + 2
      const last = what === 'probing' ? probing : steps.length
      for (const kind of kinds) tried.add(kind)

      const wrong = await tryAll(crashPoints(last, SEED), async (node, point) => {
        await lab.restart(node)
        const folder = `life${++lives}`
        await run(node, folder, configOf(node), point)
        return recover(node, folder, configOf(node))
      })
      expect(wrong).toEqual([])
    },
    300_000,
  )

  describe.each([
    ['lost its networks and its public addresses', (full: NodeNetworkConfig) => bareOf(full)],
    ['got other addresses, ports and peers', (full: NodeNetworkConfig) => changedOf(full)],
  ])('is right after the next start when it %s', (_, targetOf) => {
    const full = (node: string) => fullOf(named(node), join(lab.folder, 'mycelium'))

    it('and was killed at it', async () => {
      writeFileSync(join(lab.folder, 'mycelium'), MYCELIUM, { mode: 0o755 })
      const folders = new Map<string, string>()
      const clean = new Map<string, Traces>()
      const use = async <T>(node: string, work: (one: TestNode) => Promise<T>): Promise<T> => {
        const one = testNode(lab.machine(node), folders.get(node))
        try {
          return await work(one)
        } finally {
          await one.services.close({ keep: true })
        }
      }
      for (const node of ['node1', 'node2']) {
        folders.set(node, `life${++lives}`)
        await lab.restart(node)
        await use(node, async one => {
          await one.apply(targetOf(full(node)))
          clean.set(node, await tracesOf(one))
          await one.apply(full(node))
        })
      }
      const folder = folders.get('node1') as string
      const { steps = [], kinds = [] } = (await run('node1', folder, targetOf(full('node1')))) ?? {}
      for (const kind of kinds) tried.add(kind)
      await use('node1', one => one.apply(full('node1')))

      const wrong = await tryAll(crashPoints(steps.length, SEED), async (node, point) => {
        const target = targetOf(full(node))
        await run(node, folders.get(node) as string, target, point)
        return use(node, async one => {
          try {
            const found = await recoverWith(one, target)
            expect(await tracesOf(one)).toEqual(clean.get(node))
            return found
          } finally {
            await one.apply(full(node))
          }
        })
      })
      expect(wrong).toEqual([])
      for (const node of folders.keys()) await testNode(lab.machine(node), folders.get(node)).close()
    }, 300_000)
  })

  it('was killed at every kind of operation', () => {
    expect([...tried].sort()).toEqual([
      'address-add',
      'address-delete',
      'link-add',
      'link-delete',
      'link-move',
      'link-set',
      'namespace-add',
      'namespace-delete',
      'nft-delete',
      'nft-replace',
      'route-add',
      'route-delete',
      'service-start',
      'service-stop',
      'sysctl-set',
      'wireguard-set',
    ])
  })

  it('has the addresses that it had, and its machines are reached, after its power was cut', async () => {
    const config = spec('node1')
    const folder = `life${++lives}`
    const before = testNode(await lab.restart('node1'), folder)
    await before.apply(config)
    // Leases come when they come: an apply has only started who asks for them.
    const addresses = await eventually('the leases of the node and of its networks', async () => {
      const { reached } = await leftovers(before, config, lab.internet.ipv4)
      const found = await addressesOf(before)
      return reached && found.some(address => /^root zos \d+\./.test(address)) && found
    })
    expect(addresses.length).toBeGreaterThan(8)
    await before.services.close({ keep: true })

    const machine = await lab.restart('node1')
    const after = testNode(machine, folder)
    try {
      await after.apply(config)
      await eventually('the addresses that it had', async () => {
        expect(await addressesOf(after)).toEqual(addresses)
        return true
      })
      expect(await leftovers(after, config, lab.internet.ipv4)).toMatchObject({ reached: true, twice: [], files: [] })
    } finally {
      await after.close()
    }
  }, 60_000)
})
