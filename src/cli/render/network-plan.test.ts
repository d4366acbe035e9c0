import { describe, expect, it } from '@jest/globals'

import { Secret } from '../../core/secret.js'
import type { NodePlan } from '../../network/node/node-network.js'
import type { DesiredLink } from '../../network/node/state/desired.js'
import type { Operation, OperationBody } from '../../network/node/state/operation.js'
import { networkPlanLines } from './network-plan.js'

const ESCAPE = '\u001b'
const choice = { uplink: 'eth0', made: 'assumed', reason: 'this assumes the first' } as const
const plain = { colors: false, columns: undefined }

function planOf(operations: readonly Operation[], more: Partial<NodePlan> = {}): NodePlan {
  return { operations, conflicts: [], awaited: [], probes: [], choice, ...more }
}
const because = (operation: OperationBody, reason: string): Operation => ({ ...operation, because: reason })
const missing = (operation: OperationBody): Operation => because(operation, 'it is missing')
const common = { mark: 'x', up: true, addressing: 'static', addresses: [] } as const
const bridge = (name: string): DesiredLink => ({ ...common, name, kind: 'bridge', vlanFiltering: false })
const table = (name: string) => ({ family: 'inet', name, sets: [], chains: [] }) as const

/** The lines below the heading. */
function shown(operations: readonly Operation[], columns?: number): readonly string[] {
  return networkPlanLines(planOf(operations), { colors: false, columns }).slice(1)
}

describe('the plan of a node', () => {
  it('says when nothing is to do', () => {
    expect(networkPlanLines(planOf([]), plain)).toEqual(["the node's network is as it should be: nothing to do"])
  })

  it('tells what is new on one line each, the namespace once', () => {
    const operations = [
      missing({ kind: 'namespace-add', namespace: 'ndmz' }),
      missing({ kind: 'link-add', namespace: 'root', link: bridge('zos') }),
      missing({
        kind: 'link-add',
        namespace: 'ndmz',
        link: { ...common, name: 'npub4', kind: 'macvlan', parent: 'zos' },
      }),
      missing({ kind: 'sysctl-set', namespace: 'root', key: 'net.ipv6.conf.zos.accept_ra', value: '1' }),
      missing({ kind: 'sysctl-set', namespace: 'ndmz', key: 'net.ipv4.ip_forward', value: '1' }),
      missing({ kind: 'nft-replace', namespace: 'ndmz', table: table('filter') }),
      missing({ kind: 'nft-replace', namespace: 'ndmz', table: table('nat') }),
      missing({ kind: 'link-set', namespace: 'root', name: 'zos', settings: { up: true } }),
      missing({
        kind: 'address-add',
        namespace: 'ndmz',
        link: 'npub4',
        address: { cidr: '192.0.2.9/24', duplicateDetection: false },
      }),
      missing({
        kind: 'route-add',
        namespace: 'ndmz',
        route: { to: '0.0.0.0/0', via: '192.0.2.1', link: 'npub4' },
      }),
      missing({ kind: 'service-start', service: { name: 'dhcp-zos', namespace: 'root', command: ['udhcpc'] } }),
    ]
    expect(networkPlanLines(planOf(operations, { probes: ['eth0', 'eth1'] }), plain)).toEqual([
      "the node's network needs 11 operations",
      '├─ ? probe eth0, eth1  this assumes the first',
      "├─ root  the node's own namespace",
      '│  └─ + zos  bridge · accept_ra=1 · up',
      '├─ + ndmz  new namespace',
      '│  ├─ + npub4  macvlan on zos · 192.0.2.9/24 · route to 0.0.0.0/0 via 192.0.2.1',
      '│  ├─ + kernel settings  net.ipv4.ip_forward=1',
      '│  └─ + nft tables  inet filter · inet nat',
      '└─ services',
      '   └─ + dhcp-zos  in root',
    ])
  })

  it('shows both ends of a pair where each is', () => {
    const link: DesiredLink = { ...common, name: 't-x', kind: 'veth', peer: { namespace: 'v-x', name: 'eth0' } }
    expect(shown([missing({ kind: 'link-add', namespace: 'root', link })])).toEqual([
      "├─ root  the node's own namespace",
      '│  └─ + t-x  veth to eth0',
      '└─ v-x',
      '   └─ + eth0  veth to t-x',
    ])
  })

  it.each<[string, readonly Operation[], readonly string[]]>([
    [
      'one change with its reason',
      [because({ kind: 'address-delete', namespace: 'root', link: 'zos', cidr: '10.0.0.9/24' }, 'nobody wants it')],
      ['└─ - zos  10.0.0.9/24 · nobody wants it'],
    ],
    [
      'several changes of one link, each with its reason',
      [
        because({ kind: 'link-set', namespace: 'root', name: 'eth0', settings: { master: 'zos', mtu: 1400 } }, 'a'),
        because({ kind: 'vlan-add', place: place('eth0'), vlan: vlan(304), self: false }, 'b'),
        because({ kind: 'vlan-delete', place: place('eth0'), id: 1, self: false }, 'c'),
      ],
      ['└─ ~ eth0', '   ├─ ~ MTU 1400, port of zos  a', '   ├─ + VLAN 304 pvid  b', '   └─ - VLAN 1  c'],
    ],
    [
      'what is replaced, and why',
      [
        because({ kind: 'link-delete', namespace: 'root', name: 'zos' }, 'zos is a dummy'),
        missing({ kind: 'link-add', namespace: 'root', link: bridge('zos') }),
      ],
      ['└─ ± zos  bridge · zos is a dummy'],
    ],
    [
      'what is removed',
      [because({ kind: 'link-delete', namespace: 'root', name: 'b-x' }, 'left over')],
      ['└─ - b-x  left over'],
    ],
    [
      'what leaves a bridge',
      [because({ kind: 'link-set', namespace: 'root', name: 'eth1', settings: { master: null, up: false } }, 'why')],
      ['└─ ~ eth1  port of no bridge · down · why'],
    ],
  ])('shows %s', (_, operations, lines) => {
    expect(shown(operations).slice(1)).toEqual(lines.map(line => `   ${line}`))
  })

  it('names namespaces that go, services that end, what is awaited and what is in the way', () => {
    const operations = [
      because({ kind: 'service-stop', name: 'mycelium-x' }, 'no longer wanted'),
      because({ kind: 'namespace-delete', namespace: 'n-x' }, 'its network is gone'),
    ]
    const conflict = { namespace: 'root', name: 'zos', message: 'is not ours', hint: 'rename it' }
    const plan = planOf(operations, { awaited: [{ namespace: 'root', name: 'eth7' }], conflicts: [conflict] })
    expect(networkPlanLines(plan, plain)).toEqual([
      "the node's network needs 2 operations",
      '├─ - n-x  its network is gone',
      '├─ services',
      '│  └─ - mycelium-x  stopped · no longer wanted',
      '├─ … eth7 in root  is not there yet; what hangs on it comes after it',
      '└─ ! root/zos is not ours  rename it',
    ])
  })

  it('shows of a WireGuard device no key', () => {
    const config = { privateKey: new Secret('c2VjcmV0'), listenPort: 3011, peers: [] }
    const lines = shown([because({ kind: 'wireguard-set', namespace: 'n-x', name: 'w-x', config }, 'another port')])
    expect(lines).toEqual(['└─ n-x', '   └─ ~ w-x  key, port 3011, 0 peers · another port'])
  })

  it('breaks lines between parts, never inside of one', () => {
    const addresses = [1, 2, 3].map(cidr => `fd00:0:0:${cidr}::1/64`)
    const operations = [
      missing({ kind: 'link-add', namespace: 'root', link: bridge('br') }),
      ...addresses.map(cidr =>
        missing({ kind: 'address-add', namespace: 'root', link: 'br', address: { cidr, duplicateDetection: false } }),
      ),
    ]
    expect(shown(operations, 44)).toEqual([
      "└─ root  the node's own namespace",
      '   └─ + br  bridge · fd00:0:0:1::1/64 ·',
      '         fd00:0:0:2::1/64 · fd00:0:0:3::1/64',
    ])
  })

  it('obeys no name or reason in it', () => {
    const hostile = `eth0${ESCAPE}[2J\n\u202e`
    const lines = networkPlanLines(
      planOf([because({ kind: 'link-delete', namespace: hostile, name: hostile }, hostile)], {
        probes: [hostile],
        awaited: [{ namespace: hostile, name: hostile }],
        conflicts: [{ namespace: hostile, name: hostile, message: hostile, hint: hostile }],
      }),
      { colors: false, columns: 80 },
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(lines.join(' ')).toContain('eth0[2J')
  })
})

function place(name: string) {
  return { namespace: 'root', name }
}

function vlan(id: number) {
  return { id, pvid: true, untagged: false }
}
