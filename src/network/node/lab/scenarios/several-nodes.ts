/** Nodes in different places, a user's network over all of them, and the user on the Internet. */
import type { NodeNetworkConfig } from '../../config/config.js'
import type { ExpectedLayout, NodeSpec, Scenario, UserSpec } from '../scenario.js'
import { HOME, OOB, PUBLIC_DUAL } from './segments.js'
import { userNetwork } from './user-network.js'

const NETWORK = { twin: 7, name: 'lab', range: '10.77', port: 3011 } as const
const USER: UserSpec = { name: 'user1', ipv4: '198.51.100.50', ipv6: '2001:db8:ffff::50' }

const COMMON = { duplicateAddressDetection: false } as const
const SPLIT: ExpectedLayout = {
  label: 'oob-split',
  uplink: 'eth0',
  exit: 'eth1',
  mode: 'dual',
  stack: 'dual',
  hidden: 'no',
  warnings: [],
}

type Part = Pick<NodeNetworkConfig, 'networks' | 'machines'>

/** In a datacentre with two segments, with static public addresses that end with `host`. */
function splitNode(name: string, host: number, part: Part): NodeSpec {
  return {
    name,
    nics: [
      { name: 'eth0', segment: OOB.name },
      { name: 'eth1', segment: PUBLIC_DUAL.name },
    ],
    config: {
      node: `lab ${name}`,
      nics: ['eth0', 'eth1'],
      ...COMMON,
      inboundIpv6: 'open',
      public: {
        ipv4: `203.0.113.${host}/24`,
        gateway4: '203.0.113.1',
        ipv6: `2001:db8:1::${host}/64`,
        gateway6: '2001:db8:1::1',
      },
      ...part,
    },
    expected: SPLIT,
  }
}

/** One cable into the public segment; its lease is always the same. */
function publicNode(name: string, host: number, part: Part): NodeSpec {
  return {
    name,
    nics: [{ name: 'eth0', segment: PUBLIC_DUAL.name, reserved: `203.0.113.${host}` }],
    config: { node: `lab ${name}`, nics: ['eth0'], ...COMMON, inboundIpv6: 'open', ...part },
    expected: { label: 'public-dual', uplink: 'eth0', mode: 'single', stack: 'dual', hidden: 'no', warnings: [] },
  }
}

function hiddenNode(name: string, part: Part): NodeSpec {
  return {
    name,
    nics: [{ name: 'eth0', segment: HOME.name }],
    config: { node: `lab ${name}`, nics: ['eth0'], ...COMMON, ...part },
    expected: { label: 'nat4-only', uplink: 'eth0', mode: 'single', stack: 'v4', hidden: 'yes', warnings: [] },
  }
}

function twoNodes(): Scenario {
  const [first = {}, second = {}] = userNetwork(NETWORK, [{ endpoint: '203.0.113.11' }, {}])
  return {
    name: 'two-nodes',
    title: 'a node that can be dialled and one that cannot',
    description: 'The node at home dials the one in the datacentre, and machines on both are in one private network.',
    segments: [OOB, PUBLIC_DUAL, HOME],
    nodes: [splitNode('node1', 11, first), hiddenNode('node2', second)],
    users: [USER],
  }
}

function threeNodes(): Scenario {
  const members = [{ endpoint: '203.0.113.11' }, { endpoint: '203.0.113.12' }, {}]
  const [first = {}, second = {}, third = {}] = userNetwork(NETWORK, members)
  return {
    name: 'three-nodes',
    title: 'two nodes in a datacentre, one at home',
    description: 'Nodes that can be dialled know each other; the hidden one reaches all through one of them.',
    segments: [OOB, PUBLIC_DUAL, HOME],
    nodes: [splitNode('node1', 11, first), publicNode('node2', 12, second), hiddenNode('node3', third)],
    users: [USER],
  }
}

function farm(): Scenario {
  const members = [{ endpoint: '203.0.113.11' }, { endpoint: '203.0.113.12' }]
  const [first = {}, second = {}] = userNetwork(NETWORK, members)
  return {
    name: 'farm',
    title: 'a farm in a datacentre, and somebody who uses it',
    description: 'Two nodes with private and public segments; the user on the Internet reaches public addresses only.',
    segments: [OOB, PUBLIC_DUAL],
    nodes: [splitNode('node1', 11, first), splitNode('node2', 12, second)],
    users: [USER],
  }
}

export const SEVERAL_NODES: readonly Scenario[] = [twoNodes(), threeNodes(), farm()]
