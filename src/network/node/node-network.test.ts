import { describe, expect, it } from '@jest/globals'

import { NodeNetworkError } from '../../errors/node-network.js'
import { checkConfig } from './config/check-config.js'
import type { DhcpClient } from './internet/dhcp-client.js'
import { leaveSegments } from './leave-segments.js'
import { NodeNetwork } from './node-network.js'
import { changeLink, changeNamespace } from './simulate/edit-state.js'
import { modelSystem } from './simulate/model-system.js'
import { ROOT } from './state/desired.js'
import type { ObservedState } from './state/observed.js'
import type { Command, CommandRunner } from './system/runner.js'
import { NIC } from './system/testing/example-network.js'

const NICS = ['eth0', 'eth1', 'eth2'].map((name, at) => ({ ...NIC, name, index: at + 2, mac: `02:00:00:00:00:0${at}` }))
const bare: ObservedState = {
  namespaces: [{ name: ROOT, marked: false, links: NICS, routes: [], sysctls: {}, nft: [] }],
  services: [],
}

/** A node in memory whose networks get out as soon as there is a link for it; what is run on it is written down. */
function aNode({ lock = () => () => {} }: { lock?: () => () => void } = {}) {
  const model = modelSystem(bare)
  const ran: string[] = []
  const stopped: string[] = []
  const runner: CommandRunner = {
    started: 0,
    nameOf: name => name,
    argvOf: (_, command) => command,
    async run({ namespace, program, args }: Command) {
      ran.push([namespace, program, ...args].join(' '))
      if (args.includes('nomaster')) {
        model.change(state => changeLink(state, { namespace, name: args[3] ?? '' }, ({ master: _, ...link }) => link))
      }
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  const dhcp: DhcpClient = {
    name: 'udhcpc',
    probe: async () => undefined,
    keeper: (link, namespace) => ({ name: `dhcp-${link}`, namespace, command: ['udhcpc', link] }),
  }
  const system = {
    ...model,
    lock,
    async observe() {
      const leased = { cidr: '192.0.2.7/24', dynamic: true, tentative: false, scope: 'global' } as const
      const route = { to: '0.0.0.0/0', via: '192.0.2.1', link: 'npub4', family: 4, protocol: 'dhcp' } as const
      const npub4 = { namespace: 'ndmz', name: 'npub4' }
      const state = changeLink(model.state, npub4, link => ({ ...link, addresses: [leased] }))
      return changeNamespace(state, 'ndmz', there => ({ ...there, routes: [route] }))
    },
  }
  const services = {
    list: async () => [],
    start: async () => {},
    stop: async (name: string) => void stopped.push(name),
    log: async () => [],
  }
  const open = (config: object) =>
    new NodeNetwork({
      config: checkConfig({ node: 'node-1', ...config }),
      ...{ system, services, runner, dhcp, stateDir: '/run/x' },
    })
  const masters = () =>
    Object.fromEntries(
      (model.state.namespaces[0]?.links ?? []).flatMap(({ name, master }) =>
        name.startsWith('eth') ? [[name, master]] : [],
      ),
    )
  return {
    ran,
    runner,
    services,
    stopped,
    masters,
    open,
    async apply(config: object) {
      ran.length = 0
      stopped.length = 0
      return open(config).apply()
    },
  }
}

const uses = (uplink: string, exit: string) => ({ uplink: { nic: uplink }, exit: { nic: exit } })

describe('NICs that a configuration changes on a node that runs', () => {
  it('can be swapped: both segments are left before the new ones are joined', async () => {
    const node = aNode()
    await node.apply(uses('eth0', 'eth1'))
    await node.apply(uses('eth1', 'eth0'))
    expect(node.ran).toEqual(
      expect.arrayContaining([
        'root ip link set dev eth0 nomaster',
        'root ip link set dev eth1 nomaster',
        'root ip -4 address flush dev zos dynamic',
        'ndmz ip -4 address flush dev npub4 dynamic',
        'ndmz sysctl -e -w net.ipv6.conf.npub6.disable_ipv6=1 net.ipv6.conf.npub6.disable_ipv6=0',
      ]),
    )
    // Once to forget the old routers, once to ask for the new ones.
    for (const link of ['zos', 'npub6']) {
      expect(node.ran.filter(words => words.includes(`${link}.disable_ipv6=1`))).toHaveLength(2)
    }
    expect(node.stopped).toEqual(['dhcp-zos', 'dhcp-npub4'])
    expect(node.masters()).toEqual({ eth0: 'br-pub', eth1: 'zos', eth2: undefined })
  })

  it('can be the exit alone: leases of the uplink stay', async () => {
    const node = aNode()
    await node.apply(uses('eth0', 'eth1'))
    await node.apply(uses('eth0', 'eth2'))
    expect(node.ran).toContain('root ip link set dev eth1 nomaster')
    expect(node.ran.join()).toContain('npub6.disable_ipv6=1')
    expect([node.ran.join().includes('flush'), node.stopped]).toEqual([false, []])
    expect(node.masters()).toEqual({ eth0: 'zos', eth1: undefined, eth2: 'br-pub' })
  })

  it('cut the way through the uplink where the exit gets a NIC of its own', async () => {
    const { ran, runner, services } = aNode()
    const [standing, choice] = [{ uplink: 'eth0' }, { uplink: 'eth0', exit: 'eth1' }]
    await leaveSegments({ runner, services, standing, choice })
    expect(ran[0]).toBe('root ip link set dev p-tozos nomaster')
    expect(ran.slice(1).join()).toMatch(/^ndmz sysctl .*npub6.*,public sysctl .*public/)
  })

  it('are left alone where they are the same', async () => {
    const node = aNode()
    await node.apply(uses('eth0', 'eth1'))
    const { applied } = await node.apply(uses('eth0', 'eth1'))
    expect([applied, node.ran.filter(words => /nomaster|sysctl/.test(words)), node.stopped]).toEqual([[], [], []])
  })

  it('make the uplink free where it is named as the exit', async () => {
    const node = aNode()
    await node.apply(uses('eth0', 'eth1'))
    const { choice } = await node.open({ exit: { nic: 'eth0' } }).plan()
    expect(choice).toMatchObject({ uplink: expect.not.stringMatching('eth0'), exit: 'eth0', made: 'assumed' })
  })
})

describe('a node that another process works on', () => {
  it('is not probed: NICs that are away would be taken for lost ones', async () => {
    const lock = () => {
      throw new NodeNetworkError('NODE_NET_LOCKED', 'process 7 works on it')
    }
    const node = aNode({ lock })
    await expect(node.open({}).explain({ probe: true })).rejects.toMatchObject({ code: 'NODE_NET_LOCKED' })
    const end = new AbortController()
    const watched = node.open({}).watch({
      signal: end.signal,
      onState: ({ phase }) => phase === 'no-uplink' && end.abort(),
    })
    await watched.ended
    expect(watched.state.lastError?.code).toBe('NODE_NET_LOCKED')
    expect(node.ran).toEqual([])
    // To look at it as it stands disturbs nobody.
    expect(await node.open({}).explain({ probe: false })).toMatchObject({ missing: [] })
  })
})
