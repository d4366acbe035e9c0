import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { probesArbitrary, shuffledProbes } from '../../../../test/properties/nic-probes.js'
import type { NicProbe } from './probe.js'
import { selectUplink, type UplinkTier } from './select-uplink.js'

function nic(name: string, probe: Partial<NicProbe> = {}): NicProbe {
  return { nic: name, carrier: true, leases: [], ipv6: [], ...probe }
}

function leased(name: string, address: string, router?: string): NicProbe {
  return nic(name, { leases: [{ address: `${address}/24`, ...(router === undefined ? {} : { router }) }] })
}

const PUBLIC = leased('eth1', '198.51.100.9', '198.51.100.1')

const NONE = undefined

// node-network.md §2.1: number, NICs, uplink, tier, what the Go node chooses.
type Case = readonly [string, readonly NicProbe[], string | undefined, UplinkTier | undefined, string | undefined]
const cases: readonly Case[] = [
  ['1: no NIC', [], NONE, NONE, NONE],
  [
    '2: two private leases: the lower address',
    [leased('eth0', '172.20.0.96', '172.20.0.1'), leased('eth1', '172.20.0.97', '172.20.0.1')],
    'eth0',
    'A',
    'eth0',
  ],
  [
    '3: private before public',
    [leased('eth0', '198.51.100.50', '198.51.100.1'), leased('eth1', '192.168.50.50', '192.168.50.1')],
    'eth1',
    'A',
    'eth1',
  ],
  ['4: a lease without a router leads nowhere', [leased('eth0', '10.0.0.5'), PUBLIC], 'eth1', 'B', 'eth1'],
  [
    '5: two public leases: the lower address',
    [leased('eth0', '203.0.113.9', '203.0.113.1'), PUBLIC],
    'eth1',
    'B',
    'eth1',
  ],
  [
    '6: lower as a number, not as a text',
    [leased('eth0', '10.0.0.10', '10.0.0.1'), leased('eth1', '10.0.0.9', '10.0.0.1')],
    'eth1',
    'A',
    'eth1',
  ],
  ['7: the NAT of a provider is not private', [leased('eth0', '100.64.3.4', '100.64.0.1')], 'eth0', 'B', 'eth0'],
  ['8: IPv6 alone is enough', [nic('eth0', { ipv6: ['2001:db8::5/64'], gateway6: 'fe80::1' })], 'eth0', 'C', NONE],
  [
    '9: a link-local next hop is judged by the prefix of the NIC',
    [nic('eth0', { ipv6: ['fd12::5/64'], gateway6: 'fe80::1' }), PUBLIC],
    'eth0',
    'A',
    'eth1',
  ],
  [
    '10: a port of something else is left there',
    [{ ...leased('eth0', '10.0.0.9', '10.0.0.1'), enslaved: true }, PUBLIC],
    'eth1',
    'B',
    'eth1',
  ],
  [
    '11: a link-local gateway counts as private',
    [leased('eth0', '169.254.7.7', '169.254.1.1'), PUBLIC],
    'eth0',
    'A',
    'eth0',
  ],
]

describe('the uplink', () => {
  it.each(cases)('case %s', (_, probes, winner, tier) => {
    const choice = selectUplink(probes)
    expect(choice).toMatchObject(winner === undefined ? { error: 'no-default-gateway' } : { nic: winner, tier })
    expect(choice.reason).not.toBe('')
  })

  it.each(cases)('as the Go node chooses, case %s', (_, probes, __, ___, winner) => {
    const choice = selectUplink(probes, { compatible: true })
    expect('nic' in choice ? choice.nic : NONE).toBe(winner)
  })

  it('says why', () => {
    const reason = (...probes: NicProbe[]) => selectUplink(probes).reason
    expect(reason(leased('eth0', '10.0.0.9', '10.0.0.1'))).toBe('eth0 has a private gateway, 10.0.0.1')
    expect(reason(PUBLIC, leased('eth0', '203.0.113.9', '203.0.113.1'))).toBe(
      'no NIC has a private gateway; eth1 has a public one, 198.51.100.1, and of 2 such NICs the lowest address, 198.51.100.9',
    )
    expect(reason()).toBe('there is no NIC')
    expect(reason(nic('eth10'), nic('eth2'))).toBe(
      'neither DHCP nor router advertisements name a gateway on eth2, eth10',
    )
    expect(reason(nic('eth0', { carrier: false }))).toBe('no NIC has both a cable and nothing else that uses it')
  })

  it.each([
    ['a NIC whose cable was pulled is not used, whatever it had', [{ ...PUBLIC, carrier: false }], undefined],
    ['an IPv6 gateway is no way without an address', [nic('eth0', { gateway6: 'fe80::1' })], undefined],
    ['a ULA gateway is private', [nic('eth0', { ipv6: ['2001:db8::5/64'], gateway6: 'fd00::1' }), PUBLIC], 'eth0'],
    [
      'the name decides last',
      [leased('eth10', '10.0.0.9', '10.0.0.1'), leased('eth9', '10.0.0.9', '10.0.0.1')],
      'eth9',
    ],
  ])('%s', (_, probes, winner) => {
    expect(selectUplink(probes)).toMatchObject(winner === undefined ? { error: 'no-default-gateway' } : { nic: winner })
  })

  it('refuses what is no address', () => {
    expect(() => selectUplink([leased('eth0', '10.0.0', '10.0.0.1')])).toThrow(
      expect.objectContaining({ code: 'INPUT_CIDR' }),
    )
  })
})

describe('whatever NICs there are', () => {
  const winnerOf = (probes: readonly NicProbe[], compatible: boolean) => {
    const choice = selectUplink(probes, { compatible })
    return 'nic' in choice ? choice : undefined
  }

  it('their order does not matter', () => {
    fc.assert(
      fc.property(shuffledProbes, fc.boolean(), ([probes, shuffled], compatible) => {
        expect(selectUplink(shuffled, { compatible })).toEqual(selectUplink(probes, { compatible }))
      }),
    )
  })

  it('the uplink has a gateway, a cable, and is free', () => {
    fc.assert(
      fc.property(probesArbitrary, fc.boolean(), (probes, compatible) => {
        const choice = winnerOf(probes, compatible)
        const usable = probes.filter(
          probe =>
            probe.carrier &&
            probe.enslaved !== true &&
            (probe.leases.some(lease => lease.router !== undefined) ||
              (!compatible && probe.gateway6 !== undefined && probe.ipv6.length > 0)),
        )
        if (choice === undefined) expect(usable).toEqual([])
        else expect(usable.map(probe => probe.nic)).toContain(choice.nic)
      }),
    )
  })

  it('a lower tier never wins over a higher one, and losers can go without changing the winner', () => {
    fc.assert(
      fc.property(probesArbitrary, fc.boolean(), (probes, compatible) => {
        const choice = winnerOf(probes, compatible)
        for (const probe of probes) {
          const alone = winnerOf([probe], compatible)
          if (alone !== undefined) expect(choice && choice.tier <= alone.tier).toBe(true)
          if (probe.nic === choice?.nic) continue
          const rest = winnerOf(
            probes.filter(other => other !== probe),
            compatible,
          )
          expect([rest?.nic, rest?.tier]).toEqual([choice?.nic, choice?.tier])
        }
      }),
    )
  })
})
