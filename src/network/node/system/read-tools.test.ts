import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { readBatch } from './read-ip-json.js'
import { readLinks } from './read-links.js'
import { readRoutes } from './read-routes.js'
import { readNetconf, readSysctls } from './read-sysctls.js'
import { readVlans } from './read-vlans.js'
import { readWireguard } from './read-wireguard.js'

const MACVLAN = {
  ifindex: 2,
  link_index: 7,
  ifname: 'npub4',
  flags: ['BROADCAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  link_type: 'ether',
  address: '2e:e4:a0:bb:ab:dd',
  link_netnsid: 0,
  linkinfo: { info_kind: 'macvlan', info_data: { mode: 'bridge' } },
  ifalias: 'zos:macvlan:npub4',
  addr_info: [
    {},
    { family: 'inet', local: '10.1.2.1', prefixlen: 24, scope: 'global', dynamic: true },
    { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', tentative: true },
  ],
}

describe('links as ip prints them', () => {
  it('are read with mark, addresses and where to look for the link below', () => {
    expect(readLinks('ip', [{}, MACVLAN])).toEqual([
      {
        alias: 'zos:macvlan:npub4',
        lower: { index: 7, netnsId: 0 },
        link: {
          name: 'npub4',
          index: 2,
          kind: 'macvlan',
          mark: 'macvlan:npub4',
          up: true,
          carrier: true,
          mac: '2e:e4:a0:bb:ab:dd',
          mtu: 1500,
          addresses: [
            { cidr: '10.1.2.1/24', dynamic: true, tentative: false, scope: 'global' },
            { cidr: 'fe80::1/64', dynamic: false, tentative: true, scope: 'link' },
          ],
        },
      },
    ])
  })

  it.each([
    ['links[0].ifname', { ...MACVLAN, ifname: 7 }],
    ['links[0].mtu', { ...MACVLAN, mtu: '1500' }],
    ['links[0].flags', { ...MACVLAN, flags: 'UP' }],
    ['links[0].linkinfo', { ...MACVLAN, linkinfo: [] }],
    ['links[0].addr_info[0].local', { ...MACVLAN, addr_info: [{ family: 'inet', prefixlen: 24, scope: 'link' }] }],
  ])('say where they are not understood: %s', (where, link) => {
    expect(() => readLinks('ip', [link])).toThrow(expect.objectContaining({ code: 'NODE_NET_OBSERVE', where }))
  })
})

describe('routes as ip prints them', () => {
  it('are those of the main table, of both families, each next hop for itself', () => {
    const routes = readRoutes('ip', [
      { type: 'unicast', dst: 'default', gateway: '10.1.2.9', dev: 'a', table: 'main', protocol: 'static' },
      { dst: 'default', gateway: 'fe80::9', dev: 'a', protocol: 'ra', metric: 1024, pref: 'medium' },
      { dst: '10.9.9.9', dev: 'a', protocol: 'static', scope: 'link' },
      { type: 'local', dst: '10.1.2.1', dev: 'a', table: 'local', protocol: 'kernel' },
      { dst: 'fd11::/64', protocol: 'static', metric: 5, nexthops: [{ gateway: 'fe80::1', dev: 'a' }, { dev: 'b' }] },
      {},
    ])
    expect(routes).toEqual([
      { to: '0.0.0.0/0', via: '10.1.2.9', link: 'a', family: 4, protocol: 'static' },
      { to: '::/0', via: 'fe80::9', link: 'a', metric: 1024, family: 6, protocol: 'ra' },
      { to: '10.9.9.9/32', link: 'a', family: 4, protocol: 'static' },
      { to: 'fd11::/64', via: 'fe80::1', link: 'a', metric: 5, family: 6, protocol: 'static' },
      { to: 'fd11::/64', link: 'b', metric: 5, family: 6, protocol: 'static' },
    ])
  })
})

describe('other tools', () => {
  it('tell forwarding, sysctls with tabs, and VLANs in ranges', () => {
    const netconf = [
      { family: 'inet', interface: 'all', forwarding: true },
      { family: 'inet6', interface: 'eth0', forwarding: false },
    ]
    expect(Object.fromEntries(readNetconf('ip', netconf))).toEqual({
      'net.ipv4.ip_forward': '1',
      'net.ipv4.conf.all.forwarding': '1',
      'net.ipv6.conf.eth0.forwarding': '0',
    })
    expect(readSysctls('net.ipv4.ping_group_range = 0\t10\n').get('net.ipv4.ping_group_range')).toBe('0 10')
    const vlans = [
      {
        ifname: 'eth0',
        vlans: [
          { vlan: 1, flags: ['PVID', 'Egress Untagged'] },
          { vlan: 5, vlanEnd: 6 },
        ],
      },
    ]
    expect(readVlans('bridge', vlans).get('eth0')).toEqual([
      { id: 1, pvid: true, untagged: true },
      { id: 5, pvid: false, untagged: false },
      { id: 6, pvid: false, untagged: false },
    ])
  })

  it('tell WireGuard devices, of which no private key is kept', () => {
    const dump =
      'w-a\tPRIVATE=\tPUBLIC=\t3011\toff\n' +
      'w-a\tPEER=\tPRESHARED=\t1.2.3.4:5\t10.2.0.0/16,10.1.0.0/16\t0\t0\t0\t20\n' +
      'w-a\tOTHER=\t(none)\t(none)\t(none)\t0\t0\t0\toff\n'
    const devices = readWireguard('wg', dump)
    expect(devices.get('w-a')).toEqual({
      publicKey: 'PUBLIC=',
      listenPort: 3011,
      peers: [
        { publicKey: 'PEER=', endpoint: '1.2.3.4:5', allowedIps: ['10.1.0.0/16', '10.2.0.0/16'], keepaliveSeconds: 20 },
        { publicKey: 'OTHER=', allowedIps: [], keepaliveSeconds: 0 },
      ],
    })
    expect(JSON.stringify([...devices])).not.toMatch(/PRIVATE|PRESHARED/)
    for (const bad of ['one field', 'w\tA\tB\tport\toff', 'w-b\tP\t(none)\t(none)\t(none)\t0\t0\t0\toff']) {
      expect(() => readWireguard('wg', bad)).toThrow(expect.objectContaining({ code: 'NODE_NET_OBSERVE' }))
    }
  })

  it('may print anything: it is read, or the error is typed', () => {
    const readers = [readLinks, readRoutes, readNetconf, readVlans]
    const field = fc.constantFrom(
      'ifname',
      'flags',
      'linkinfo',
      'addr_info',
      'dst',
      'dev',
      'nexthops',
      'vlans',
      'family',
      'interface',
      'forwarding',
    )
    const document = fc.array(
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(field, fc.jsonValue({ maxDepth: 2 }))),
    )
    fc.assert(
      fc.property(fc.constantFrom(...readers), document, (read, value) => {
        try {
          read('ip', value)
        } catch (error) {
          expect(error).toMatchObject({ code: 'NODE_NET_OBSERVE' })
        }
      }),
    )
    for (const stdout of ['', '[]', '[]\n[]\n[]', '[}\n[]']) {
      expect(() => readBatch('ip', stdout, 2)).toThrow(expect.objectContaining({ code: 'NODE_NET_OBSERVE' }))
    }
  })
})
