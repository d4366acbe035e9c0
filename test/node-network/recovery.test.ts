/**
 * What a node's machine is without, and for how long, when the world around the node fails and comes back. Times are
 * printed and never judged.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { Scenario } from '../../src/network/node/lab/scenario.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { HOME, OOB } from '../../src/network/node/lab/scenarios/segments.js'
import { canBuildWholeLabs, eventually } from '../support/node-lab.js'
import { plain } from './support/expected-ways.js'
import { type NodeRig, startRig } from './support/node-rig.js'
import {
  endLeases,
  isOnline,
  killLeaseKeepers,
  mastersOf,
  type Times,
  timed,
  untilOffline,
  untilOnline,
  untilRestarted,
} from './support/recovery-stages.js'
import { judge, type Outcomes, type Stage, tryStages } from './support/stages.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
const LIMIT_MS = 60_000

const times: Times = new Map()

afterAll(() => {
  if (times.size === 0) return
  const rows = [...times].map(([what, ms]) => `${String(ms).padStart(7)} ms  ${what}`)
  console.log(`until a machine was back on the Internet:\n${rows.join('\n')}`)
})

/** With what the node looks like, when it fails. */
async function explaining(rig: NodeRig, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`${error}\n${await rig.diagnosis()}`, { cause: error })
  }
}

describeWithLab('a node with one NIC', () => {
  let rig: NodeRig
  beforeAll(async () => {
    rig = await startRig(findScenario('nat4-routed6'))
    await rig.network.apply()
    await untilOnline(rig, 'ipv4', 'ipv6')
  }, LIMIT_MS)
  afterAll(() => rig?.close())

  const recovers = (sentence: string, work: () => Promise<void>) => it(sentence, () => explaining(rig, work), LIMIT_MS)

  recovers('is back when its cable is', async () => {
    const nic = { machine: rig.machine, nic: 'eth0' }
    await rig.lab.fabric.unplug(nic)
    await untilOffline(rig, 'ipv4')
    await timed(
      times,
      'the cable is plugged in again',
      () => rig.lab.fabric.plug(nic),
      () => untilOnline(rig, 'ipv4', 'ipv6'),
    )
  })

  recovers('does not notice that the DHCP server is away while its leases last', async () => {
    await rig.lab.router.stopServing()
    expect(await isOnline(rig, 'ipv4')).toBe(true)
    await rig.lab.router.serve()
    expect(await isOnline(rig, 'ipv4')).toBe(true)
  })

  recovers('gets its leases back when they ended while the DHCP server was away', async () => {
    await rig.lab.router.serve({ dhcp: false })
    const keepers = await killLeaseKeepers(rig)
    await endLeases(rig)
    await untilRestarted(rig, keepers)
    await untilOffline(rig, 'ipv4')
    // What has nothing to do with it goes on.
    expect(await isOnline(rig, 'ipv6')).toBe(true)
    await timed(
      times,
      'the DHCP server is back, after the leases had ended',
      () => rig.lab.router.serve(),
      () => untilOnline(rig, 'ipv4'),
    )
  })

  recovers('has another process keep its lease when that was killed', async () => {
    const address = async () => (await rig.network.status()).readiness.ipv4.address
    const before = await address()
    let keepers: readonly string[] = []
    await timed(
      times,
      'the processes that keep the leases are killed, the addresses gone',
      async () => {
        keepers = await killLeaseKeepers(rig)
        await endLeases(rig)
      },
      () => untilOnline(rig, 'ipv4'),
    )
    await untilRestarted(rig, keepers)
    expect(await address()).toBe(before)
  })

  recovers('has IPv6 again when its router advertises itself again', async () => {
    // Good for four seconds, and then there is no other.
    await rig.lab.router.serve({ routerLifetimeSeconds: 4 })
    await eventually('the router to be one for four seconds only', async () =>
      /expires [1-4]sec/.test(await rig.run('ndmz', 'ip', '-6', 'route', 'show', 'default')),
    )
    await rig.lab.router.serve({ advertisements: false })
    await untilOffline(rig, 'ipv6')
    expect(await isOnline(rig, 'ipv4')).toBe(true)
    await timed(
      times,
      'the router advertises itself again',
      () => rig.lab.router.serve(),
      () => untilOnline(rig, 'ipv6'),
    )
  })

  recovers('is as it must be after all of that', async () => {
    const { operations, awaited, conflicts } = await rig.network.plan()
    expect([operations, awaited, conflicts]).toEqual([[], [], []])
  })
})

/** Both lead out; the first has the lower address, so it is the uplink. */
const TWO_WAYS_OUT: Scenario = {
  name: 'two-ways-out',
  title: 'two segments, each with a way out',
  description: 'The uplink can move from one to the other.',
  segments: [OOB, HOME],
  nodes: [
    {
      name: 'node1',
      nics: [
        { name: 'eth0', segment: OOB.name },
        { name: 'eth1', segment: HOME.name },
      ],
      config: { node: 'lab two-ways-out', nics: ['eth0', 'eth1'], duplicateAddressDetection: false },
      expected: { label: 'nat4-only', uplink: 'eth0', mode: 'single', stack: 'v4', hidden: 'yes', warnings: [] },
    },
  ],
  users: [],
}

async function movesWhenTold(rig: NodeRig): Promise<void> {
  expect((await rig.network.apply()).choice.uplink).toBe('eth0')
  await untilOnline(rig, 'ipv4')
  await timed(
    times,
    'the cable of the uplink is out: apply with reprobe, to the other NIC',
    () => pullUplink(rig),
    async () => {
      expect((await rig.network.apply({ reprobe: true })).choice.uplink).toBe('eth1')
      await untilOnline(rig, 'ipv4')
    },
  )
  await hasMoved(rig)
}

async function movesByItself(rig: NodeRig): Promise<void> {
  await watching(rig, { cableMs: 500 }, async watch => {
    await watch.whenOnline()
    await untilOnline(rig, 'ipv4')
    await timed(
      times,
      'the cable of the uplink is out: watch, to the other NIC',
      () => pullUplink(rig),
      () => untilOnline(rig, 'ipv4'),
    )
    await eventually('the watch to be online', async () => watch.state.phase === 'online')
    expect(watch.state.uplink).toBe('eth1')
    await hasMoved(rig)
  })
}

async function comesUpAtLast(rig: NodeRig): Promise<void> {
  await rig.lab.router.stopServing()
  await watching(rig, {}, async watch => {
    await eventually('the watch to find no uplink', async () => watch.state.phase === 'no-uplink', 30_000)
    expect(watch.state.lastError?.code).toBe('NODE_NET_NO_GATEWAY')
    // Its own probing is no news: it keeps to the pause.
    const { nextAt = 0 } = watch.state
    await eventually('the next attempt', async () => watch.state.phase !== 'no-uplink')
    expect(Date.now()).toBeGreaterThanOrEqual(nextAt)
    await timed(
      times,
      'the DHCP server comes at last: watch, from nothing',
      () => rig.lab.router.serve(),
      async () => {
        await watch.whenOnline()
        await untilOnline(rig, 'ipv4')
      },
    )
  })
}

async function watching(
  rig: NodeRig,
  options: { readonly cableMs?: number },
  work: (watch: ReturnType<NodeRig['network']['watch']>) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const watch = rig.network.watch({ ...options, signal: over.signal })
  try {
    await work(watch)
  } finally {
    over.abort()
    await watch.ended
  }
}

async function pullUplink({ lab, machine }: NodeRig): Promise<void> {
  await lab.fabric.unplug({ machine, nic: 'eth0' })
}

async function hasMoved(rig: NodeRig): Promise<void> {
  expect(await mastersOf(rig)).toEqual({ eth0: undefined, eth1: 'zos' })
  const { ipv4 } = (await rig.network.status()).readiness
  expect(ipv4).toMatchObject({ ready: true, gateway: '192.168.1.1' })
  expect(ipv4.address).toMatch(/^192\.168\.1\./)
  const { operations, awaited } = await rig.network.plan()
  expect([operations, awaited]).toEqual([[], []])
  // The Internet sees the same router; on the segment it is the node's new address.
  await rig.wire?.saw(HOME.name, { from: plain(ipv4.address as string), to: rig.lab.internet.ipv4 })
}

const MOVES: readonly Stage<NodeRig>[] = [
  ['moves to it when it is told to look again', movesWhenTold],
  ['moves to it by itself while it is watched', movesByItself],
  ['is brought up by a watch when the DHCP server comes at last', comesUpAtLast],
]

/** Each in a lab of its own, all at the same time. */
describeWithLab('a node with a second NIC that leads out', () => {
  const trials = new Map<string, Promise<Outcomes>>()
  beforeAll(() => {
    for (const stage of MOVES) {
      const trial = tryStages(() => startRig(TWO_WAYS_OUT), [stage])
      trial.catch(() => {})
      trials.set(stage[0], trial)
    }
  })
  it.each(MOVES.map(([sentence]) => sentence))(
    '%s',
    async sentence => judge((await trials.get(sentence)) as Outcomes, sentence),
    LIMIT_MS,
  )
})
