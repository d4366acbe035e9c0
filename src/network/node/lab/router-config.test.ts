import { describe, expect, it } from '@jest/globals'

import { dnsmasqConfig, routerRules, routesBack, serves } from './router-config.js'
import type { SegmentSpec } from './scenario.js'

const HOME: SegmentSpec = {
  name: 'home',
  title: 'home',
  ipv4: { router: '192.168.1.1/25', dhcp: { from: '192.168.1.50', to: '192.168.1.99', gateway: false }, nat: true },
  ipv6: { router: '2001:db8:3::1/64', advertise: 'prefix', inbound: 'closed' },
}
const ISLAND: SegmentSpec = {
  name: 'island',
  title: 'island',
  ipv6: { router: 'fd12::1/64', advertise: 'nothing', inbound: 'open' },
}
const PUBLIC: SegmentSpec = { name: 'public', title: 'public', ipv4: { router: '203.0.113.1/24', nat: false } }

const ALL = [HOME, ISLAND, PUBLIC]

const config = (dhcp: boolean, advertisements: boolean, leaseSeconds?: number) =>
  dnsmasqConfig({
    segments: ALL,
    served: { dhcp, advertisements, ...(leaseSeconds === undefined ? {} : { leaseSeconds }) },
    reservations: [{ mac: '02:00:00:00:00:01', ipv4: '192.168.1.7' }],
  }).split('\n')

describe('the configuration of the DHCP server', () => {
  it('speaks on segments with leases or advertisements only', () => {
    expect(config(true, true).filter(line => line.startsWith('interface='))).toEqual(['interface=home'])
    expect(config(true, true)).toEqual(expect.arrayContaining(['port=0', 'except-interface=wan', 'enable-ra']))
  })

  it('names no router where leases have none', () => {
    expect(config(true, true)).toEqual(
      expect.arrayContaining([
        'dhcp-range=set:home,192.168.1.50,192.168.1.99,255.255.255.128,3600',
        'dhcp-option=tag:home,option:router',
        'dhcp-host=02:00:00:00:00:01,192.168.1.7',
      ]),
    )
  })

  it('advertises a prefix without a way out as a router that is none', () => {
    expect(config(true, true)).toEqual(
      expect.arrayContaining(['dhcp-range=2001:db8:3::,ra-only,64', 'ra-param=home,0,0']),
    )
  })

  it('has leases or advertisements alone, and leases of another length', () => {
    expect(config(false, true).filter(line => line.startsWith('dhcp-range='))).toEqual([
      'dhcp-range=2001:db8:3::,ra-only,64',
    ])
    const leases = config(true, false, 120)
    expect(leases).not.toContain('enable-ra')
    expect(leases.filter(line => line.startsWith('dhcp-range='))).toEqual([
      'dhcp-range=set:home,192.168.1.50,192.168.1.99,255.255.255.128,120',
    ])
    expect(serves([PUBLIC, ISLAND], { dhcp: true, advertisements: true })).toBe(false)
    expect(serves([HOME], { dhcp: false, advertisements: true })).toBe(true)
  })

  it('answers names when it is asked to', () => {
    const names = { 'hub.grid.tf': '198.51.100.1' }
    const text = dnsmasqConfig({ segments: [], served: { dhcp: true, advertisements: true }, reservations: [], names })
    expect(text.split('\n')).toEqual(expect.arrayContaining(['port=53', 'address=/hub.grid.tf/198.51.100.1']))
  })
})

describe("the router's rules", () => {
  it('hide what is behind NAT, and let in nothing that was not asked for where it is closed', () => {
    const lines = routerRules(ALL).split('\n')
    expect(lines.filter(line => line.includes('masquerade'))).toEqual([
      'ip saddr 192.168.1.0/25 oifname != "home" masquerade',
    ])
    expect(lines.filter(line => line.includes('drop'))).toEqual([
      'iifname != "home" oifname "home" meta nfproto ipv4 drop',
      'iifname != "home" oifname "home" meta nfproto ipv6 drop',
    ])
  })
})

describe('the Internet', () => {
  it('knows the way to public ranges, and to no private one', () => {
    expect(routesBack(ALL)).toEqual([
      'route add 2001:db8:3::/64 via 2001:db8:ffff::2',
      'route add 203.0.113.0/24 via 198.51.100.2',
    ])
  })
})
