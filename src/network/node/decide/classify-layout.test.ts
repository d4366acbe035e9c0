import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { probesArbitrary, shuffledProbes } from '../../../../test/properties/nic-probes.js'
import { chooseExit } from './choose-exit.js'
import { classifyLayout, type Layout, type LayoutFacts } from './classify-layout.js'
import type { NicProbe, WarningCode } from './probe.js'

type Part = Partial<NicProbe>

const private4: Part = { leases: [{ address: '192.168.1.20/24', router: '192.168.1.1' }] }
const public4: Part = { leases: [{ address: '198.51.100.20/24', router: '198.51.100.1' }] }
const cgnat4: Part = { leases: [{ address: '100.64.3.4/10', router: '100.64.0.1' }] }
const global6: Part = { ipv6: ['2001:db8:1::20/64'], gateway6: 'fe80::1' }
const ula6: Part = { ipv6: ['fd12::20/64'], gateway6: 'fe80::1' }

function nic(name: string, ...parts: readonly Part[]): NicProbe {
  return Object.assign({ nic: name, carrier: true, leases: [], ipv6: [] }, ...parts) as NicProbe
}

const home = nic('eth0', private4, global6)
const oneRouter: Part = { routerMacs: ['52:54:00:00:00:01'] }
const sameSegment = [
  nic('eth0', private4, oneRouter),
  nic('eth1', { leases: [{ address: '192.168.1.21/24', router: '192.168.1.1' }] }, oneRouter),
]

type Expected = Partial<Omit<Layout, 'warnings'>> & { readonly codes: readonly WarningCode[] }
type Case = readonly [number, string, LayoutFacts, Expected]

// node-network.md §2.5
const cases: readonly Case[] = [
  [
    40,
    'private IPv4',
    { probes: [nic('eth0', private4)] },
    { uplink: 'eth0', mode: 'single', stack: 'v4', hidden: 'yes', label: 'nat4-only', codes: [] },
  ],
  [
    41,
    'private IPv4, IPv6 open',
    { probes: [home], inboundIpv6: 'open' },
    { mode: 'single', stack: 'dual', hidden: 'no', label: 'nat4-routed6', codes: [] },
  ],
  [
    42,
    'private IPv4, IPv6 closed',
    { probes: [home], inboundIpv6: 'closed' },
    { mode: 'single', stack: 'dual', hidden: 'yes', label: 'nat4-firewalled6', codes: [] },
  ],
  [
    43,
    'private IPv4, IPv6 that nobody tried',
    { probes: [home] },
    { mode: 'single', stack: 'dual', hidden: 'unknown', codes: ['run-inbound-test'] },
  ],
  [
    44,
    'public IPv4',
    { probes: [nic('eth0', public4)] },
    { mode: 'single', stack: 'v4', hidden: 'no', label: 'public4-only', codes: ['no-ipv6'] },
  ],
  [
    45,
    'global IPv6',
    { probes: [nic('eth0', global6)], inboundIpv6: 'open' },
    { mode: 'single', stack: 'v6', hidden: 'no', label: 'public6-only', codes: ['ipv4-workloads-cannot-egress'] },
  ],
  [
    46,
    'public IPv4 and IPv6',
    { probes: [nic('eth0', public4, global6)] },
    { mode: 'single', stack: 'dual', hidden: 'no', label: 'public-dual', codes: [] },
  ],
  [
    47,
    'a private and a public segment',
    { probes: [nic('eth0', private4), nic('eth1', public4, global6)], inboundIpv6: 'open' },
    { uplink: 'eth0', exit: 'eth1', mode: 'dual', stack: 'dual', hidden: 'no', label: 'oob-split', codes: [] },
  ],
  [
    48,
    'a second NIC that shows nothing, without a choice',
    { probes: [nic('eth0', private4), nic('eth1')], publicConfig: true },
    { uplink: 'eth0', mode: 'single', stack: 'v4', label: 'nat4-only', codes: ['exit-not-chosen'] },
  ],
  [
    48,
    'a second NIC that shows nothing, chosen',
    { probes: [nic('eth0', private4), nic('eth1')], publicConfig: true, exitNic: 'eth1' },
    { uplink: 'eth0', exit: 'eth1', mode: 'dual', stack: 'v4', hidden: 'no', label: 'oob-split', codes: [] },
  ],
  [
    49,
    'two cables into one segment',
    { probes: sameSegment },
    { uplink: 'eth0', mode: 'single', stack: 'v4', label: 'ha-candidate', codes: ['bonding-unsupported'] },
  ],
  [
    50,
    'a public and a private segment',
    { probes: [nic('eth0', public4, global6), nic('eth1', private4)], inboundIpv6: 'open' },
    { uplink: 'eth1', exit: 'eth0', mode: 'dual', stack: 'dual', label: 'oob-split', codes: [] },
  ],
  [
    50,
    'a public segment without IPv6, and a private one',
    { probes: [nic('eth0', public4), nic('eth1', private4)] },
    { uplink: 'eth1', exit: 'eth0', mode: 'dual', stack: 'v4', label: 'oob-split', codes: [] },
  ],
  [
    51,
    'two possible exits',
    { probes: [nic('eth0', private4), nic('eth10', global6), nic('eth2', global6)], inboundIpv6: 'open' },
    { uplink: 'eth0', exit: 'eth2', mode: 'dual', label: 'oob-split', codes: ['exit-ambiguous'] },
  ],
  [
    52,
    'a public VLAN where the exit has a NIC of its own',
    { probes: [nic('eth0', private4), nic('eth1', global6)], vlans: { public: 304 }, inboundIpv6: 'open' },
    { exit: 'eth1', mode: 'dual', codes: ['public-vlan-ignored'] },
  ],
  [
    53,
    'the NAT of a provider',
    { probes: [nic('eth0', cgnat4)] },
    { mode: 'single', stack: 'v4', hidden: 'yes', label: 'cgnat4-only', codes: [] },
  ],
  [
    54,
    'no gateway',
    { probes: [nic('eth0')] },
    { mode: 'single', stack: 'none', hidden: 'unknown', label: 'no-uplink', retry: true, codes: ['no-uplink'] },
  ],
]

describe('the layout', () => {
  it.each(cases)('case %i: %s', (_, __, facts, { codes, ...expected }) => {
    const layout = classifyLayout(facts)
    expect(layout).toMatchObject(expected)
    expect(layout.warnings.map(warning => warning.code)).toEqual(codes)
    if (expected.mode === 'single') expect(layout).not.toHaveProperty('exit')
    if (expected.label !== 'no-uplink') expect(layout).not.toHaveProperty('retry')
  })

  it.each<readonly [string, LayoutFacts, Expected]>([
    [
      'private IPv6 alone',
      { probes: [nic('eth0', ula6)] },
      { stack: 'v6', hidden: 'yes', label: 'ula6-only', codes: ['ipv4-workloads-cannot-egress'] },
    ],
    [
      'private IPv6 beside public IPv4 is no IPv6',
      { probes: [nic('eth0', { ...public4, ipv6: ['fd12::20/64'] })] },
      { stack: 'v4', hidden: 'no', label: 'public4-only', codes: ['no-ipv6'] },
    ],
    [
      'a public address with a private gateway, as some providers route it',
      { probes: [nic('eth0', { leases: [{ address: '198.51.100.20/32', router: '172.31.1.1' }] })] },
      { stack: 'v4', hidden: 'no', label: 'public4-only', codes: ['no-ipv6'] },
    ],
    [
      'a public configuration on the only segment is believed',
      { probes: [nic('eth0', private4)], publicConfig: true },
      { mode: 'single', hidden: 'no', label: 'nat4-only', codes: [] },
    ],
    [
      'the public VLAN of a single NIC is used',
      { probes: [nic('eth0', private4)], vlans: { public: 304 } },
      { mode: 'single', codes: [] },
    ],
    [
      'one router address on two ranges is a switch with two VLANs',
      { probes: [nic('eth0', private4, oneRouter), nic('eth1', global6, oneRouter)], inboundIpv6: 'open' },
      { mode: 'dual', exit: 'eth1', label: 'oob-split', codes: [] },
    ],
    [
      'two cables into one segment that has IPv6 are no split',
      { probes: sameSegment.map((probe, i) => ({ ...probe, ipv6: [`2001:db8::${i + 1}/64`] })), inboundIpv6: 'closed' },
      { mode: 'single', uplink: 'eth0', label: 'ha-candidate', codes: ['bonding-unsupported'] },
    ],
    [
      'an uplink that the farmer names wins over the rule',
      { probes: [nic('eth0', private4), nic('eth1', public4)], uplinkNic: 'eth1' },
      { uplink: 'eth1', mode: 'single', label: 'public4-only', codes: ['no-ipv6'] },
    ],
    [
      'a named uplink without a way out is no uplink',
      { probes: [nic('eth0', private4), nic('eth1')], uplinkNic: 'eth1' },
      { label: 'no-uplink', retry: true, codes: ['uplink-unusable', 'no-uplink'] },
    ],
    [
      'the uplink named as exit too',
      { probes: [nic('eth0', private4), nic('eth1', global6)], exitNic: 'eth0' },
      { mode: 'single', codes: [] },
    ],
    [
      'a named exit that is not there',
      { probes: [nic('eth0', private4)], exitNic: 'eth7' },
      { mode: 'single', codes: ['exit-unusable'] },
    ],
    [
      'a named exit that belongs to something else',
      { probes: [nic('eth0', private4), nic('eth1', { enslaved: true })], exitNic: 'eth1' },
      { mode: 'single', codes: ['exit-unusable'] },
    ],
    [
      'a named exit without a cable is used when the cable comes',
      { probes: [nic('eth0', private4), nic('eth1', { carrier: false })], exitNic: 'eth1' },
      { mode: 'dual', exit: 'eth1', codes: ['exit-no-carrier'] },
    ],
  ])('%s', (_, facts, { codes, ...expected }) => {
    const layout = classifyLayout(facts)
    expect(layout).toMatchObject(expected)
    expect(layout.warnings.map(warning => warning.code)).toEqual(codes)
  })
})

describe('whatever NICs there are', () => {
  const factsArbitrary = fc.record(
    {
      inboundIpv6: fc.constantFrom('open' as const, 'closed' as const),
      publicConfig: fc.boolean(),
      exitNic: fc.constantFrom('eth0', 'eth1', 'nothing'),
      uplinkNic: fc.constantFrom('eth0', 'eth1', 'nothing'),
      vlans: fc.constant({ public: 304 }),
    },
    { requiredKeys: [] },
  )

  it('their order does not matter', () => {
    fc.assert(
      fc.property(shuffledProbes, factsArbitrary, ([probes, shuffled], facts) => {
        const layout = classifyLayout({ ...facts, probes } as LayoutFacts)
        expect(classifyLayout({ ...facts, probes: shuffled } as LayoutFacts)).toEqual(layout)
      }),
    )
  })

  it('the layout does not contradict itself', () => {
    fc.assert(
      fc.property(probesArbitrary, factsArbitrary, (probes, facts) => {
        const layout = classifyLayout({ ...facts, probes } as LayoutFacts)
        const codes = layout.warnings.map(warning => warning.code)
        expect(layout.exit === undefined).toBe(layout.mode === 'single')
        expect(layout.exit).not.toBe(layout.uplink ?? 'none')
        expect(layout.retry === true).toBe(layout.label === 'no-uplink')
        expect(layout.uplink === undefined).toBe(layout.label === 'no-uplink')
        expect(layout.stack === 'none').toBe(layout.label === 'no-uplink')
        expect(codes.includes('run-inbound-test')).toBe(layout.hidden === 'unknown' && layout.uplink !== undefined)
        expect(new Set(codes).size).toBe(codes.length)
        for (const { message } of layout.warnings) expect(message).toMatch(/^[A-Z].*\.$|^[a-z0-9]+ and .*\.$/)
      }),
    )
  })

  it('the exit is none but the uplink, the same for every order, and the only one of its name', () => {
    fc.assert(
      fc.property(shuffledProbes, ([probes, shuffled]) => {
        const exit = chooseExit(probes, 'eth0')
        expect(chooseExit(shuffled, 'eth0')).toEqual(exit)
        expect(exit.nic).not.toBe('eth0')
        expect(exit.mode).toBe(exit.nic === undefined ? 'single' : 'dual')
      }),
    )
  })
})
