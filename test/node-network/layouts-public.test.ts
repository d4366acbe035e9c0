/** Static public addresses of a node, and of a machine on it: who reaches them, and who cannot take others. */
import { beforeAll, describe, expect, it } from '@jest/globals'

import { askEcho, ECHO_PORT, startEcho } from '../../src/network/node/lab/echo.js'
import { INTERNET } from '../../src/network/node/lab/internet-addresses.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { canBuildWholeLabs, eventually } from '../support/node-lab.js'
import { plain } from './support/expected-ways.js'
import { pings } from './support/layout-stages.js'
import { type NodeRig, startRig } from './support/node-rig.js'
import { pool } from './support/pool.js'
import { judge, type Outcomes, type Stage, tryStages } from './support/stages.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
const LIMIT_MS = 60_000
const SILENCE_MS = 500
/** Open on the node's own addresses: the measurement server of farmers. */
const NODE_PORT = 300

const PUBLIC_IP = { id: '7-1-ip', ipv4: '203.0.113.20/24', gateway4: '203.0.113.1', ipv6: true } as const
const MACHINE4 = plain(PUBLIC_IP.ipv4)
/** On the machine's public segment, and nobody's. */
const STOLEN = { ipv4: '203.0.113.66', ipv6: '2001:db8:1::66' } as const
const DEVICE = 'eth2'

const isSetUp: Stage<NodeRig> = [
  'is set up, and then nothing is left to do',
  async ({ network }) => {
    await network.apply()
    const { operations, awaited, conflicts } = await network.plan()
    expect([operations, awaited, conflicts]).toEqual([[], [], []])
    expect((await network.apply()).applied).toEqual([])
  },
]

const answersOnStaticAddresses: Stage<NodeRig> = [
  'answers on its static addresses, on the ports that are open and on no others',
  async ({ config, lab, machine, network }) => {
    const { ipv4, ipv6 } = config.public ?? {}
    const addresses = [ipv4, ipv6].filter(cidr => cidr !== undefined).map(plain)
    expect((await network.status()).publicAddresses.map(plain)).toEqual(expect.arrayContaining(addresses))
    await startEcho(machine, { namespace: 'public', ports: [NODE_PORT, ECHO_PORT] })
    for (const address of addresses) {
      expect(await pings(lab.internet.machine, address)).toBe(true)
      const [open, closed] = await Promise.all([
        askEcho(lab.internet.machine, { address, port: NODE_PORT }),
        askEcho(lab.internet.machine, { address, timeoutMs: SILENCE_MS }),
      ])
      expect(open).toEqual({ seen: address.includes(':') ? INTERNET.ipv6 : INTERNET.ipv4 })
      expect(closed).toEqual({ failed: 'no answer' })
    }
  },
]

const machineIsReached: Stage<NodeRig> = [
  'has a machine that is reached at its public addresses, and goes out with them',
  async rig => {
    const { lab, machine, vm, wire } = rig
    await startEcho(machine, { namespace: vm.namespace, ports: [ECHO_PORT] })
    const machine6 = await publicIpv6(rig)
    for (const [address, internet] of [
      [MACHINE4, INTERNET.ipv4],
      [machine6, INTERNET.ipv6],
    ] as const) {
      expect(await askEcho(lab.internet.machine, { address })).toEqual({ seen: internet })
      expect(await rig.ask(internet)).toEqual({ seen: address })
      await wire?.saw('public', { from: address, to: `${internet}.${ECHO_PORT}` })
    }
  },
]

const machineStealsNothing: Stage<NodeRig> = [
  'has a machine that cannot send from addresses that are not its own, nor answer for them',
  async rig => {
    const { lab, run, vm, wire } = rig
    const { namespace } = vm
    await run(namespace, 'ip', 'address', 'add', `${STOLEN.ipv4}/24`, 'dev', DEVICE)
    await run(namespace, 'ip', 'address', 'add', `${STOLEN.ipv6}/64`, 'dev', DEVICE, 'nodad')
    const answers = await Promise.all([
      rig.ask(INTERNET.ipv4, { source: STOLEN.ipv4, timeoutMs: SILENCE_MS }),
      rig.ask(INTERNET.ipv6, { source: STOLEN.ipv6, timeoutMs: SILENCE_MS }),
      // Others ask who has them: a question over ARP, and one of neighbour discovery.
      pings(lab.router.machine, STOLEN.ipv4),
      pings(lab.router.machine, STOLEN.ipv6),
    ])
    expect(answers).toEqual([{ failed: 'no answer' }, { failed: 'no answer' }, false, false])
    for (const from of Object.values(STOLEN)) expect(wire?.between('public', { from })).toEqual([])
    // With its own addresses the machine is still there.
    expect(await askEcho(lab.internet.machine, { address: MACHINE4 })).toEqual({ seen: INTERNET.ipv4 })
    expect(await askEcho(lab.internet.machine, { address: await publicIpv6(rig) })).toEqual({ seen: INTERNET.ipv6 })
  },
]

const PLACES: readonly (readonly [scenario: string, withMachine: boolean, stages: readonly Stage<NodeRig>[]])[] = [
  ['oob-split-public4', true, [isSetUp, answersOnStaticAddresses, machineIsReached, machineStealsNothing]],
  ['exit-by-choice', false, [isSetUp, answersOnStaticAddresses]],
  // One NIC: the public segment is reached through the bridge of the uplink.
  ['public-dual', true, [isSetUp, machineIsReached, machineStealsNothing]],
]

const trials = new Map<string, Promise<Outcomes>>()

describeWithLab('a node with public addresses', () => {
  beforeAll(() => {
    const inTurn = pool(3)
    for (const [name, withMachine, stages] of PLACES) {
      const options = withMachine ? { publicIp: PUBLIC_IP } : {}
      const trial = inTurn(() => tryStages(() => startRig(findScenario(name), options), stages))
      trial.catch(() => {})
      trials.set(name, trial)
    }
  })

  describe.each(PLACES.map(([name, , stages]) => [name, stages] as const))('in %s', (name, stages) => {
    it.each(stages.map(([sentence]) => sentence))(
      '%s',
      async sentence => judge((await trials.get(name)) as Outcomes, sentence),
      LIMIT_MS,
    )
  })
})

/** What the machine's device makes of the segment's prefix. */
function publicIpv6({ run, vm }: NodeRig): Promise<string> {
  return eventually('a public IPv6 address of the machine', async () => {
    const args = ['-6', '-j', 'address', 'show', 'dev', DEVICE, 'scope', 'global', 'dynamic'] as const
    const links = JSON.parse(await run(vm.namespace, 'ip', ...args)) as { addr_info?: { local?: string }[] }[]
    // What the filter leaves out is there as {}.
    return links.flatMap(({ addr_info = [] }) => addr_info.map(({ local }) => local)).find(local => local !== undefined)
  })
}
