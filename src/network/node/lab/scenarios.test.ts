import { describe, expect, it } from '@jest/globals'

import { contains, parseCidr, parseEndpoint, parseIp } from '../../address/index.js'
import { drawScenario } from './draw.js'
import { findScenario, SCENARIOS } from './scenarios/index.js'

/** node-network.md, the layouts of homes and datacentres: a scenario for each of them, by label. */
const LABELS = [
  'nat4-only',
  'nat4-routed6',
  'nat4-firewalled6',
  'nat4-unknown6',
  'public4-only',
  'public6-only',
  'public-dual',
  'oob-split',
  'ha-candidate',
  'cgnat4-only',
  'ula6-only',
  'no-uplink',
]

describe('the scenarios', () => {
  it('have names of their own, and cover every kind of place', () => {
    const names = SCENARIOS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const labels = new Set(SCENARIOS.flatMap(({ nodes }) => nodes.map(({ expected }) => expected.label)))
    expect([...labels].sort()).toEqual([...LABELS].sort())
  })

  it('are found by name, and an unknown name is answered with the known ones', () => {
    expect(findScenario('two-nodes').nodes).toHaveLength(2)
    expect(() => findScenario('no such')).toThrow(
      expect.objectContaining({ code: 'NODE_NET_LAB', hint: expect.stringContaining('nat4-only, ') }),
    )
  })
})

describe.each(SCENARIOS.map(scenario => [scenario.name, scenario] as const))('%s', (_, scenario) => {
  const { segments, nodes, users } = scenario

  it('connects NICs to segments it has, and lets its nodes know their NICs', () => {
    const names = segments.map(({ name }) => name)
    for (const { nics, config } of nodes) {
      expect(names).toEqual(expect.arrayContaining(nics.map(({ segment }) => segment)))
      expect(config.nics).toEqual(nics.map(({ name }) => name))
      expect(config.duplicateAddressDetection).toBe(false)
    }
    const all = [...names, ...nodes.map(({ name }) => name), ...users.map(({ name }) => name)]
    expect(new Set(all).size).toBe(all.length)
    expect(new Set(nodes.map(({ config }) => config.node)).size).toBe(nodes.length)
  })

  it('gives out and keeps addresses of the segment', () => {
    for (const { name, ipv4 } of segments) {
      if (!ipv4) continue
      const range = parseCidr(ipv4.router)
      const kept = nodes.flatMap(({ nics }) => nics.flatMap(nic => (nic.segment === name ? (nic.reserved ?? []) : [])))
      for (const address of [...kept, ...(ipv4.dhcp ? [ipv4.dhcp.from, ipv4.dhcp.to] : [])]) {
        expect([address, contains(range, parseIp(address))]).toEqual([address, true])
      }
    }
  })

  it('expects an uplink and an exit among the NICs, and two different ones where there are two', () => {
    for (const { nics, expected } of nodes) {
      const names = nics.map(({ name }) => name)
      if (expected.uplink !== undefined) expect(names).toContain(expected.uplink)
      expect(expected.mode).toBe(expected.exit === undefined ? 'single' : 'dual')
      if (expected.exit !== undefined) expect(names.filter(name => name !== expected.uplink)).toContain(expected.exit)
      expect(expected.warnings).toEqual([...expected.warnings].sort())
    }
  })

  it('lets peers dial addresses that nodes have', () => {
    const public4 = nodes.flatMap(({ nics, config }) => [
      ...nics.flatMap(({ reserved }) => reserved ?? []),
      ...(config.public?.ipv4 === undefined ? [] : [config.public.ipv4.replace(/\/.*/, '')]),
    ])
    for (const { config } of nodes) {
      const endpoints = (config.networks ?? []).flatMap(({ data }) => data.peers.flatMap(peer => peer.endpoint || []))
      for (const endpoint of endpoints) expect(public4).toContain(parseEndpoint(endpoint).host)
    }
  })

  it('is drawn with every segment, NIC and user once', () => {
    const text = drawScenario(scenario).join('\n')
    const count = (what: string) => text.split(what).length - 1
    for (const { name, title } of segments) expect(count(`─ ${name}  ${title}`)).toBe(1)
    for (const node of nodes) for (const nic of node.nics) expect(count(`─ ${node.name} ${nic.name}`)).toBe(1)
    for (const { name, ipv4 } of users) expect(count(`─ ${name}  ${ipv4}`)).toBe(1)
  })
})

describe('the drawing', () => {
  it('shows who is connected to what', () => {
    expect(drawScenario(findScenario('exit-by-choice'))).toEqual([
      'internet  198.51.100.1, 2001:db8:ffff::1',
      '└─ router  198.51.100.2, 2001:db8:ffff::2',
      '   ├─ oob  private segment of a datacentre, behind NAT · 10.0.0.1/24, DHCP, NAT',
      '   │  └─ node1 eth0',
      '   └─ public  public segment, IPv4 by arrangement and no IPv6 · 203.0.113.1/24, no DHCP, routed',
      '      └─ node1 eth1  exit by choice',
    ])
  })
})
