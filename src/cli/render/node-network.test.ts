import { describe, expect, it } from '@jest/globals'

import { classifyLayout } from '../../network/node/decide/classify-layout.js'
import type { NicProbe } from '../../network/node/decide/probe.js'
import type { Applied, Explanation } from '../../network/node/node-network.js'
import { explanationLines, readinessLines } from './node-network.js'
import { displayWidth } from './text.js'

const ESCAPE = '\u001b'
const home: readonly NicProbe[] = [
  {
    nic: 'eth0',
    carrier: true,
    leases: [{ address: '192.168.1.50/24', router: '192.168.1.1' }],
    ipv6: ['2001:db8:3:0:9874:d2ff:feb9:dc36/64'],
    gateway6: 'fe80::1',
  },
  { nic: 'eth1', carrier: false, leases: [], ipv6: [] },
]
const explanation = (probes: readonly NicProbe[], more: Partial<Explanation> = {}): Explanation => ({
  layout: classifyLayout({ probes }),
  probes,
  missing: [],
  ...more,
})

const applied: Applied = {
  applied: [],
  attempts: 0,
  elapsedMs: 12.6,
  state: { namespaces: [], services: [] },
  choice: { uplink: 'eth0', exit: 'eth1', made: 'probed', reason: 'eth0 has a private gateway, 192.168.1.1' },
  readiness: {
    ipv4: { ready: true, address: '192.168.1.50/24', gateway: '192.168.1.1' },
    ipv6: { ready: false, address: '2001:db8::2/64' },
  },
}

describe('the explanation of a layout', () => {
  it('has the facts, what was found, and what to do', () => {
    const lines = explanationLines(explanation(home), plain())
    expect(lines).toEqual([
      'nat4-unknown6',
      '  uplink   eth0',
      '  exit     through eth0',
      '  mode     single',
      '  families IPv4 and IPv6',
      '  hidden   unknown',
      expect.stringMatching(/^ {2}why {6}IPv4 behind NAT, IPv6 that nobody has tried to reach: eth0 has/),
      '',
      '  NIC   cable  IPv4             router       IPv6                                 router6',
      '  eth0  yes    192.168.1.50/24  192.168.1.1  2001:db8:3:0:9874:d2ff:feb9:dc36/64  fe80::1',
      '  eth1  no',
      '',
      expect.stringMatching(/^ {2}run-inbound-test {2}Whether the IPv6 of this node/),
    ])
  })

  it.each([40, 80, 120])('keeps its sentences within %i columns', columns => {
    const lines = explanationLines(explanation(home), plain(columns))
    const sentences = lines.filter(line => !/NIC|eth\d {2}/.test(line))
    expect(sentences.length).toBeGreaterThan(8)
    for (const line of sentences) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })

  it('says what the machine lacks', () => {
    const missing = [{ capability: 'tap' as const, reason: `no /dev/net/tun${ESCAPE}[2J` }]
    const lines = explanationLines(explanation(home, { missing }), plain(80))
    expect(lines.slice(-2)).toEqual(['  this machine lacks', '  tap  no /dev/net/tun[2J'])
    expect(explanationLines(explanation(home), plain(80)).join()).not.toContain('lacks')
  })

  it('says when there is no way out', () => {
    const lines = explanationLines(explanation([]), plain(80))
    expect(lines.slice(0, 3)).toEqual(['no-uplink', '  uplink   none', '  exit     none'])
  })

  it('obeys nothing that a server has told', () => {
    const hostile = `fe80::1${ESCAPE}[2J\n\u202e`
    const probes = [{ ...(home[0] as NicProbe), gateway6: hostile }]
    const layout = { ...classifyLayout({ probes: home }), reason: hostile }
    const lines = explanationLines({ layout, probes, missing: [] }, plain(80))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/)
  })
})

describe('what came of an apply', () => {
  it('says what was done, and which family leads out', () => {
    expect(readinessLines(applied, plain())).toEqual([
      '✓ nothing was to do in 13 ms',
      '  uplink eth0, exit eth1  eth0 has a private gateway, 192.168.1.1',
      '  ✓ IPv4 192.168.1.50/24 through 192.168.1.1',
      '  … IPv6 2001:db8::2/64, no way out yet',
    ])
  })

  it('goes on below where the reason does not fit', () => {
    expect(readinessLines(applied, plain(50)).slice(1, 3)).toEqual([
      '  uplink eth0, exit eth1  eth0 has a private',
      '  gateway, 192.168.1.1',
    ])
  })
})

function plain(columns?: number) {
  return { colors: false, columns }
}
