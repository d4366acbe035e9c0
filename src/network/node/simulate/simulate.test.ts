import { describe, expect, it } from '@jest/globals'

import { planNetwork } from '../plan/plan-network.js'
import { type DesiredLink, ROOT } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation, OperationBody } from '../state/operation.js'
import { bareNode, exampleNetwork } from '../system/testing/example-network.js'
import { linkAt, namespaceOf } from './edit-state.js'
import { modelSystem } from './model-system.js'
import { simulate } from './simulate.js'

const because = 'of the test'
const common = { mark: 'test:x', up: false, addressing: 'static', addresses: [] } as const
const zos: DesiredLink = { ...common, name: 'zos', kind: 'bridge', vlanFiltering: false }
const child: DesiredLink = { ...common, name: 'npub4', kind: 'macvlan', parent: 'zos' }
const addZos: OperationBody = { kind: 'link-add', namespace: ROOT, link: zos }
const addNamespace: OperationBody = { kind: 'namespace-add', namespace: 'ndmz' }
const address = (cidr: string) => ({ cidr, duplicateDetection: false })
const onZos = (cidr: string): OperationBody => ({
  kind: 'address-add',
  namespace: ROOT,
  link: 'zos',
  address: address(cidr),
})
const route = (via?: string): OperationBody => ({
  kind: 'route-add',
  namespace: ROOT,
  route: { to: '0.0.0.0/0', link: 'zos', ...(via === undefined ? {} : { via }) },
})
const up: OperationBody = { kind: 'link-set', namespace: ROOT, name: 'zos', settings: { up: true } }

function stateAfter(...operations: OperationBody[]): ObservedState {
  return operations.reduce((state, operation) => simulate(state, { ...operation, because } as Operation), bareNode)
}

describe('the model of a node refuses, as the kernel does,', () => {
  it.each<[string, OperationBody[]]>([
    ['a second namespace of a name', [addNamespace, addNamespace]],
    ['a second link of a name', [addZos, addZos]],
    ['a macvlan without its parent', [addNamespace, { kind: 'link-add', namespace: 'ndmz', link: child }]],
    [
      'a macvlan with a greater MTU than its parent',
      [addZos, { kind: 'link-add', namespace: ROOT, link: { ...child, mtu: 9000 } }],
    ],
    ['a link in a namespace that is not there', [addZos, { kind: 'link-add', namespace: 'ndmz', link: child }]],
    [
      'to move a link to a namespace that is not there',
      [{ kind: 'link-move', namespace: ROOT, name: 'eth0', to: 'ndmz' }],
    ],
    ['to delete a NIC', [{ kind: 'link-delete', namespace: ROOT, name: 'eth0' }]],
    ['to delete a link that is not there', [{ kind: 'link-delete', namespace: ROOT, name: 'zos' }]],
    [
      'a port of something that is no bridge',
      [{ kind: 'link-set', namespace: ROOT, name: 'eth0', settings: { master: 'zos' } }],
    ],
    ['an address twice', [addZos, onZos('10.0.0.1/24'), onZos('10.0.0.1/24')]],
    ['an IPv6 address with another length', [addZos, onZos('fd00::1/64'), onZos('fd00::1/48')]],
    ['a route over a link that is down', [addZos, onZos('10.0.0.1/24'), route('10.0.0.9')]],
    ['a next hop that is not reachable', [addZos, up, route('10.0.0.9')]],
    ['a second route to a range', [addZos, up, route(), route()]],
    [
      'a sysctl of a link that is not there',
      [{ kind: 'sysctl-set', namespace: ROOT, key: 'net.ipv6.conf.zos.accept_ra', value: '0' }],
    ],
    [
      'a WireGuard configuration for a bridge',
      [addZos, { kind: 'wireguard-set', namespace: ROOT, name: 'zos', config: {} as never }],
    ],
    [
      'to delete a table that is not there',
      [{ kind: 'nft-delete', namespace: ROOT, family: 'inet', table: 'zos-host' }],
    ],
  ])('%s', (_what, operations) => {
    const before = stateAfter(...operations.slice(0, -1))
    const last = { ...operations.at(-1), because } as Operation
    expect(() => simulate(before, last)).toThrow(expect.objectContaining({ code: 'NODE_NET_COMMAND' }))
  })
})

describe('the model of a node takes along, as the kernel does,', () => {
  it('macvlans with their parent, and the other end of a veth', async () => {
    const desired = exampleNetwork({ networks: 1 })
    const model = modelSystem(bareNode)
    await model.apply(planNetwork(desired, bareNode).operations)
    await model.apply([
      { kind: 'link-delete', namespace: ROOT, name: 'br-ndmz', because },
      { kind: 'link-delete', namespace: ROOT, name: 'v-root', because },
    ])
    expect(linkAt(model.state, { namespace: 'n-0', name: 'public' })).toBeUndefined()
    expect(linkAt(model.state, { namespace: 'ndmz', name: 'v-ndmz' })).toBeUndefined()
    expect(namespaceOf(model.state, 'n-0')?.routes.map(({ link }) => link)).toEqual(['w-0'])
  })

  it('what is in a namespace, but for NICs: those go home', () => {
    const state = stateAfter(
      addNamespace,
      { kind: 'link-move', namespace: ROOT, name: 'eth0', to: 'ndmz' },
      addZos,
      { kind: 'link-add', namespace: 'ndmz', link: child },
      { kind: 'namespace-delete', namespace: 'ndmz' },
    )
    expect(namespaceOf(state, ROOT)?.links.map(({ name }) => name)).toEqual(['zos', 'eth0'])
    expect(linkAt(state, { namespace: ROOT, name: 'eth0' })?.up).toBe(false)
  })

  it('the other addresses of a subnet with the first one', () => {
    const state = stateAfter(addZos, onZos('10.0.0.1/24'), onZos('10.0.0.2/24'), onZos('10.0.1.1/24'), {
      kind: 'address-delete',
      namespace: ROOT,
      link: 'zos',
      cidr: '10.0.0.1/24',
    })
    expect(linkAt(state, { namespace: ROOT, name: 'zos' })?.addresses.map(({ cidr }) => cidr)).toEqual(['10.0.1.1/24'])
  })
})
