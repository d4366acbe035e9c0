import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { checkConfig } from '../config/check-config.js'
import type { NodeNetworkConfig } from '../config/config.js'
import { linkOfSysctl } from '../simulate/edit-state.js'
import { type DesiredLink, type DesiredNamespace, type DesiredState, ROOT } from '../state/desired.js'
import { compile } from './compile.js'
import { type NodeFacts, standingChoices } from './facts.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const PEER = 'bxHBtGYPBPYXZwrlOg0mWAbGm4K2lVVmIaCoGZcxEUI='
const SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

const facts: NodeFacts = {
  uplink: 'eth0',
  uplinkMac: '02:00:00:00:00:01',
  idleNics: [],
  leases: new Map(),
  keepLease: (link, namespace) => ({ name: `dhcp-${link}`, namespace, command: ['dhcpcd', link] }),
  stateDir: '/run/hyphae/node-network',
}

const network = (index: number, type: 'network' | 'network-light' = 'network') => ({
  twin: 1,
  name: `net${index}`,
  type,
  data: {
    ip_range: `10.${index}.0.0/16`,
    subnet: `10.${index}.2.0/24`,
    wireguard_private_key: KEY,
    wireguard_listen_port: 3000 + index,
    peers: [
      { subnet: `10.${index}.3.0/24`, wireguard_public_key: PEER, allowed_ips: [`10.${index}.3.0/24`], endpoint: '' },
    ],
    mycelium: { hex_key: SEED, peers: [] },
  },
})

const compiled = (config: object, more: Partial<NodeFacts> = {}) =>
  compile(checkConfig({ node: 'A34YUGenHKyhjDMAUKZe4cVDtJM2wQ4n4XRkfGUUEYdy', ...config }), { ...facts, ...more })

const at = (state: DesiredState, namespace: string) =>
  state.namespaces.find(({ name }) => name === namespace) as DesiredNamespace
const link = (state: DesiredState, namespace: string, name: string) =>
  at(state, namespace).links.find(one => one.name === name) as DesiredLink

describe('the desired state of a node', () => {
  it('has the names, hardware addresses and addresses that the Go node gives', () => {
    const state = compiled({})
    expect(link(state, 'ndmz', 'npub4')).toMatchObject({ mac: 'c6:f1:92:20:6e:95', kind: 'macvlan', parent: 'zos' })
    expect(link(state, 'ndmz', 'npub6')).toMatchObject({ mac: '6a:e0:43:10:58:5e', kind: 'macvlan', parent: 'br-pub' })
    expect(link(state, 'ndmz', 'tonrs').addresses.map(({ cidr }) => cidr)).toEqual([
      '100.127.0.1/16',
      'fe80::1/64',
      'fd00::1/64',
    ])
    expect(link(state, ROOT, 'zos')).toMatchObject({ kind: 'bridge', mac: '02:00:00:00:00:01', vlanFiltering: false })
    expect(state.services.map(({ name }) => name)).toEqual(['dhcp-zos', 'dhcp-npub4'])
  })

  it('leads to the public segment by a veth pair where the NIC is shared, and by a NIC where there is one', () => {
    expect(link(compiled({}), ROOT, 'tozos')).toMatchObject({
      master: 'zos',
      peer: { namespace: ROOT, name: 'p-tozos' },
    })
    const dual = compiled({}, { exit: 'eth1' })
    expect(link(dual, ROOT, 'eth1')).toMatchObject({ kind: 'physical', master: 'br-pub' })
    expect(link(dual, ROOT, 'tozos')).toBeUndefined()
  })

  it('takes NICs that are not used out of every bridge, and leaves their addresses alone', () => {
    const idle = link(compiled({}, { idleNics: ['eth2'] }), ROOT, 'eth2')
    expect(idle).toMatchObject({ kind: 'physical', up: true, addressing: 'dynamic' })
    expect(idle.master).toBeUndefined()
  })

  it('sets what belongs to a NIC with a point in its name, which is no end of the name', () => {
    const { sysctls } = at(compiled({ uplink: { nic: 'eth0.7' } }, { uplink: 'eth0.7' }), ROOT)
    expect(sysctls).toMatchObject({ 'net.ipv6.conf.eth0/7.disable_ipv6': '1' })
    expect(Object.keys(sysctls).map(linkOfSysctl)).toContain('eth0.7')
  })

  it('asks for VLAN filtering only where a VLAN is wanted', () => {
    const state = compiled({ uplink: { vlan: 101 }, exit: { vlan: 304 } })
    expect(link(state, ROOT, 'zos')).toMatchObject({
      vlanFiltering: true,
      vlans: [{ id: 101, pvid: true, untagged: true }],
    })
    expect(link(state, ROOT, 'eth0')).toMatchObject({ withoutVlan1: true })
    expect(link(state, ROOT, 'tozos')).toMatchObject({ vlans: [{ id: 304, pvid: true, untagged: true }] })
    // A NIC of its own needs no tag.
    expect(link(compiled({ exit: { vlan: 304 } }, { exit: 'eth1' }), ROOT, 'zos')).toMatchObject({
      vlanFiltering: false,
    })
  })

  it('gives birth to WireGuard where its packets must leave', () => {
    const hidden = compiled({ networks: [network(1)] })
    const namespace = hidden.namespaces.find(({ name }) => name.startsWith('n-'))?.name as string
    const device = (state: DesiredState) => at(state, namespace).links.find(({ kind }) => kind === 'wireguard')
    expect(device(hidden)).toMatchObject({ birthplace: ROOT, mtu: 1420 })
    expect(device(hidden)?.addresses).toEqual([{ cidr: '100.64.1.2/16', duplicateDetection: false }])
    const open = compiled({
      networks: [network(1)],
      public: { ipv4: '198.51.100.9/24', gateway4: '198.51.100.1' },
    })
    expect(device(open)).toMatchObject({ birthplace: 'public' })
    expect(at(open, 'public').routes).toEqual([{ to: '0.0.0.0/0', via: '198.51.100.1', link: 'public' }])
  })

  it('runs the Mycelium daemon where its program is, with the key in a file and nowhere else', () => {
    expect(compiled({ networks: [network(1)] }).services).toHaveLength(2)
    const { services } = compiled({ networks: [network(1)] }, { myceliumBinary: '/bin/mycelium' })
    const daemon = services.find(({ name }) => name.startsWith('mycelium-'))
    expect(daemon?.command).toEqual(expect.arrayContaining(['/bin/mycelium', '--tun-name', 'my']))
    expect(daemon?.files?.[0]?.content.reveal()).toHaveLength(32)
    expect(JSON.stringify(services)).not.toContain(SEED)
  })

  it('gives a machine its addresses and its ways, and another way out with a public address', () => {
    const machine = {
      id: '1-100-vm',
      twin: 1,
      network: 'net1',
      ip: '10.1.2.2',
      attach: 'namespace',
      myceliumSeed: '1e1404279b3d',
    }
    const routes = (more: object) => {
      const state = compiled({ networks: [network(1)], machines: [{ ...machine, ...more }] })
      const inside = state.namespaces.find(({ name }) => name.startsWith('v-'))
      return inside?.routes.map(({ to, via, link }) => `${to} ${via} ${link}`).sort()
    }
    const mycelium = '400::/7 4a1:a126:8b83:7169::1 eth1'
    expect(routes({})).toEqual(['0.0.0.0/0 10.1.2.1 eth0', mycelium, '::/0 fe80::1 eth0'].sort())
    const publicIp = { id: '1-100-ip', ipv4: '198.51.100.9/24', gateway4: '198.51.100.1' }
    expect(routes({ publicIp })).toEqual(
      [
        '0.0.0.0/0 198.51.100.1 eth2',
        '10.1.0.0/16 10.1.2.1 eth0',
        '100.64.0.0/16 10.1.2.1 eth0',
        mycelium,
        '::/0 fe80::1 eth0',
      ].sort(),
    )
  })

  it('keeps the address of a network in ndmz for as long as the network is there', () => {
    const leaseOf = (state: DesiredState, name: string) =>
      at(state, name).links.find(one => one.name === 'public')?.addresses[0]?.cidr
    const both = compiled({ networks: [network(1), network(2)] })
    const [first, second] = both.namespaces.map(({ name }) => name).filter(name => name.startsWith('n-')) as [
      string,
      string,
    ]
    expect([leaseOf(both, first), leaseOf(both, second)]).toEqual(['100.127.0.2/16', '100.127.0.3/16'])
    const standing = new Map([[second.slice(2), '100.127.0.3']])
    expect(leaseOf(compiled({ networks: [network(2)] }, { leases: standing }), second)).toBe('100.127.0.3/16')
  })

  it('holds no secret when it is printed', () => {
    const printed = JSON.stringify(compiled({ networks: [network(1)] }, { myceliumBinary: '/bin/mycelium' }))
    expect(printed).not.toContain(KEY)
    expect(printed).not.toContain(SEED)
  })
})

describe('any desired state', () => {
  const configs = fc
    .record({
      networks: fc.uniqueArray(fc.record({ index: fc.integer({ min: 1, max: 200 }), light: fc.boolean() }), {
        selector: ({ index }) => index,
        maxLength: 5,
      }),
      machines: fc.array(fc.record({ host: fc.integer({ min: 2, max: 254 }), tap: fc.boolean(), open: fc.boolean() }), {
        maxLength: 4,
      }),
      open: fc.boolean(),
      exit: fc.boolean(),
    })
    .map(({ networks, machines, open, exit }) => {
      const chosen = networks.map(({ index, light }) => network(index, light ? 'network-light' : 'network'))
      const used = new Set<number>()
      const placed = machines.flatMap(({ host, tap, open: isOpen }, index) => {
        const home = chosen[index % Math.max(chosen.length, 1)]
        if (home === undefined || used.has(host)) return []
        used.add(host)
        return {
          id: `1-${index + 1}-vm`,
          twin: 1,
          network: home.name,
          ip: home.data.subnet.replace('0/24', String(host)),
          attach: tap ? 'tap' : 'namespace',
          ...(isOpen ? { publicIp: { id: `1-${index + 1}-ip`, ipv6: true } } : {}),
        }
      })
      const config: NodeNetworkConfig = checkConfig({
        node: 'n',
        networks: chosen,
        machines: placed,
        ...(open ? { public: { ipv4: '198.51.100.9/24', gateway4: '198.51.100.1' } } : {}),
      })
      return compile(config, { ...facts, ...(exit ? { exit: 'eth1' } : {}), myceliumBinary: '/bin/mycelium' })
    })

  it('hangs together: parents, other ends, bridges and routes are where they must be', () => {
    fc.assert(
      fc.property(configs, state => {
        const names = state.namespaces.map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
        const root = at(state, ROOT)
        for (const { name, links, routes } of state.namespaces) {
          const inside = links.map(one => one.name)
          expect(new Set(inside).size).toBe(inside.length)
          for (const one of links) {
            expect(one.name).toMatch(/^[A-Za-z0-9-]{1,15}$/)
            if (one.master !== undefined) expect(link(state, name, one.master).kind).toBe('bridge')
            if (one.kind === 'macvlan') expect(root.links.some(parent => parent.name === one.parent)).toBe(true)
            if (one.kind === 'veth') {
              expect(link(state, one.peer.namespace, one.peer.name)).toMatchObject({
                peer: { namespace: name, name: one.name },
              })
            }
            if (one.kind === 'wireguard') expect(names).toContain(one.birthplace)
          }
          for (const route of routes) expect(inside).toContain(route.link)
        }
        for (const service of state.services) expect(names).toContain(service.namespace)
      }),
    )
  })

  it('forwards explicitly wherever it translates addresses', () => {
    fc.assert(
      fc.property(configs, state => {
        for (const { nft, sysctls } of state.namespaces) {
          if (!nft.some(({ name }) => name === 'nat')) continue
          expect(sysctls).toMatchObject({ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' })
        }
      }),
    )
  })
})

describe('what stands on a node', () => {
  it('says which NICs it uses and which addresses its networks have', () => {
    const plain = { index: 1, up: true, carrier: true, mtu: 1500, addresses: [] }
    const observed = {
      services: [],
      namespaces: [
        {
          name: ROOT,
          marked: false,
          routes: [],
          sysctls: {},
          nft: [],
          links: [
            { ...plain, name: 'eth0', kind: 'device', master: 'zos' },
            { ...plain, name: 'tozos', kind: 'veth', master: 'zos', mark: 'veth:tozos' },
            { ...plain, name: 'eth1', kind: 'veth', master: 'br-pub' },
            { ...plain, name: 'p-vm', kind: 'tun', master: 'br-pub' },
          ],
        },
        {
          name: 'n-2gD4nhwZyigBh',
          marked: true,
          routes: [],
          sysctls: {},
          nft: [],
          links: [
            {
              ...plain,
              name: 'public',
              kind: 'macvlan',
              addresses: [{ cidr: '100.127.0.7/16', dynamic: false, tentative: false, scope: 'global' as const }],
            },
          ],
        },
      ],
    }
    expect(standingChoices(observed)).toEqual({
      uplink: 'eth0',
      exit: 'eth1',
      leases: new Map([['2gD4nhwZyigBh', '100.127.0.7']]),
    })
  })
})
