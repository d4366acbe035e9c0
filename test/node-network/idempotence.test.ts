/** What is as it must be is left alone; what is not is put right, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { deviceId, machineTap } from '../../src/network/address/index.js'
import { machineNamespace } from '../../src/network/node/compile/machine.js'
import { devicesOf } from '../../src/network/node/compile/network-devices.js'
import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { askEcho } from '../../src/network/node/lab/echo.js'
import type { LabMachine } from '../../src/network/node/lab/machine.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { describeOperation } from '../../src/network/node/plan/describe-operation.js'
import { eventually } from '../support/eventually.js'
import { canBuildWholeLabs, ipJson } from '../support/node-lab.js'
import { foreignObjects } from './support/networks-foreign.js'
import { type TestNode, testNode } from './support/networks-node.js'
import { keepPinging } from './support/networks-traffic.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip

const NETWORK = devicesOf({ twin: 7, name: 'lab', type: 'network' })
const { namespace: N, bridge: B, wireguard: W } = NETWORK
const V = machineNamespace({ id: '7-1-vm', network: 'lab' })
const T = machineTap(deviceId('7-1-vm', 'lab'))

describeWithLab('a node that is set up', () => {
  let lab: Lab
  let machine: LabMachine
  let node: TestNode
  let config: NodeNetworkConfig
  const planned = async (given: unknown = config) => {
    const { operations, conflicts } = await (await node.network(given)).plan()
    return { operations: operations.map(describeOperation).sort(), conflicts }
  }
  const NOTHING = { operations: [], conflicts: [] }
  const getsOut = async () => (await askEcho(machine, { address: lab.internet.ipv4, namespace: V })).seen !== undefined

  beforeAll(async () => {
    lab = await startLab(findScenario('two-nodes'))
    machine = lab.machine('node1')
    node = testNode(machine)
    config = {
      ...(lab.scenario.nodes[0]?.config as NodeNetworkConfig),
      uplink: { nic: 'eth0' },
      exit: { nic: 'eth1' },
    }
    await node.apply(config)
  }, 60_000)
  afterAll(async () => {
    await node?.close()
    await lab?.stop()
  }, 30_000)

  it('is left alone when it is applied again', async () => {
    expect(await planned()).toEqual(NOTHING)
    expect(await node.apply(config)).toMatchObject({ applied: [], attempts: 0 })
  })

  /** What somebody does, word by word, and what has to be done about it. */
  const changes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'an address was removed',
      [`ip -n ${N} address delete 10.77.1.1/24 dev ${N}`],
      [`address-add 10.77.1.1/24 on ${N} in ${N}`],
    ],
    [
      'an address was added',
      [`ip -n ${N} address add 10.9.9.9/24 dev ${N}`],
      [`address-delete 10.9.9.9/24 on ${N} in ${N}`],
    ],
    [
      'a route was removed',
      [`ip -n ${N} route delete default`],
      [`route-add 0.0.0.0/0 via 100.127.0.1 over public in ${N}`],
    ],
    [
      'a route was added',
      [`ip -n ${N} route add 10.66.0.0/16 via 100.127.0.1 dev public proto static`],
      [`route-delete 10.66.0.0/16 via 100.127.0.1 over public in ${N}`],
    ],
    [
      'a route leads elsewhere',
      [`ip -n ${N} route replace default via 100.127.0.9 dev public proto static`],
      [
        `route-add 0.0.0.0/0 via 100.127.0.1 over public in ${N}`,
        `route-delete 0.0.0.0/0 via 100.127.0.9 over public in ${N}`,
      ],
    ],
    ['a bridge was set down', [`ip link set ${B} down`], [`link-set ${B} in root: up true`]],
    ['a port is in no bridge', [`ip link set ${T} nomaster`], [`link-set ${T} in root: master ${B}`]],
    ['a port is in another bridge', [`ip link set ${T} master br-pub`], [`link-set ${T} in root: master ${B}`]],
    [
      'a hardware address was changed',
      ['ip -n ndmz link set npub6 address 02:00:00:00:00:07'],
      [expect.stringMatching(/^link-set npub6 in ndmz: mac /) as unknown as string],
    ],
    ['an MTU was changed', [`ip -n ${N} link set ${W} mtu 1300`], [`link-set ${W} in ${N}: mtu 1420`]],
    ['a mark was removed', ['ip link set br-ndmz alias '], ['link-set br-ndmz in root: mark bridge:br-ndmz']],
    [
      'a sysctl was changed',
      [`ip netns exec ${N} sysctl -qw net.ipv4.ip_forward=0`],
      [`sysctl-set net.ipv4.ip_forward to 1 in ${N}`],
    ],
    [
      'a rule was added to a table of ours',
      ['ip netns exec ndmz nft insert rule inet filter forward accept'],
      ['nft-replace inet filter in ndmz'],
    ],
    [
      'a chain was emptied',
      ['ip netns exec ndmz nft flush chain inet filter input'],
      ['nft-replace inet filter in ndmz'],
    ],
    ['a table was deleted', ['nft delete table inet zos-host'], ['nft-replace inet zos-host in root']],
    [
      'a ruleset was flushed',
      [`ip netns exec ${N} nft flush ruleset`],
      [`nft-replace inet filter in ${N}`, `nft-replace inet nat in ${N}`],
    ],
    [
      'a table was added in a namespace of ours',
      [`ip netns exec ${N} nft add table ip open`],
      [`nft-delete ip open in ${N}`],
    ],
    ['WireGuard lost its peers', [`wg-remove-peers ${W}`], [`wireguard-set ${W} in ${N}`]],
    ['WireGuard listens elsewhere', [`wg set ${W} listen-port 4444`], [`wireguard-set ${W} in ${N}`]],
    ['a service is gone', ['service-stop dhcp-zos'], ['service-start dhcp-zos in root']],
  ]
  it.each(changes)('is put right when %s, and nothing else is done', async (_, commands, expected) => {
    for (const command of commands) await change(command)
    expect(await planned()).toEqual({ operations: expected, conflicts: [] })
    const { applied } = await node.apply(config)
    expect(applied).toHaveLength(expected.length)
    expect(await planned()).toEqual(NOTHING)
  })

  const bigger: readonly (readonly [string, string, RegExp])[] = [
    ['a link of ours has become something else', `ip -n ${N} link delete public`, /public/],
    ['a bridge was deleted', `ip link delete ${B}`, new RegExp(`${B}|${N}|${T}|${V}`)],
    ['a namespace was deleted', `ip netns delete ${N}`, new RegExp(`${N}|${W}`)],
    ['the namespace of a machine was deleted', `ip netns delete ${V}`, new RegExp(`${V}|${T}`)],
    ['the way out was deleted', 'ip netns delete ndmz', /ndmz|dhcp-npub4/],
  ]
  it.each(bigger)(
    'is put right when %s',
    async (what, command, about) => {
      await change(command)
      if (what.includes('something else')) {
        await change(`ip -n ${N} link add public type veth peer name other`)
        await change(`ip -n ${N} link set public alias zos:network:public`)
      }
      const { operations, conflicts } = await planned()
      expect(conflicts).toEqual([])
      expect(operations.length).toBeGreaterThan(0)
      expect(operations.filter(one => !about.test(one))).toEqual([])
      await node.apply(config)
      expect(await planned()).toEqual(NOTHING)
      await eventually('the machine to get out', getsOut)
    },
    30_000,
  )

  it('gets a service back by itself when its process was killed', async () => {
    const status = async () => (await node.services.list()).find(({ name }) => name === 'dhcp-npub4')
    const before = await status()
    const { stdout } = await machine.run('pgrep', '-f', '^udhcpc .* npub4 ')
    await machine.run('kill', '-KILL', stdout.trim())
    await eventually('another process', async () => {
      const now = await status()
      return now?.state === 'running' && now.pid !== before?.pid && now.restarts === (before?.restarts ?? 0) + 1
    })
    expect(await planned()).toEqual(NOTHING)
  })

  it('does nothing at all when something of others stands in the way', async () => {
    const third = { twin: 9, name: 'third', type: 'network' } as const
    const [first] = config.networks ?? []
    const data = {
      ...first?.data,
      ip_range: '10.88.0.0/16',
      subnet: '10.88.1.0/24',
      wireguard_listen_port: 3013,
      peers: [],
    }
    const given = { ...config, networks: [...(config.networks ?? []), { ...third, data }] }
    const { bridge } = devicesOf(third)
    await machine.run('ip', 'link', 'add', bridge, 'type', 'veth', 'peer', 'name', 'nobody')
    const before = await everything(machine)
    await expect(node.apply(given)).rejects.toMatchObject({
      code: 'NODE_NET_CONFLICT',
      message: expect.stringContaining(`${bridge} is a veth, not a bridge`),
      where: `${bridge} in namespace root`,
      hint: expect.stringContaining(bridge),
    })
    expect(await everything(machine)).toEqual(before)
    await machine.run('ip', 'link', 'delete', bridge)

    // Of the right kind it is taken over as it is.
    await machine.run('ip', 'link', 'add', bridge, 'type', 'bridge')
    const [made] = await ipJson<{ ifindex: number }>(machine, 'link', 'show', 'dev', bridge)
    await node.apply(given)
    const [taken] = await ipJson<{ ifindex: number; ifalias: string }>(machine, 'link', 'show', 'dev', bridge)
    expect(taken).toMatchObject({ ifindex: made?.ifindex, ifalias: `zos:network:${bridge}` })
    await node.apply(config)
    expect(await ipJson(machine, 'link', 'show', 'type', 'bridge')).not.toContainEqual(
      expect.objectContaining({ ifname: bridge }),
    )
  }, 30_000)

  it('that somebody else has built is taken over: marked, and nothing of it made anew', async () => {
    const ping = await keepPinging({ machine, namespace: V }, lab.internet.ipv4)
    const before = await everything(machine)
    await unmark(machine)
    const { operations, conflicts } = await planned()
    expect(conflicts).toEqual([])
    expect(operations.filter(one => !/^(namespace-adopt |link-set .*: mark )/.test(one))).toEqual([])
    expect(operations.length).toBeGreaterThan(10)
    await node.apply(config)
    expect(await planned()).toEqual(NOTHING)
    expect(await everything(machine)).toEqual(before)
    expect((await ping.stop()).lost).toBe(0)
  }, 30_000)

  it('leaves what belongs to others as it is, when networks come and when all of them go', async () => {
    const bare = { ...config, networks: [], machines: [] }
    await node.apply(bare)
    const foreign = await foreignObjects(machine)
    try {
      const before = await foreign.look()
      expect(before.join('\n')).toMatch(/mine/)
      expect(await planned(bare)).toEqual(NOTHING)
      await node.apply(config)
      expect(await foreign.look()).toEqual(before)
      await node.apply(bare)
      expect(await foreign.look()).toEqual(before)
      expect(await planned(bare)).toEqual(NOTHING)
    } finally {
      await foreign.remove()
    }
  }, 30_000)

  async function change(command: string): Promise<void> {
    const [program = '', ...args] = command.split(' ')
    if (program === 'service-stop') return node.services.stop(args[0] ?? '')
    if (program !== 'wg-remove-peers') return void (await machine.run(program, ...args))
    const device = args[0] ?? ''
    const { stdout } = await machine.run('wg', 'show', device, 'peers')
    for (const peer of stdout.trim().split('\n')) await machine.run('wg', 'set', device, 'peer', peer, 'remove')
  }
})

/** All that can be seen of a machine's network, with the numbers of its links: what is made anew has another one. */
async function everything(machine: LabMachine): Promise<readonly string[]> {
  const names = (await ipJson<{ name: string }>(machine, 'netns', 'list')).map(({ name }) => name).sort()
  const all = await Promise.all(
    ['', ...names].flatMap(namespace =>
      [
        ['link', 'show'],
        ['address', 'show'],
        ['route', 'show', 'table', 'all'],
      ].map(async words => {
        const args = ['-o', ...(namespace === '' ? [] : ['-n', namespace]), ...words]
        return `${args.join(' ')}\n${(await machine.run('ip', ...args)).stdout}`
      }),
    ),
  )
  // Lifetimes go down by themselves, and the kernel gives every link an address of its own when it is ready.
  return all.map(text =>
    text
      .split('\n')
      .filter(line => !/table local|fe80::[0-9a-f:]+ff:fe/.test(line))
      .join('\n')
      .replace(/(valid_lft|preferred_lft|expires) \d+sec/g, '$1')
      .replace(/qdisc \S+ /g, ''),
  )
}

/** As a node of another implementation has left them: the same objects, without our marks. */
async function unmark(machine: LabMachine): Promise<void> {
  const names = (await ipJson<{ name: string }>(machine, 'netns', 'list')).map(({ name }) => name)
  for (const namespace of [undefined, ...names]) {
    const within = namespace === undefined ? [] : ['-n', namespace]
    const links = await ipJson<{ ifname: string; ifalias?: string }>(machine, ...within, 'link', 'show')
    for (const { ifname, ifalias } of links) {
      if (ifalias !== undefined) await machine.run('ip', ...within, 'link', 'set', 'dev', ifname, 'alias', '')
    }
  }
}
