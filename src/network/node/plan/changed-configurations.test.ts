import { describe, expect, it } from '@jest/globals'

import { compile } from '../compile/compile.js'
import { standingChoices } from '../compile/facts.js'
import { checkConfig } from '../config/check-config.js'
import { modelSystem } from '../simulate/model-system.js'
import { type DesiredState, ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import { NIC } from '../system/testing/example-network.js'
import { describeOperation } from './describe-operation.js'
import { planNetwork } from './plan-network.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

const network = (name: string, index: number, more: object = {}) => ({
  ...{ twin: 1, name, type: 'network' },
  data: {
    ip_range: `10.${index}.0.0/16`,
    subnet: `10.${index}.2.0/24`,
    wireguard_private_key: KEY,
    wireguard_listen_port: 3000 + index,
    peers: [],
    mycelium: { hex_key: SEED, peers: [] },
  },
  ...more,
})
const machine = (name: string, network: string, ip: string, more: object = {}) => ({
  ...{ id: `1-100-${name}`, twin: 1, network, ip, attach: 'tap', ...more },
})

const PUBLIC = { ipv4: '198.51.100.7/24', gateway4: '198.51.100.1' }
const nets = [network('one', 1), network('two', 2)]
const publicIp = { id: '1-100-ip', ipv4: '198.51.100.9/24', gateway4: '198.51.100.1' }

const bare: ObservedState = {
  namespaces: [
    {
      ...{ name: ROOT, marked: false, routes: [], sysctls: {}, nft: [] },
      links: ['eth0', 'eth1'].map((name, at) => ({ ...NIC, name, index: at + 2, mac: `02:00:00:00:00:0${at}` })),
    },
  ],
  services: [],
}

function desired(given: object, observed: ObservedState): DesiredState {
  const { uplink = { nic: 'eth0' }, exit, ...rest } = given as { uplink?: { nic: string }; exit?: { nic?: string } }
  return compile(checkConfig({ node: 'node-1', uplink, ...(exit ? { exit } : {}), ...rest }), {
    uplink: uplink.nic,
    uplinkMac: `02:00:00:00:00:0${uplink.nic.slice(3)}`,
    ...(exit?.nic === undefined ? {} : { exit: exit.nic }),
    idleNics: [],
    leases: standingChoices(observed).leases,
    keepLease: (link, namespace) => ({ name: `dhcp-${link}`, namespace, command: ['udhcpc', link] }),
    stateDir: '/run/x',
    myceliumBinary: '/usr/bin/mycelium',
  })
}

/** In a model that refuses what the kernel refuses; what was done. */
async function moveTo(given: object, state: ObservedState): Promise<readonly [ObservedState, readonly string[]]> {
  const model = modelSystem(state)
  const { operations, conflicts } = planNetwork(desired(given, state), state)
  expect(conflicts).toEqual([])
  await model.apply(operations)
  expect(planNetwork(desired(given, model.state), model.state)).toMatchObject({ operations: [], awaited: [] })
  return [model.state, operations.map(describeOperation)]
}

describe('a configuration that is changed on a node that runs', () => {
  it.each<[string, object, object]>([
    ['public addresses', { networks: nets }, { networks: nets, public: PUBLIC }],
    ['other public addresses', { public: PUBLIC }, { public: { ipv6: '2001:db8::7/64', gateway6: 'fe80::1' } }],
    ['the uplink and the exit swapped', { exit: { nic: 'eth1' } }, { uplink: { nic: 'eth1' }, exit: { nic: 'eth0' } }],
    ['an exit of its own', {}, { exit: { nic: 'eth1' } }],
    ['a VLAN for the uplink', {}, { uplink: { nic: 'eth0', vlan: 101 } }],
    ['a VLAN for the exit', { exit: { vlan: 304 } }, { uplink: { nic: 'eth0', vlan: 101 }, exit: { vlan: 304 } }],
    [
      'a light network in the place of a full one',
      { networks: [network('one', 1)], machines: [machine('vm', 'one', '10.1.2.3')] },
      { networks: [network('one', 1, { type: 'network-light' })], machines: [machine('vm', 'one', '10.1.2.3')] },
    ],
    ['other blocked ports', { networks: nets }, { networks: nets, blockedPorts: [25, 465] }],
    ['another identity', { node: 'node-1', public: PUBLIC }, { node: 'node-2', public: PUBLIC }],
    [
      'a machine moved to another network',
      { networks: nets, machines: [machine('vm', 'one', '10.1.2.3', { attach: 'namespace', publicIp })] },
      { networks: nets, machines: [machine('vm', 'two', '10.2.2.3', { attach: 'namespace', publicIp })] },
    ],
    [
      'a machine with a tap in the place of a namespace',
      { networks: nets, machines: [machine('vm', 'one', '10.1.2.3', { attach: 'namespace', publicIp })] },
      { networks: nets, machines: [machine('vm', 'one', '10.1.2.3', { publicIp })] },
    ],
    [
      'addresses of two machines exchanged',
      { networks: nets, machines: [machine('a', 'one', '10.1.2.3'), machine('b', 'one', '10.1.2.4')] },
      { networks: nets, machines: [machine('a', 'one', '10.1.2.4'), machine('b', 'one', '10.1.2.3')] },
    ],
    [
      'ports of two networks exchanged',
      { networks: [network('one', 1), network('two', 2)] },
      {
        networks: [
          network('one', 1, { data: { ...network('one', 1).data, wireguard_listen_port: 3002 } }),
          network('two', 2, { data: { ...network('two', 2).data, wireguard_listen_port: 3001 } }),
        ],
      },
    ],
    ['a network with the port of one that goes', { networks: [network('one', 1)] }, { networks: [network('new', 1)] }],
  ])('leads in one go to %s, and back', async (_, one, other) => {
    const [first] = await moveTo(one, bare)
    const [second] = await moveTo(other, first)
    await moveTo(one, second)
  })

  it('makes WireGuard devices anew where public addresses come or go: they send from where they were born', async () => {
    const [before] = await moveTo({ networks: nets }, bare)
    const [between, there] = await moveTo({ networks: nets, public: PUBLIC }, before)
    const [, back] = await moveTo({ networks: nets }, between)
    expect(there.filter(step => /^link-(delete|add|move) w-/.test(step))).toHaveLength(6)
    expect(there).toContainEqual(expect.stringMatching(/^link-add w-\S+ \(wireguard\) in public$/))
    expect(back).toContainEqual(expect.stringMatching(/^link-add w-\S+ \(wireguard\) in root$/))
    expect(back.at(-1)).toBe('namespace-delete public')
  })

  it('waits for a NIC that it names and that is not there, and makes the rest', async () => {
    const state = desired({ uplink: { nic: 'eth9' }, networks: nets }, bare)
    const model = modelSystem(bare)
    await model.apply(planNetwork(state, bare).operations)
    expect(planNetwork(state, model.state)).toEqual({
      operations: [],
      conflicts: [],
      awaited: [{ namespace: ROOT, name: 'eth9' }],
    })
  })
})
