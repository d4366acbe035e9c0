import { describe, expect, it } from '@jest/globals'

import { Secret } from '../../../core/secret.js'
import { wireguardKeysFrom } from '../../address/index.js'
import { changeLink, changeNamespace } from '../simulate/edit-state.js'
import { modelSystem } from '../simulate/model-system.js'
import { type DesiredLink, type DesiredState, ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { bareNode, exampleNetwork, NIC, nftTable } from '../system/testing/example-network.js'
import { describeOperation } from './describe-operation.js'
import { interestOf } from './interest-of.js'
import { planNetwork } from './plan-network.js'
import { publicKeyOf } from './public-key-of.js'

const desired = exampleNetwork({ networks: 1 })

async function built(state: DesiredState = desired, from: ObservedState = bareNode): Promise<ObservedState> {
  const model = modelSystem(from)
  await model.apply(planNetwork(state, from).operations)
  return model.state
}

const steps = (operations: readonly Operation[]) => operations.map(describeOperation)

function rootWith(...links: DesiredLink[]): DesiredState {
  return { namespaces: [{ name: ROOT, links, routes: [], sysctls: {}, nft: [] }], services: [] }
}

function bridge(name: string, more: Partial<DesiredLink> = {}): DesiredLink {
  const common = { name, mark: `bridge:${name}`, up: true, addressing: 'static', addresses: [] } as const
  return { ...common, kind: 'bridge', vlanFiltering: false, ...more } as DesiredLink
}

function tun(name: string): DesiredLink {
  return { name, mark: `tun:${name}`, up: true, addressing: 'dynamic', addresses: [], kind: 'tun' }
}

describe('the plan of a node', () => {
  it('55: is empty where everything is as desired', async () => {
    expect(planNetwork(desired, await built())).toEqual({ operations: [], conflicts: [], awaited: [] })
  })

  it('56: has one operation for one missing address, and says why', async () => {
    const state = changeLink(await built(), { namespace: 'ndmz', name: 'tonrs' }, link => ({
      ...link,
      addresses: link.addresses.filter(({ cidr }) => cidr !== 'fd00::1/64'),
    }))
    const { operations } = planNetwork(desired, state)
    expect(steps(operations)).toEqual(['address-add fd00::1/64 on tonrs in ndmz'])
    expect(operations[0]?.because).toBe('address fd00::1/64 is missing')
  })

  it('57: deletes and makes anew a link of ours that has another kind', () => {
    const state = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [...root.links, { ...NIC, name: 'zos', kind: 'veth', mark: 'bridge:zos' }],
    }))
    const { operations } = planNetwork(rootWith(bridge('zos', { up: false })), state)
    expect(steps(operations)).toEqual(['link-delete zos in root', 'link-add zos (bridge) in root'])
  })

  it('57: calls one that is not marked a conflict, and plans nothing that stands on it', () => {
    const state = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [...root.links, { ...NIC, name: 'zos', kind: 'veth' }],
    }))
    const { operations, conflicts } = planNetwork(desired, state)
    expect(conflicts).toMatchObject([{ namespace: ROOT, name: 'zos', message: expect.stringContaining('veth') }])
    const touching = steps(operations).filter(step => / (zos|npub4)( |$)/.test(step))
    expect(touching).toEqual([])
  })

  it('adopts a link of the right kind that is not marked', () => {
    const state = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [...root.links, { ...NIC, name: 'zos', kind: 'bridge', up: true }],
    }))
    expect(steps(planNetwork(rootWith(bridge('zos')), state).operations)).toEqual([
      'link-set zos in root: mark bridge:zos',
    ])
  })

  it('58: never touches what is not ours', async () => {
    const others = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [...root.links, { ...NIC, name: 'docker0', kind: 'bridge' }],
      routes: [{ to: '10.8.0.0/16', link: 'docker0', family: 4, protocol: 'static' }],
      nft: [nftTable('docker')],
    }))
    const blue = { name: 'blue', marked: false, links: [{ ...NIC, mark: 'x' }], routes: [], sysctls: {}, nft: [] }
    const state = { ...others, namespaces: [...others.namespaces, blue] }
    const { operations } = planNetwork(rootWith(), await built(desired, state))
    expect(steps(operations).filter(step => /docker|blue|10\.8/.test(step))).toEqual([])
    expect((await built(rootWith(), state)).namespaces).toEqual(state.namespaces)
  })

  it('59: compares rules, and nothing that the reader of nft leaves out', async () => {
    const same = changeNamespace(await built(), 'ndmz', there => ({
      ...there,
      nft: JSON.parse(JSON.stringify(there.nft)),
    }))
    expect(planNetwork(desired, same).operations).toEqual([])
    const other = changeNamespace(same, 'ndmz', there => ({ ...there, nft: [nftTable('nat'), nftTable('filter')] }))
    expect(steps(planNetwork(desired, other).operations)).toEqual(['nft-replace inet filter in ndmz'])
  })

  it.each(['device', 'veth'])('60: brings a NIC (%s) back before its probe namespace is deleted', kind => {
    const probe = { name: 'probe-eth0', marked: false, links: [{ ...NIC, kind }], routes: [], sysctls: {}, nft: [] }
    const state: ObservedState = {
      namespaces: [{ name: ROOT, marked: false, links: [], routes: [], sysctls: {}, nft: [] }, probe],
      services: [],
    }
    const { operations } = planNetwork(rootWith(), state)
    expect(steps(operations)).toEqual(['link-move eth0 from probe-eth0 to root', 'namespace-delete probe-eth0'])
  })

  it('moves a WireGuard device that a crash left in its birthplace, and does not make it again', async () => {
    const complete = await built()
    const device = complete.namespaces.find(({ name }) => name === 'n-0')?.links.find(({ name }) => name === 'w-0')
    const left = changeNamespace(complete, 'n-0', there => ({
      ...there,
      links: there.links.filter(({ name }) => name !== 'w-0'),
      routes: there.routes.filter(({ link }) => link !== 'w-0'),
    }))
    const born = changeNamespace(left, ROOT, root => ({
      ...root,
      links: [...root.links, { ...(device as ObservedLink), up: false, addresses: [] }],
    }))
    expect(steps(planNetwork(desired, born).operations)).toEqual([
      'link-move w-0 from root to n-0',
      'link-set w-0 in n-0: up true',
      'address-add 100.64.1.2/16 on w-0 in n-0',
      'route-add 10.1.0.0/16 over w-0 in n-0',
    ])
  })

  it('takes an address whose uniqueness is not known yet, and a link without carrier, for what they are', async () => {
    const state = changeLink(await built(), { namespace: 'n-0', name: 'n-0' }, link => ({
      ...link,
      carrier: false,
      addresses: link.addresses.map(address => ({ ...address, tentative: true })),
    }))
    expect(planNetwork(desired, state).operations).toEqual([])
  })

  it('leaves the addresses of a client and of the kernel where they are', async () => {
    const leased = { cidr: '192.0.2.77/24', dynamic: true, tentative: false, scope: 'global' } as const
    const own = { cidr: 'fe80::1234/64', dynamic: false, tentative: false, scope: 'link' } as const
    const state = ['npub4', 'tonrs'].reduce(
      (now, name, at) =>
        changeLink(now, { namespace: 'ndmz', name }, link => ({
          ...link,
          addresses: [...link.addresses, at === 0 ? leased : own],
        })),
      await built(),
    )
    expect(planNetwork(desired, state).operations).toEqual([])
  })

  it('replaces a route of ours, and calls one of another protocol a conflict', async () => {
    const withDefault = (protocol: string) => async () =>
      changeNamespace(await built(), 'n-0', there => ({
        ...there,
        routes: there.routes.map(route =>
          route.to === '0.0.0.0/0' ? { ...route, via: '100.127.0.9', protocol } : route,
        ),
      }))
    expect(steps(planNetwork(desired, await withDefault('static')()).operations)).toEqual([
      'route-delete 0.0.0.0/0 via 100.127.0.9 over public in n-0',
      'route-add 0.0.0.0/0 via 100.127.0.1 over public in n-0',
    ])
    expect(planNetwork(desired, await withDefault('dhcp')()).conflicts).toMatchObject([
      { namespace: 'n-0', name: 'public', message: expect.stringContaining('protocol dhcp') },
    ])
  })

  it('writes sysctls of single links again when one of all links changes them', () => {
    const sysctls = { 'net.ipv6.conf.zos.forwarding': '0', 'net.ipv6.conf.all.forwarding': '1' }
    const state = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [{ ...NIC, name: 'zos', kind: 'bridge', mark: 'bridge:zos', up: true }],
      sysctls: { 'net.ipv6.conf.zos.forwarding': '0', 'net.ipv6.conf.all.forwarding': '0' },
    }))
    const [root] = rootWith(bridge('zos')).namespaces
    const wanted = { namespaces: [{ ...root, sysctls } as NonNullable<typeof root>], services: [] }
    expect(steps(planNetwork(wanted, state).operations)).toEqual([
      'sysctl-set net.ipv6.conf.all.forwarding to 1 in root',
      'sysctl-set net.ipv6.conf.zos.forwarding to 0 in root',
    ])
  })

  it('awaits what others make, and plans the rest', () => {
    const wanted = rootWith(bridge('zos', { up: false }), tun('my0'))
    const { operations, awaited } = planNetwork(wanted, bareNode)
    expect(steps(operations)).toEqual(['link-add zos (bridge) in root'])
    expect(awaited).toEqual([{ namespace: ROOT, name: 'my0' }])
    const there = changeNamespace(bareNode, ROOT, root => ({
      ...root,
      links: [{ ...NIC, name: 'my0', kind: 'tun', tunMode: 'tun', up: false }],
    }))
    expect(steps(planNetwork(rootWith(tun('my0')), there).operations)).toEqual([
      'link-set my0 in root: mark tun:my0',
      'link-set my0 in root: up true',
    ])
  })

  it('asks for VLANs only where some are desired', async () => {
    const vlan = { id: 304, pvid: false, untagged: false }
    const wanted = rootWith(bridge('zos', { vlanFiltering: true, vlans: [vlan] } as Partial<DesiredLink>), {
      ...bridge('eth0', { master: 'zos' }),
      kind: 'physical',
      vlans: [vlan],
      withoutVlan1: true,
    } as DesiredLink)
    expect(steps(planNetwork(wanted, bareNode).operations).filter(step => step.startsWith('vlan'))).toEqual([
      'vlan-add 304 on zos in root',
      'vlan-add 304 on eth0 in root',
      'vlan-delete 1 on eth0 in root',
    ])
    expect(steps(planNetwork(desired, bareNode).operations).some(step => step.startsWith('vlan'))).toBe(false)
  })

  it('starts services in their order, restarts them with their namespace, stops those that nobody wants', async () => {
    const spec = (name: string, after: string[] = []) => ({
      name,
      namespace: 'n-0',
      command: ['x', name] as const,
      after,
    })
    const wanted: DesiredState = { ...desired, services: [spec('second', ['first']), spec('first')] }
    const state = await built(wanted)
    expect(state.services.map(({ name }) => name)).toEqual(['first', 'second'])

    const gone = { ...state, namespaces: state.namespaces.filter(({ name }) => name !== 'n-0') }
    const again = steps(planNetwork(wanted, gone).operations).filter(step => step.startsWith('service'))
    expect(again).toEqual([
      'service-stop first',
      'service-stop second',
      'service-start first in n-0',
      'service-start second in n-0',
    ])
    expect(steps(planNetwork(desired, state).operations)).toEqual(['service-stop second', 'service-stop first'])
  })

  it('is frozen, and holds no secret that prints', () => {
    const plan = planNetwork(desired, bareNode)
    expect(Object.isFrozen(plan.operations) && plan.operations.every(Object.isFrozen)).toBe(true)
    expect(JSON.stringify(plan)).not.toContain('eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ=')
  })
})

describe('what must be observed for a plan', () => {
  it('is every desired namespace with its sysctls, and what is left over', () => {
    const { sysctls, leftovers } = interestOf(desired)
    expect(Object.keys(sysctls)).toEqual([ROOT, 'ndmz', 'n-0'])
    expect(sysctls['n-0']).toEqual(['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'])
    expect(leftovers).toBe(true)
  })
})

describe('the public key of a private one', () => {
  it('is the one that WireGuard makes of it', () => {
    const { privateKey, publicKey } = wireguardKeysFrom(Uint8Array.from({ length: 32 }, (_, at) => at * 7))
    expect(publicKeyOf(new Secret(privateKey))).toBe(publicKey)
  })
})

describe('a WireGuard device', () => {
  const at = (state: DesiredState, change: (link: DesiredLink, number: number) => DesiredLink): DesiredState => {
    let number = 0
    const changed = (link: DesiredLink) => (link.kind === 'wireguard' ? change(link, number++) : link)
    return { ...state, namespaces: state.namespaces.map(one => ({ ...one, links: one.links.map(changed) })) }
  }
  const on = (listenPort: number) => (link: DesiredLink) =>
    link.kind === 'wireguard' ? { ...link, wireguard: { ...link.wireguard, listenPort } } : link
  const two = exampleNetwork({ networks: 2 })

  /** In the model, which is as strict as the kernel. */
  const leadsTo = async (from: DesiredState, to: DesiredState) => {
    const state = await built(to, await built(from))
    expect(planNetwork(to, state).operations).toEqual([])
  }

  it('is made anew where it was born elsewhere: it sends from there as long as it lives', async () => {
    const born = (birthplace: string) =>
      at(desired, link => ({ ...link, mark: `wireguard:${link.name}@${birthplace}`, birthplace }) as DesiredLink)
    const { operations } = planNetwork(born('ndmz'), await built(born(ROOT)))
    expect(steps(operations).slice(0, 3)).toEqual([
      'link-delete w-0 in n-0',
      'link-add w-0 (wireguard) in ndmz',
      'link-move w-0 from ndmz to n-0',
    ])
    await leadsTo(born(ROOT), born('ndmz'))
    await leadsTo(born('ndmz'), born(ROOT))
  })

  it("is ours where its process was started again and does not answer yet; any other is somebody else's", async () => {
    const silent = { ...NIC, name: 'w-0', kind: 'tun', tunMode: 'tun' } as const
    const complete = await built()
    const state = changeNamespace(
      { ...complete, namespaces: complete.namespaces.filter(({ name }) => name !== 'n-0') },
      ROOT,
      root => ({ ...root, links: [...root.links, silent] }),
    )
    const service = { name: 'wireguard-w-0', state: 'running', fingerprint: '', restarts: 1 } as const
    const { operations, conflicts } = planNetwork(desired, { ...state, services: [service] })
    expect(conflicts).toEqual([])
    expect(steps(operations)).toEqual(
      expect.arrayContaining(['link-delete w-0 in root', 'link-add w-0 (wireguard) in root']),
    )
    expect(planNetwork(desired, state).conflicts).toMatchObject([{ namespace: ROOT, name: 'w-0' }])
  })

  it('gets the port that another one has until then', async () => {
    // Exchanged; handed on in a row; of a network that goes, in a namespace that is deleted last.
    await leadsTo(
      two,
      at(two, (link, number) => on(number === 0 ? 3001 : 3000)(link)),
    )
    await leadsTo(
      two,
      at(two, (link, number) => on(number === 0 ? 3001 : 3002)(link)),
    )
    const second = { ...two, namespaces: two.namespaces.filter(({ name }) => name !== 'n-0') }
    await leadsTo(desired, at(second, on(3000)))
  })
})

describe('VLANs that are wanted no more', () => {
  const plain = rootWith(bridge('zos'), {
    ...{ name: 'eth0', mark: 'nic:eth0', up: true, addressing: 'static', addresses: [] },
    ...{ kind: 'physical', master: 'zos' },
  })
  const tagged = (...ids: number[]): DesiredState => {
    const [own] = ids
    const links = plain.namespaces[0]?.links.map(link => {
      if (link.kind !== 'bridge') {
        const vlans = ids.map(id => ({ id, pvid: false, untagged: false }))
        return { ...link, vlans, withoutVlan1: ids.length > 1 }
      }
      return { ...link, vlanFiltering: true, vlans: [{ id: own, pvid: true, untagged: true }] }
    })
    return rootWith(...(links as DesiredLink[]))
  }
  const vlans = (state: ObservedState) =>
    state.namespaces[0]?.links.map(({ name, vlans = [] }) => [name, vlans.map(({ id, pvid }) => (pvid ? -id : id))])
  const DEFAULT = [-1]

  it.each<[string, DesiredState[], unknown]>([
    [
      'are taken back, and what has no tag passes as before',
      [tagged(101), plain],
      [
        ['eth0', DEFAULT],
        ['zos', DEFAULT],
      ],
    ],
    [
      'may be one of two',
      [tagged(101, 304), tagged(101)],
      [
        ['eth0', [-1, 101]],
        ['zos', [-101]],
      ],
    ],
    [
      'may be others',
      [tagged(101), tagged(102, 304)],
      [
        ['eth0', [102, 304]],
        ['zos', [-102]],
      ],
    ],
    [
      'are all of them, where nothing was said before',
      [plain, tagged(101, 304)],
      [
        ['eth0', [101, 304]],
        ['zos', [-101]],
      ],
    ],
  ])('%s', async (_, wanted, found) => {
    let state = bareNode
    for (const one of wanted) {
      state = await built(one, state)
      expect(planNetwork(one, state).operations).toEqual([])
    }
    expect(vlans(state)).toEqual(found)
  })
})

describe('a DHCP client', () => {
  it('starts anew when its link gets another MAC: to a server it is somebody else', async () => {
    const dhcp = { name: 'dhcp-zos', namespace: ROOT, command: ['udhcpc', '-f', '-i', 'zos'] } as const
    const node = (mac: string) => ({ ...rootWith(bridge('zos', { mac })), services: [dhcp] })
    const before = await built(node('02:00:00:00:00:01'))
    expect(steps(planNetwork(node('02:00:00:00:00:02'), before).operations)).toEqual([
      'link-set zos in root: mac 02:00:00:00:00:02',
      'service-stop dhcp-zos',
      'service-start dhcp-zos in root',
    ])
  })
})
