/** Networks of users over several nodes, as their machines see them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { networkIpv6 } from '../../src/network/address/index.js'
import { machineNamespace } from '../../src/network/node/compile/machine.js'
import { devicesOf } from '../../src/network/node/compile/network-devices.js'
import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { ndmzIpv6 } from '../../src/network/node/decide/ndmz-leases.js'
import { askEcho, startEcho } from '../../src/network/node/lab/echo.js'
import { INTERNET } from '../../src/network/node/lab/internet-addresses.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { userNetwork } from '../../src/network/node/lab/scenarios/user-network.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { eventually } from '../support/eventually.js'
import { canBuildWholeLabs } from '../support/node-lab.js'
import { type Part, withoutNetworks, withParts, withPeer } from './support/networks-config.js'
import { type TestNode, testNode } from './support/networks-node.js'
import { tracesOf } from './support/networks-traces.js'
import { answers, keepPinging, type Place, reaches, wireguardBytes } from './support/networks-traffic.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
const ENDPOINTS = [{ endpoint: '203.0.113.11' }, { endpoint: '203.0.113.12' }]
const PORT = 7007
const SILENCE_MS = 400

/** The scenario's own network, and another user's with the same addresses. */
const FIRST = { twin: 7, name: 'lab', type: 'network' } as const
const SECOND = { twin: 8, name: 'other', type: 'network' } as const
const OTHERS = userNetwork({ ...SECOND, range: '10.77', port: 3012 }, ENDPOINTS)
/** Of somebody who comes and goes. */
const THIRD = { twin: 9, name: 'third', type: 'network' } as const
const [THIRDS = {}] = userNetwork({ ...THIRD, range: '10.88', port: 3013 }, ENDPOINTS)

describeWithLab('users on three nodes, one of them hidden', () => {
  let lab: Lab
  let nodes: readonly TestNode[]
  const configs: NodeNetworkConfig[] = []
  const node = (number: number) => nodes[number - 1] as TestNode
  const config = (number: number, ...parts: readonly Part[]) =>
    withParts(configs[number - 1] as NodeNetworkConfig, ...parts)
  const machine = (number: number, { twin, name }: { twin: number; name: string } = FIRST): Place => ({
    machine: lab.machine(`node${number}`),
    namespace: machineNamespace({ id: `${twin}-${number}-vm`, network: name }),
  })
  const leaseOf = async (number: number, network: { twin: number; name: string }, given = config(number)) => {
    const { networks } = await (await node(number).network(given)).status()
    return networks.find(({ twin, name }) => twin === network.twin && name === network.name)?.lease
  }

  beforeAll(async () => {
    lab = await startLab(findScenario('three-nodes'))
    nodes = lab.scenario.nodes.map(({ name }) => testNode(lab.machine(name)))
    for (const [index, spec] of lab.scenario.nodes.entries()) configs.push(withParts(spec.config, OTHERS[index] ?? {}))
    // A handshake that gets no answer is tried again after five seconds: first all have addresses, then whoever is dialled
    // has the network.
    await Promise.all([1, 2, 3].map(number => node(number).apply(withoutNetworks(config(number)))))
    await node(1).apply(config(1))
    await Promise.all([2, 3].map(number => node(number).apply(config(number))))
  }, 60_000)
  afterAll(async () => {
    await Promise.all((nodes ?? []).map(one => one.close()))
    await lab?.stop()
  }, 30_000)

  it('reach their machines from every node to every other one', async () => {
    for (const from of [1, 2, 3]) {
      await Promise.all([1, 2, 3].filter(to => to !== from).map(to => reaches(machine(from), `10.77.${to}.2`)))
    }
    await Promise.all([reaches(machine(1, SECOND), '10.77.2.2'), reaches(machine(2, SECOND), '10.77.1.2')])
  }, 60_000)

  it('send what is theirs through a tunnel of their own, though the addresses are the same', async () => {
    for (const [own, other] of [
      [FIRST, SECOND],
      [SECOND, FIRST],
    ] as const) {
      await reaches(machine(1, own), '10.77.2.2')
      const before = await wireguardBytes(lab.machine('node1'))
      await lab.machine('node1').runner.run({
        namespace: machine(1, own).namespace,
        program: 'ping',
        args: ['-q', '-n', '-c', '10', '-i', '0.02', '-s', '1200', '10.77.2.2'],
      })
      const after = await wireguardBytes(lab.machine('node1'))
      const grown = (network: typeof FIRST | typeof SECOND) => {
        const { wireguard } = devicesOf(network)
        return (after.get(wireguard) ?? 0) - (before.get(wireguard) ?? 0)
      }
      expect(grown(own)).toBeGreaterThan(2 * 10 * 1200)
      // Keepalives and handshakes.
      expect(grown(other)).toBeLessThan(1_000)
    }
  }, 30_000)

  it('find who listens in their own network, and nobody of the other one', async () => {
    const [first, second] = [machine(2, FIRST), machine(2, SECOND)]
    const server = await startEcho(first.machine, { namespace: first.namespace, ports: [PORT] })
    try {
      const ask = ({ machine: from, namespace }: Place) =>
        askEcho(from, { address: '10.77.2.2', port: PORT, namespace })
      expect(await ask(machine(1, FIRST))).toEqual({ seen: '10.77.1.2' })
      expect(await ask(machine(3, FIRST))).toEqual({ seen: '10.77.3.2' })
      // Their own machine answers that nobody listens there.
      expect(await ask(machine(1, SECOND))).toEqual({ failed: 'ECONNREFUSED' })
      expect(await answers(machine(1, SECOND), '10.77.2.2')).toBe(true)
      expect(second.namespace).not.toBe(first.namespace)
    } finally {
      await server.stop()
    }
  }, 30_000)

  describe('cannot reach each other', () => {
    const first = devicesOf(FIRST)
    const second = devicesOf(SECOND)
    let lease = ''
    let targets: readonly string[] = []
    beforeAll(async () => {
      lease = (await leaseOf(1, FIRST)) ?? ''
      expect(lease).toMatch(/^100\.127\./)
      targets = [
        lease,
        ndmzIpv6(lease),
        networkIpv6(first.id, '10.77.1.1'),
        networkIpv6(first.id, '10.77.1.2'),
        '10.77.3.2',
      ]
    })

    it('by any address, with ICMP or TCP, from a machine', async () => {
      const from = machine(1, SECOND)
      // They get out, so it is not that nothing works.
      expect(await answers(from, INTERNET.ipv4)).toBe(true)
      const inner = machine(1, FIRST)
      const servers = [
        await startEcho(inner.machine, { namespace: inner.namespace, ports: [PORT] }),
        await startEcho(inner.machine, { namespace: first.namespace, ports: [PORT] }),
      ]
      try {
        const reached = await Promise.all(
          targets.map(async address => [
            address,
            await answers(from, address),
            (await askEcho(from.machine, { ...from, address, port: PORT, timeoutMs: SILENCE_MS })).seen,
          ]),
        )
        expect(reached).toEqual(targets.map(address => [address, false, undefined]))
      } finally {
        await Promise.all(servers.map(server => server.stop()))
      }
    }, 30_000)

    it('over the bridge to ndmz, even when their namespace has a route to the other one', async () => {
      const { machine: host } = machine(1)
      const own = networkIpv6(first.id, '10.77.1.2')
      const inner = machine(1, FIRST)
      const server = await startEcho(host, { namespace: inner.namespace, ports: [PORT] })
      const ip = (...args: readonly string[]) => host.run('ip', '-n', second.namespace, ...args)
      await ip('-6', 'route', 'add', own, 'via', ndmzIpv6(lease), 'dev', 'public')
      await ip('route', 'add', '10.77.1.2/32', 'via', lease, 'dev', 'public')
      try {
        // From the namespace itself nothing but the other network's own rules is in the way.
        const inside = { machine: host, namespace: second.namespace }
        const addresses = [own, lease, ndmzIpv6(lease)]
        const tries = [
          ...addresses.map(address => ({ ...machine(1, SECOND), address })),
          ...[...addresses, '10.77.1.2'].map(address => ({ ...inside, address })),
        ]
        const reached = await Promise.all(
          tries.map(async ({ address, ...place }) => {
            const { seen } = await askEcho(host, { ...place, address, port: PORT, timeoutMs: SILENCE_MS })
            return [place.namespace, address, await answers(place, address, 1), seen]
          }),
        )
        expect(reached).toEqual(tries.map(({ namespace, address }) => [namespace, address, false, undefined]))
      } finally {
        await ip('-6', 'route', 'delete', own, 'dev', 'public')
        await ip('route', 'delete', '10.77.1.2/32', 'dev', 'public')
        await server.stop()
      }
    }, 30_000)

    it('through ndmz, neither from inside nor from the segment outside of it', async () => {
      const host = lab.machine('node1')
      const ndmz = await host.runner.run({
        namespace: 'ndmz',
        program: 'ip',
        args: ['-j', '-4', 'address', 'show', 'dev', 'npub4'],
      })
      const way = /"local":"([^"]+)"/.exec(ndmz.stdout)?.[1] ?? ''
      const router = lab.machine('router')
      await router.run('ip', 'route', 'add', '100.127.0.0/16', 'via', way)
      try {
        expect(await answers({ machine: router, namespace: 'root' }, lease)).toBe(false)
        expect(await answers({ machine: router, namespace: 'root' }, way)).toBe(false)
      } finally {
        await router.run('ip', 'route', 'delete', '100.127.0.0/16', 'via', way)
      }
    }, 30_000)
  })

  it('lose no packet while peers, machines and networks come and go beside them', async () => {
    const [one, other] = [machine(1, FIRST), machine(1, SECOND)]
    await Promise.all([reaches(one, '10.77.2.2'), reaches(other, '10.77.2.2')])
    const pings = {
      'same network': await keepPinging(one, '10.77.2.2'),
      'another network': await keepPinging(other, '10.77.2.2'),
      'the Internet': await keepPinging(one, INTERNET.ipv4),
    }
    const extra = (id: string, ip: string, attach: 'tap' | 'namespace') => ({
      machines: [{ id, twin: FIRST.twin, network: FIRST.name, ip, attach }],
    })
    const steps: readonly (readonly [string, NodeNetworkConfig])[] = [
      ['a peer comes', withPeer(config(1), FIRST.name, '10.77.9.0/24')],
      ['it goes', config(1)],
      [
        'machines come',
        config(1, extra('7-50-new', '10.77.1.50', 'namespace'), extra('7-51-tap', '10.77.1.51', 'tap')),
      ],
      ['they go', config(1)],
      ['a network comes', config(1, THIRDS)],
      ['it goes', config(1)],
    ]
    for (const [what, given] of steps) {
      const { applied } = await node(1).apply(given)
      expect([what, applied.length > 0]).toEqual([what, true])
      expect((await (await node(1).network(given)).plan()).operations).toEqual([])
    }
    const lost: Record<string, number> = {}
    for (const [name, ping] of Object.entries(pings)) lost[name] = (await ping.stop()).lost
    expect(lost).toEqual({ 'same network': 0, 'another network': 0, 'the Internet': 0 })
  }, 60_000)

  it('that leave take everything of theirs along, and what they had is free again', async () => {
    const tap = {
      machines: [{ id: '9-2-tap', ...THIRD, network: THIRD.name, ip: '10.88.1.3', attach: 'tap' as const }],
    }
    const before = await tracesOf(node(1))
    const given = config(1, THIRDS, { machines: tap.machines.map(({ type: _, name: __, ...rest }) => rest) })
    await node(1).apply(given)
    const during = await tracesOf(node(1))
    const { namespace, bridge, wireguard } = devicesOf(THIRD)
    expect(during).toEqual({
      ...before,
      namespaces: expect.arrayContaining([namespace]),
      links: expect.arrayContaining([bridge]),
      devices: expect.arrayContaining([wireguard]),
      services: expect.arrayContaining([`wireguard-${wireguard}`]),
      processes: expect.arrayContaining([expect.stringContaining(wireguard)]),
      nft: expect.anything(),
    })
    const lease = await leaseOf(1, THIRD, given)

    await node(1).apply(config(1))
    expect(await tracesOf(node(1))).toEqual(before)

    // The next one gets its address, and may have its port.
    const fourth = { twin: 9, name: 'fourth', type: 'network' } as const
    const next = config(1, userNetwork({ ...fourth, range: '10.99', port: 3013 }, ENDPOINTS)[0] ?? {})
    await node(1).apply(next)
    expect(await leaseOf(1, fourth, next)).toBe(lease)
    await node(1).apply(config(1))
    expect(await tracesOf(node(1))).toEqual(before)
  }, 60_000)

  it.each([
    ['at once', false],
    ['when it was started again', true],
  ])(
    'get their tunnel back %s after its process was killed',
    async (_, isLate) => {
      const host = lab.machine('node1')
      const { wireguard } = devicesOf(FIRST)
      const name = `wireguard-${wireguard}`
      const status = async () => (await node(1).services.list()).find(one => one.name === name)
      const { stdout } = await host.run('pgrep', '-f', `wireguard-go -f ${wireguard}`)
      await host.run('kill', '-KILL', stdout.trim())
      if (isLate) {
        await eventually(`${wireguard} to answer where it was born`, async () => {
          const shown = await host.run('wg', 'show', 'interfaces')
          return shown.stdout.split(/\s+/).includes(wireguard)
        })
        expect((await status())?.state).toBe('running')
      }
      const network = await node(1).network(config(1))
      const planned = await network.plan()
      expect(planned.conflicts).toEqual([])
      expect(planned.operations.every(operation => JSON.stringify(operation).includes(wireguard))).toBe(true)
      await network.apply()
      expect((await network.plan()).operations).toEqual([])
      // The hidden node, which nobody can dial, sees after 15 s that its session is gone: that is WireGuard's.
      await reaches(machine(1), '10.77.2.2')
      await reaches(machine(2), '10.77.1.2')
    },
    60_000,
  )
})
