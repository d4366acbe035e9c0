/** A network's way to the outside: its hidden node, and the person who uses it. */
import { afterEach, describe, expect, it } from '@jest/globals'

import { wireguardKeysFrom, wireguardPeers } from '../../src/network/address/index.js'
import { machineNamespace } from '../../src/network/node/compile/machine.js'
import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { askEcho, startEcho } from '../../src/network/node/lab/echo.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { canBuildWholeLabs } from '../support/node-lab.js'
import { withoutNetworks } from './support/networks-config.js'
import { type TestNode, testNode } from './support/networks-node.js'
import { answers, type Place, reaches } from './support/networks-traffic.js'
import { startUserTunnel } from './support/networks-user.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
const USER = wireguardKeysFrom(new Uint8Array(32).fill(0x42))
const PORT = 7007

let lab: Lab | undefined
let nodes: TestNode[] = []
afterEach(async () => {
  await Promise.all(nodes.map(node => node.close()))
  nodes = []
  await lab?.stop()
  lab = undefined
}, 30_000)

/** Nodes first have addresses, then the network, the one that is dialled before others: a handshake that gets no answer is
 * tried again after five seconds. */
async function start(name: string, change: (config: NodeNetworkConfig, node: number) => NodeNetworkConfig) {
  const built = await startLab(findScenario(name))
  lab = built
  nodes = built.scenario.nodes.map(node => testNode(built.machine(node.name)))
  const configs = built.scenario.nodes.map(({ config }, index) => change(config, index + 1))
  await Promise.all(nodes.map((node, index) => node.apply(withoutNetworks(configs[index] as NodeNetworkConfig))))
  for (const [index, node] of nodes.entries()) await node.apply(configs[index])
  const machine = (number: number): Place => ({
    machine: built.machine(`node${number}`),
    namespace: machineNamespace({ id: `7-${number}-vm`, network: 'lab' }),
  })
  return { built, machine }
}

describeWithLab('a network', () => {
  it('joins a node at home, which nobody can dial, with one in a datacentre', async () => {
    const { built, machine } = await start('two-nodes', config => config)
    await Promise.all([reaches(machine(1), '10.77.2.2'), reaches(machine(2), '10.77.1.2')])

    const { machine: host, namespace } = machine(2)
    const server = await startEcho(host, { namespace, ports: [PORT] })
    expect(await askEcho(built.machine('node1'), { address: '10.77.2.2', port: PORT, ...machine(1) })).toEqual({
      seen: '10.77.1.2',
    })
    await server.stop()
    // It is the hidden node that dials: the other one sees the router of its home.
    const { stdout } = await built.machine('node1').run('wg', 'show', 'all', 'endpoints')
    expect(stdout).toMatch(/\t203\.0\.113\.1:\d+\n/)
  }, 60_000)

  it('lets its user in from the Internet, to its machines on all nodes', async () => {
    const access = { nodeId: 1, subnet: '10.77.3.0/24', publicKey: USER.publicKey }
    const { built, machine } = await start('farm', (config, node) => withAccess(config, node, access))
    const user = built.machine('user1')
    const outside = { machine: user, namespace: 'root' }
    expect(await answers(outside, '10.77.1.2', 1)).toBe(false)

    const network = findScenario('farm').nodes[0]?.config.networks?.[0]?.data
    const tunnel = await startUserTunnel(user, {
      privateKey: USER.privateKey,
      address: '10.77.3.2',
      nodeKey: wireguardKeysFrom(Buffer.from(network?.wireguard_private_key ?? '', 'base64')).publicKey,
      endpoint: '203.0.113.11:3011',
      ranges: ['10.77.0.0/16', '100.64.0.0/16'],
    })
    try {
      await Promise.all([reaches(outside, '10.77.1.2'), reaches(outside, '10.77.2.2')])
      const { machine: host, namespace } = machine(2)
      const server = await startEcho(host, { namespace, ports: [PORT] })
      expect(await askEcho(user, { address: '10.77.2.2', port: PORT })).toEqual({ seen: '10.77.3.2' })
      await server.stop()
      expect(await answers(machine(2), '10.77.3.2')).toBe(true)
    } finally {
      await tunnel.stop()
    }
  }, 60_000)
})

/** As a grid client states it: every node knows whom it is dialled by, and what is behind the others. */
function withAccess(
  config: NodeNetworkConfig,
  node: number,
  access: { nodeId: number; subnet: string; publicKey: string },
): NodeNetworkConfig {
  const farm = findScenario('farm').nodes.map(({ config: { networks: [network] = [] } }, index) => ({
    nodeId: index + 1,
    subnet: network?.data.subnet ?? '',
    publicKey: wireguardKeysFrom(Buffer.from(network?.data.wireguard_private_key ?? '', 'base64')).publicKey,
    endpoint: `203.0.113.1${index + 1}:3011`,
  }))
  const peers = wireguardPeers({ ipRange: '10.77.0.0/16', nodes: farm, accesses: [access] }).get(node) ?? []
  return {
    ...config,
    networks: (config.networks ?? []).map(network => ({ ...network, data: { ...network.data, peers } })),
  }
}
