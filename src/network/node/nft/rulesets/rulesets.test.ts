import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { listAfter, noNftReason } from '../../../../../test/support/throwaway-nft.js'
import { readNft } from '../read-json.js'
import { renderNft, renderNftDelete } from '../render-text.js'
import type { NftChain, NftTable, NftValue } from '../ruleset.js'
import { sortTables } from '../sort-values.js'
import { hostRuleset } from './host-ruleset.js'
import { ndmzRuleset } from './ndmz-ruleset.js'
import { networkRuleset } from './network-ruleset.js'
import { type PublicMachine, publicIpRuleset } from './public-ip-ruleset.js'
import { publicNamespaceRuleset } from './public-namespace-ruleset.js'

const MACHINE: PublicMachine = { tap: 'p-5D4Fvz53a3r4N', mac: '1a:8d:03:13:2d:3d', ipv4: '203.0.113.9' }
const WITH_IPV6: PublicMachine = { ...MACHINE, tap: 'p-2gD4nhwZyigBh', ipv6: true }

function render(tables: readonly NftTable[]): string {
  return tables.map(renderNft).join('')
}

function chainOf(tables: readonly NftTable[], table: string, name: string): NftChain {
  const found = tables.find(one => one.name === table)?.chains.find(one => one.name === name)
  if (found === undefined) throw new Error(`no chain ${name} in ${table}`)
  return found
}

/** The rules of a chain, each as text. */
function linesOf(tables: readonly NftTable[], table: string, name: string): readonly string[] {
  const { family } = tables[0] as NftTable
  const chain = chainOf(tables, table, name)
  const text = renderNft({ family, name: table, sets: [], chains: [chain] })
  return text.split('\n').flatMap(line => (line.startsWith('    ') ? [line.trim()] : []))
}

describe('the ruleset of ndmz', () => {
  const tables = ndmzRuleset({ uplinks: ['npub4', 'npub6'] })

  it('case 33: masquerades what leaves by an uplink, and drops what is new from one', () => {
    expect(linesOf(tables, 'nat', 'postrouting')).toEqual([
      'type nat hook postrouting priority 100; policy accept;',
      'ip6 saddr 200::/7 accept',
      'oifname "npub4" masquerade fully-random',
      'oifname "npub6" masquerade fully-random',
    ])
    expect(linesOf(tables, 'filter', 'forward')).toEqual([
      'type filter hook forward priority 0; policy accept;',
      'jump base-checks',
      'iifname "tonrs" oifname "tonrs" counter drop',
      'iifname "npub4" counter drop',
      'iifname "npub6" counter drop',
    ])
    expect(linesOf(tables, 'filter', 'base-checks')).toEqual([
      'ct state established,related accept',
      'ct state invalid drop',
    ])
  })

  it('takes from outside only what IPv6 and neighbouring Mycelium daemons need', () => {
    expect(linesOf(tables, 'filter', 'input')).toEqual([
      'type filter hook input priority 0; policy accept;',
      'jump base-checks',
      'meta l4proto ipv6-icmp accept',
      'ip6 saddr fe80::/64 udp dport 9650 accept',
      'ip6 saddr fe80::/64 tcp dport 9651 accept',
      'iifname "npub4" counter drop',
      'iifname "npub6" counter drop',
    ])
  })

  it('case 34: does not name an uplink that is not there', () => {
    expect(render(ndmzRuleset({ uplinks: ['npub4'] }))).not.toContain('npub6')
  })
})

describe('the ruleset of a network', () => {
  const tables = networkRuleset({ blockedPorts: [465, 25] })

  it('case 35: has the shape of that of ndmz, and opens no TCP port', () => {
    const shape = (all: readonly NftTable[]) =>
      all.map(({ family, name, chains }) => ({
        family,
        name,
        chains: chains.map(({ name, hook }) => ({ name, hook })),
      }))
    expect(shape(tables)).toEqual(shape(ndmzRuleset({ uplinks: ['public'] })))
    expect(linesOf(tables, 'nat', 'postrouting')).toEqual(
      linesOf(ndmzRuleset({ uplinks: ['public'] }), 'nat', 'postrouting'),
    )
    expect(linesOf(tables, 'filter', 'input')).toEqual([
      'type filter hook input priority 0; policy accept;',
      'jump base-checks',
      'icmpv6 type nd-neighbor-solicit accept',
      'icmpv6 type nd-neighbor-advert accept',
      'iifname "public" counter drop',
    ])
  })

  it('refuses mail at once', () => {
    expect(linesOf(tables, 'filter', 'forward')).toEqual([
      'type filter hook forward priority 0; policy accept;',
      'jump base-checks',
      'oifname "public" tcp dport @blocked-ports counter reject',
      'iifname "public" counter drop',
    ])
    expect(tables[0]?.sets).toEqual([{ name: 'blocked-ports', type: ['inet_service'], elements: [25, 465] }])
  })
})

describe('the ruleset of the node', () => {
  it('case 36: blocks the ports that are named for the bridges of networks, in a table of its own', () => {
    const tables = hostRuleset({ blockedPorts: [25] })
    expect(tables.map(table => `${table.family} ${table.name}`)).toEqual(['inet zos-host'])
    expect(tables[0]?.sets).toEqual([{ name: 'blocked-ports', type: ['inet_service'], elements: [25] }])
    expect(linesOf(tables, 'zos-host', 'forward')).toEqual([
      'type filter hook forward priority 0; policy accept;',
      'iifname "b-*" tcp dport @blocked-ports counter reject with tcp reset',
    ])
  })

  it.each([0, 65536, 2.5])('does not take %p for a port', port => {
    expect(() => hostRuleset({ blockedPorts: [port] })).toThrow(expect.objectContaining({ code: 'NODE_NET_PORT' }))
  })
})

describe('the ruleset of public addresses', () => {
  it('case 37: pins IPv4 and ARP to the machine, and drops all IPv6 of one that has none', () => {
    const tables = publicIpRuleset({ machines: [MACHINE] })
    expect(linesOf(tables, 'zos-public-ips', 'prerouting')).toEqual([
      'type filter hook prerouting priority -300; policy accept;',
      'iifname "p-5D4Fvz53a3r4N" jump p-5D4Fvz53a3r4N-pre',
    ])
    expect(linesOf(tables, 'zos-public-ips', 'p-5D4Fvz53a3r4N-pre')).toEqual([
      'ether saddr != 1a:8d:03:13:2d:3d counter drop',
      'udp sport 67 counter drop',
      'udp sport 547 counter drop',
      'ip saddr . ether saddr { 203.0.113.9 . 1a:8d:03:13:2d:3d } accept',
      'arp saddr ether 1a:8d:03:13:2d:3d arp saddr ip 203.0.113.9 accept',
      'counter drop',
    ])
    expect(linesOf(tables, 'zos-public-ips', 'p-5D4Fvz53a3r4N-post')).toEqual([
      'ip daddr . ether daddr { 203.0.113.9 . 1a:8d:03:13:2d:3d } accept',
      'ether type ip counter drop',
    ])
  })

  it('lets a machine with IPv6 use its own, find its neighbours, and be no router', () => {
    expect(
      linesOf(publicIpRuleset({ machines: [WITH_IPV6] }), 'zos-public-ips', 'p-2gD4nhwZyigBh-pre').slice(5),
    ).toEqual([
      'icmpv6 type nd-router-advert counter drop',
      'icmpv6 type nd-redirect counter drop',
      'icmpv6 type nd-neighbor-advert @th,128,32 != 411894783 counter drop',
      'icmpv6 type nd-neighbor-advert @th,160,32 != 4262669629 counter drop',
      'ip6 saddr & ::ffff:ffff:ffff:ffff == ::188d:3ff:fe13:2d3d accept',
      'ip6 saddr :: icmpv6 type nd-neighbor-solicit accept',
      'counter drop',
    ])
  })

  it.each<readonly [string, Partial<PublicMachine>, string]>([
    ['a hardware address that is none', { mac: '1a:8d' }, 'NODE_NET_ADDRESS'],
    ['an IPv6 address as IPv4', { ipv4: '2001:db8::1' }, 'NODE_NET_ADDRESS'],
    ['an address that is none', { ipv4: '203.0.113.9"; drop' }, 'INPUT_IP'],
    ['a tap that is none', { tap: 'p-"' }, 'NODE_NET_NAME'],
  ])('refuses %s', (_, part, code) => {
    expect(() => publicIpRuleset({ machines: [{ ...MACHINE, ...part }] })).toThrow(expect.objectContaining({ code }))
  })

  it('refuses two machines with one tap', () => {
    expect(() => publicIpRuleset({ machines: [MACHINE, MACHINE] })).toThrow(
      expect.objectContaining({ code: 'NODE_NET_NAME' }),
    )
  })
})

describe('names with quotes or newlines', () => {
  it.each(['npub4"', 'npub4\n', "npub4'", 'a b', '', 'b-*'])(
    'case 39: %p is refused before anything is rendered',
    name => {
      const refused = expect.objectContaining({ code: 'NODE_NET_NAME' })
      expect(() => ndmzRuleset({ uplinks: [name] })).toThrow(refused)
      expect(() => networkRuleset({ blockedPorts: [25], uplink: name })).toThrow(refused)
      expect(() => publicIpRuleset({ machines: [{ ...MACHINE, tap: name }] })).toThrow(refused)
      expect(() => renderNftDelete('inet', name)).toThrow(refused)
    },
  )
})

const noNft = noNftReason()
if (noNft !== undefined) it.skip(`nft lists what was rendered (${noNft})`, () => {})
const withNft = noNft === undefined ? describe : describe.skip

withNft('what nft lists', () => {
  const cases: readonly (readonly [string, readonly NftTable[]])[] = [
    ['ndmz', ndmzRuleset({ uplinks: ['npub4', 'npub6'] })],
    ['ndmz without uplinks', ndmzRuleset({ uplinks: [] })],
    ['a network', networkRuleset({ blockedPorts: [587, 25, 465, 25] })],
    ['a network without blocked ports', networkRuleset({ blockedPorts: [] })],
    ['the node', hostRuleset({ blockedPorts: [25] })],
    ['public addresses', publicIpRuleset({ machines: [WITH_IPV6, MACHINE] })],
    ['a machine with nothing', publicIpRuleset({ machines: [{ tap: 'tap0', mac: MACHINE.mac }] })],
    ['no public addresses', publicIpRuleset({ machines: [] })],
    ['the public namespace', publicNamespaceRuleset({ wireguardPorts: [3011, 1024] })],
  ]

  it.each(cases)('of %s is what was rendered, loaded once or twice', (_, tables) => {
    expect(readNft(listAfter(render(tables)))).toEqual(tables)
    expect(readNft(listAfter(render(tables), render(tables)))).toEqual(tables)
  })

  it('case 38: rendered again it is the same text', () => {
    for (const [, tables] of cases) {
      expect(render(tables)).toBe(render(tables))
      expect(render(readNft(listAfter(render(tables))))).toBe(render(tables))
    }
  })

  it('is the same after packets were counted, and another after a rule was added by hand', () => {
    const tables = ndmzRuleset({ uplinks: ['npub4'] })
    const text = render(tables)
    expect(readNft(listAfter(text.replaceAll('counter drop', 'counter packets 7 bytes 900 drop')))).toEqual(tables)
    for (const change of [
      'add rule inet filter input tcp dport 22 accept',
      'add rule inet filter input limit rate 5/second accept',
      'add set inet filter mine { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }',
      'add map inet filter mine { type ipv4_addr : verdict; }',
      'add counter inet filter mine',
      'add chain inet filter mine',
      'flush chain inet filter forward',
      'add chain inet filter forward { policy drop; }',
    ]) {
      expect(readNft(listAfter(text, change))).not.toEqual(tables)
      expect(readNft(listAfter(text, change, text))).toEqual(tables)
    }
  })

  it('leaves tables of others alone, and is nothing after it was deleted', () => {
    const foreign = 'table ip nat {\n chain mine {\n tcp dport 22 accept\n }\n}\ntable netdev x {\n}\n'
    const tables = ndmzRuleset({ uplinks: ['npub4'] })
    const before = readNft(listAfter(foreign))
    expect(before).toHaveLength(1)
    expect(readNft(listAfter(foreign, render(tables)))).toEqual(sortTables([...before, ...tables]))
    const deletions = tables.map(table => renderNftDelete(table.family, table.name)).join('')
    expect(readNft(listAfter(foreign, render(tables), deletions, deletions))).toEqual(before)
  })

  it('is what was rendered, whatever machines, ports and links there are', () => {
    const hex = fc.integer({ min: 0, max: 255 }).map(byte => byte.toString(16).padStart(2, '0'))
    const mac = fc.array(hex, { minLength: 5, maxLength: 5 }).map(rest => `02:${rest.join(':')}`)
    const name = fc
      .stringMatching(/^[a-zA-Z][a-zA-Z0-9.-]{0,9}$/)
      .filter(text => !['all', 'default', 'root'].includes(text))
    const machine = fc.record(
      { tap: name, mac, ipv4: fc.ipV4(), ipv6: fc.boolean() },
      { requiredKeys: ['tap', 'mac'] },
    ) as fc.Arbitrary<PublicMachine>
    const ports = fc.array(fc.integer({ min: 1, max: 65535 }), { maxLength: 8 })
    fc.assert(
      fc.property(
        fc.uniqueArray(machine, { selector: one => one.tap, maxLength: 4 }),
        ports,
        fc.uniqueArray(name, { maxLength: 3 }),
        (machines, ports, links) => {
          // One namespace holds all of them: tables of one name are renamed.
          const rename = (tables: readonly NftTable[], prefix: string) =>
            tables.map(table => ({ ...table, name: `${prefix}${table.name}` }))
          const tables = sortTables([
            ...publicIpRuleset({ machines }),
            ...hostRuleset({ blockedPorts: ports }),
            ...rename(networkRuleset({ blockedPorts: ports, uplink: links[0] ?? 'public' }), 'n'),
            ...rename(ndmzRuleset({ uplinks: links }), 'z'),
            ...publicNamespaceRuleset({ wireguardPorts: ports }),
          ])
          expect(readNft(listAfter(render(tables)))).toEqual(tables)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('is what was rendered for every kind of statement', () => {
    const iifname: NftValue = { meta: { key: 'iifname' } }
    const dport: NftValue = { payload: { protocol: 'tcp', field: 'dport' } }
    const rules: readonly (readonly NftValue[])[] = [
      [{ match: { op: '!=', left: iifname, right: 'lo' } }, { return: null }],
      [{ match: { op: '==', left: dport, right: { range: [10, 20] } } }, { goto: { target: 'other' } }],
      [{ match: { op: '>', left: dport, right: 1024 } }, { reject: { type: 'tcp reset' } }],
      [{ match: { op: '==', left: dport, right: { set: [22, 80] } } }, { counter: null }],
    ]
    const table: NftTable = {
      family: 'inet',
      name: 'every',
      sets: [],
      chains: [
        { name: 'one', rules: rules.map(statements => ({ statements })) },
        { name: 'other', rules: [] },
      ],
    }
    expect(readNft(listAfter(renderNft(table)))).toEqual([table])
  })
})
