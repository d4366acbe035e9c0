/**
 * What every layout must show, in the order in which it is tried. Assertions are Node's own: without root, these run in a
 * process that is not jest's.
 */
import assert from 'node:assert/strict'

import { networkId, networkIpv6 } from '../../../src/network/address/index.js'
import { ndmzIpv6 } from '../../../src/network/node/decide/ndmz-leases.js'
import { askEcho, ECHO_PORT, startEcho } from '../../../src/network/node/lab/echo.js'
import { INTERNET } from '../../../src/network/node/lab/internet-addresses.js'
import type { LabMachine } from '../../../src/network/node/lab/machine.js'
import type { ExpectedLayout } from '../../../src/network/node/lab/scenario.js'
import type { Explanation } from '../../../src/network/node/node-network.js'
import { eventually } from '../../support/node-lab.js'
import { expectedWays, plain, sourceOf, type Ways } from './expected-ways.js'
import { type NodeRig, SUBMISSION_PORTS, USER_NETWORK } from './node-rig.js'
import type { Stage } from './stages.js'

/** Where silence is expected. */
const SILENCE_MS = 500
/** Far less than what a machine waits when nobody answers. */
const AT_ONCE_MS = 2_000
const MAIL_PORT = 25

const isExplained: Stage<NodeRig> = [
  'is explained as what it is, by probing its NICs, which stay where they were',
  async ({ network, spec, run }) => {
    const explanation = await network.explain({ probe: true })
    assert.deepEqual(wordsOf(explanation), spec.expected)
    await stayedWhereTheyWere({ spec, run })
  },
]

const isSetUp: Stage<NodeRig> = [
  'is set up, and then nothing is left to do',
  async ({ network, spec: { expected } }) => {
    const { choice, applied } = await network.apply()
    assert.deepEqual({ uplink: choice.uplink, exit: choice.exit }, { uplink: expected.uplink, exit: expected.exit })
    assert.ok(applied.length > 0)
    const plan = await network.plan()
    assert.deepEqual([plan.operations, plan.awaited, plan.conflicts], [[], [], []])
    assert.deepEqual((await network.apply()).applied, [])
  },
]

const isExplainedStanding: Stage<NodeRig> = [
  'is explained in the same way as it stands',
  async ({ network, spec }) => {
    assert.deepEqual(wordsOf(await network.explain({ probe: true })), spec.expected)
  },
]

const reachesTheInternet: Stage<NodeRig> = [
  'lets a machine reach the Internet over every family that it has, and the Internet sees who it must',
  async rig => {
    const { ways, own } = await readyWays(rig)
    const { ipv4, ipv6 } = await allOf({
      ipv4: rig.ask(INTERNET.ipv4, ways.ipv4 ? {} : { timeoutMs: AT_ONCE_MS }),
      ipv6: rig.ask(INTERNET.ipv6, ways.ipv6?.seenAs === undefined ? { timeoutMs: AT_ONCE_MS } : {}),
    })
    // Where there is no way, the machine is told so at once.
    const unreachable = { failed: 'ENETUNREACH' }
    assert.deepEqual(ipv4, ways.ipv4 && own.ipv4 ? { seen: sourceOf(ways.ipv4, own.ipv4) } : unreachable)
    const expected6 =
      ways.ipv6 && own.ipv6
        ? ways.ipv6.seenAs === undefined
          ? { failed: 'no answer' }
          : { seen: sourceOf(ways.ipv6, own.ipv6) }
        : unreachable
    assert.deepEqual(ipv6, expected6)
    // And so do the segments.
    for (const [way, address, internet] of [
      [ways.ipv4, own.ipv4, INTERNET.ipv4],
      [ways.ipv6, own.ipv6, INTERNET.ipv6],
    ] as const) {
      if (way === undefined || address === undefined) continue
      await rig.wire?.saw(way.segment.name, { from: plain(address), to: `${internet}.${ECHO_PORT}` })
      const seen = sourceOf(way, address)
      if (seen !== undefined) await rig.wire?.saw(INTERNET.segment, { from: seen, to: `${internet}.${ECHO_PORT}` })
    }
  },
]

const letsNothingIn: Stage<NodeRig> = [
  'drops what nobody asked for, from the segment and from the Internet, and answers ICMPv6',
  async rig => {
    const { lab, vm, wire } = rig
    const { ways, own } = await readyWays(rig)
    const router = lab.router.machine
    const vm6 = networkIpv6(networkId(USER_NETWORK.twin, USER_NETWORK.name), vm.ipv4)
    await startEcho(rig.machine, { namespace: vm.namespace, ports: [ECHO_PORT] })
    const [network] = (await rig.network.status()).networks
    assert.ok(network?.lease)
    // The machine would answer: its own gateway reaches it.
    for (const address of [vm.ipv4, vm6]) {
      assert.ok((await askEcho(rig.machine, { address, namespace: network.namespace })).seen)
    }

    for (const [way, cidr, insides] of [
      [ways.ipv4, own.ipv4, [vm.ipv4, network.lease]],
      [ways.ipv6, own.ipv6, [vm6, ndmzIpv6(network.lease)]],
    ] as const) {
      if (way === undefined || cidr === undefined) continue
      const [segment, address] = [way.segment.name, plain(cidr)]
      // Somebody on the segment tries to get at the machine and its gateway through the node.
      await Promise.all(insides.map(inside => router.run('ip', 'route', 'add', inside, 'via', address)))
      const askers: readonly (readonly [LabMachine, string])[] = [
        ...[address, ...insides].map(to => [router, to] as const),
        ...(way.seenAs === 'own' && way.open ? ([[lab.internet.machine, address]] as const) : []),
      ]
      const answers = await Promise.all(askers.map(([from, to]) => ask(from, to)))
      assert.deepEqual(
        answers,
        askers.map(() => ({ failed: 'no answer' })),
      )
      // It is the node that dropped them: they have come by.
      for (const to of [address, ...insides]) await wire?.saw(segment, { to: `${to}.${ECHO_PORT}` })
    }

    if (ways.ipv6 && own.ipv6) {
      const address = plain(own.ipv6)
      const fromInternet = ways.ipv6.seenAs === 'own' && ways.ipv6.open
      assert.deepEqual(await Promise.all([router, lab.internet.machine].map(from => pings(from, address))), [
        true,
        fromInternet,
      ])
    }
  },
]

const refusesMail: Stage<NodeRig> = [
  'refuses mail between servers at once, and lets people send theirs',
  async rig => {
    const { ways } = await readyWays(rig)
    for (const [way, address] of [
      [ways.ipv4, INTERNET.ipv4],
      [ways.ipv6, INTERNET.ipv6],
    ] as const) {
      if (way === undefined) continue
      const [mail, ...submissions] = await Promise.all([
        rig.ask(address, { port: MAIL_PORT, timeoutMs: AT_ONCE_MS }),
        ...(way.seenAs === undefined ? [] : SUBMISSION_PORTS.map(port => rig.ask(address, { port }))),
      ])
      assert.deepEqual(mail, { failed: 'ECONNREFUSED' })
      for (const { failed } of submissions) assert.equal(failed, undefined)
      assert.deepEqual(rig.wire?.between(way.segment.name, { to: `${address}.${MAIL_PORT}` }) ?? [], [])
    }
  },
]

const keepsPrivateAddressesInside: Stage<NodeRig> = [
  'puts no private address of a network on the wire',
  async ({ wire, lab, vm }) => {
    assert.ok(wire)
    const inside = [vm.ipv4, networkIpv6(networkId(USER_NETWORK.twin, USER_NETWORK.name), vm.ipv4)]
    const prefixes = [`${USER_NETWORK.range}.`, '100.127.', 'fd00::', (inside[1] as string).split('::')[0] as string]
    for (const { name } of [...lab.scenario.segments, { name: INTERNET.segment }]) {
      const leaks: readonly string[] = prefixes.flatMap(prefix => wire.between(name, { from: prefix }))
      assert.deepEqual(leaks, [])
    }
  },
]

/** Of a layout that leads out, wherever it is built. */
export const LAYOUT_STAGES: readonly Stage<NodeRig>[] = [
  isExplained,
  isSetUp,
  isExplainedStanding,
  reachesTheInternet,
  letsNothingIn,
  refusesMail,
]

/** After them, of what the others have put on the wire. */
export const WIRE_STAGES: readonly Stage<NodeRig>[] = [keepsPrivateAddressesInside]

/** The words of an explanation that a scenario states. */
export function wordsOf({ layout }: Explanation): ExpectedLayout {
  const { label, uplink, exit, mode, stack, hidden, warnings } = layout
  return {
    label,
    ...(uplink === undefined ? {} : { uplink }),
    ...(exit === undefined ? {} : { exit }),
    mode,
    stack,
    hidden,
    warnings: warnings.map(({ code }) => code).sort(),
  }
}

/** In the root namespace, and in no bridge. */
export async function stayedWhereTheyWere({ spec, run }: Pick<NodeRig, 'spec' | 'run'>): Promise<void> {
  assert.equal(await run('root', 'ip', 'netns', 'list'), '')
  const links = JSON.parse(await run('root', 'ip', '-j', 'link')) as { ifname: string; master?: string }[]
  for (const { name } of spec.nics) {
    const link = links.find(({ ifname }) => ifname === name)
    assert.ok(link, `${name} is gone`)
    assert.equal(link.master, undefined)
  }
}

/** What the scenario promises, and the addresses with which the node keeps it: the second family may come later. */
export async function readyWays({ lab, spec, network }: NodeRig): Promise<{
  ways: Ways
  own: { readonly ipv4?: string; readonly ipv6?: string }
}> {
  const ways = expectedWays(lab.scenario, spec)
  const readiness = await eventually(`${Object.keys(ways).join(' and ')} to be ready`, async () => {
    const found = (await network.status()).readiness
    return found.ipv4.ready === (ways.ipv4 !== undefined) && found.ipv6.ready === (ways.ipv6 !== undefined) && found
  })
  const { ipv4, ipv6 } = readiness
  return {
    ways,
    own: {
      ...(ipv4.address === undefined ? {} : { ipv4: ipv4.address }),
      ...(ipv6.address === undefined ? {} : { ipv6: ipv6.address }),
    },
  }
}

function ask(machine: LabMachine, address: string) {
  return askEcho(machine, { address, timeoutMs: SILENCE_MS })
}

export async function pings(machine: LabMachine, address: string): Promise<boolean> {
  const args = ['-q', '-c', '1', '-W', '1', address]
  return (await machine.runner.run({ namespace: 'root', program: 'ping', args, mayFail: true })).code === 0
}

async function allOf<A, B>(both: { ipv4: Promise<A>; ipv6: Promise<B> }): Promise<{ ipv4: A; ipv6: B }> {
  const [ipv4, ipv6] = await Promise.all([both.ipv4, both.ipv6])
  return { ipv4, ipv6 }
}
