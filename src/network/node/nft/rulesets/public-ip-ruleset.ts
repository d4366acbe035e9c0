/**
 * Machines with addresses on the public segment: each may use its own, and nobody else's.
 *
 * What a machine sends must come from its hardware address and from the addresses that belong to it; it answers ARP for
 * these only, and is neither a router nor a DHCP server. Over IPv6 it may use what its hardware address makes of any prefix:
 * which prefix the segment has is known only once a router has told, and link-local addresses, without which nobody finds
 * a neighbour, are made in the same way. A machine without IPv6 sends none. (The Go node leaves IPv6 open.)
 * Source: threefoldtech/zosbase pkg/network/public filter, chains r-NAME-pre and r-NAME-post.
 */
import { NodeNetworkError } from '../../../../errors/node-network.js'
import { canonicalIp, parseIpv6 } from '../../../address/index.js'
import { checkInterfaceName } from '../../decide/device-names.js'
import { eui64 } from '../../decide/network-addresses.js'
import type { NftChain, NftRule, NftTable, NftValue } from '../ruleset.js'
import { sortByName } from '../sort-values.js'
import { accept, at, chain, comesFrom, counter, drop, field, jump, leavesBy, match, rule } from './statements.js'

export interface PublicMachine {
  /** Its link on the bridge. */
  readonly tap: string
  readonly mac: string
  /** With or without prefix length. */
  readonly ipv4?: string
  readonly ipv6?: boolean
}

/** Before and after all that a bridge does. */
const FIRST = -300
const LAST = 300
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
const DHCP_SERVER_PORTS = [67, 547]
/** The half of an address that its owner chooses. */
const INTERFACE_ID = '::ffff:ffff:ffff:ffff'
const ROUTER_MESSAGES = ['nd-router-advert', 'nd-redirect']

/** @throws {NodeNetworkError} NODE_NET_NAME, NODE_NET_ADDRESS
 * @throws {InputError} INPUT_IP
 */
export function publicIpRuleset({ machines }: { readonly machines: readonly PublicMachine[] }): readonly NftTable[] {
  const sorted = sortByName(machines.map(machine => ({ ...machine, name: checkInterfaceName(machine.tap, 'the tap') })))
  const twice = sorted.find(({ tap }, index) => sorted[index + 1]?.tap === tap)
  if (twice !== undefined) {
    throw new NodeNetworkError('NODE_NET_NAME', `two machines have the tap ${twice.tap}`, {
      details: { reason: 'taken', name: twice.tap },
    })
  }
  const chains = [
    chain(
      'prerouting',
      sorted.map(({ tap }) => rule(comesFrom(tap), jump(`${tap}-pre`))),
      at('prerouting', FIRST),
    ),
    chain(
      'postrouting',
      sorted.map(({ tap }) => rule(leavesBy(tap), jump(`${tap}-post`))),
      at('postrouting', LAST),
    ),
    ...sorted.flatMap(machineChains),
  ]
  return [{ family: 'bridge', name: 'zos-public-ips', sets: [], chains: sortByName(chains) }]
}

function machineChains(machine: PublicMachine): readonly NftChain[] {
  const mac = machine.mac.toLowerCase()
  if (!MAC.test(mac)) {
    throw new NodeNetworkError('NODE_NET_ADDRESS', `${JSON.stringify(mac.slice(0, 60))} is no hardware address`, {
      where: machine.tap,
      details: { reason: 'mac' },
    })
  }
  const ipv4 = machine.ipv4 === undefined ? undefined : ipv4Of(machine.ipv4)
  const refuse = rule(counter, drop)
  return [
    chain(`${machine.tap}-pre`, [
      rule(match(field('ether', 'saddr'), mac, '!='), counter, drop),
      ...DHCP_SERVER_PORTS.map(port => rule(match(field('udp', 'sport'), port), counter, drop)),
      ...(ipv4 === undefined ? [] : fromIpv4(ipv4, mac)),
      ...(machine.ipv6 === true ? fromIpv6(mac) : []),
      refuse,
    ]),
    chain(`${machine.tap}-post`, [
      // Others' packets, which a bridge floods while it does not know where they go.
      ...(ipv4 === undefined ? [] : [rule(pair('daddr', ipv4, mac), accept)]),
      rule(match(field('ether', 'type'), 'ip'), counter, drop),
    ]),
  ]
}

function fromIpv4(ipv4: string, mac: string): readonly NftRule[] {
  const senderMac = match(field('arp', 'saddr ether'), mac)
  return [rule(pair('saddr', ipv4, mac), accept), rule(senderMac, match(field('arp', 'saddr ip'), ipv4), accept)]
}

function fromIpv6(mac: string): readonly NftRule[] {
  const interfaceId: NftValue = { '&': [field('ip6', 'saddr'), INTERFACE_ID] }
  // To ask whether an address is free, a machine speaks without one.
  const ask = rule(match(field('ip6', 'saddr'), '::'), match(field('icmpv6', 'type'), 'nd-neighbor-solicit'), accept)
  return [
    ...ROUTER_MESSAGES.map(type => rule(match(field('icmpv6', 'type'), type), counter, drop)),
    ...ownTarget(mac),
    rule(match(interfaceId, eui64('::/64', mac)), accept),
    ask,
  ]
}

/** An advertisement says where an address is: of others' addresses a machine must say nothing, from whichever of its own.
 *
 * nft calls the whole target by its name in newer versions only; the half that matters it shows as two numbers in all.
 */
function ownTarget(mac: string): readonly NftRule[] {
  const { buffer, byteOffset } = parseIpv6(eui64('::/64', mac))
  const address = new DataView(buffer, byteOffset)
  const advertisement = match(field('icmpv6', 'type'), 'nd-neighbor-advert')
  return [
    [128, address.getUint32(8)],
    [160, address.getUint32(12)],
  ].map(([offset, value]) => {
    const part: NftValue = { payload: { base: 'th', offset: offset as number, len: 32 } }
    return rule(advertisement, match(part, value as number, '!='), counter, drop)
  })
}

/** The address together with the hardware address that it belongs to. */
function pair(side: 'saddr' | 'daddr', ipv4: string, mac: string): NftValue {
  const left = { concat: [field('ip', side), field('ether', side)] }
  return match(left, { set: [{ concat: [ipv4, mac] }] })
}

function ipv4Of(text: string): string {
  const address = canonicalIp(text.split('/')[0] as string, 'the public IPv4 address')
  if (address.includes(':')) throw wrongFamily(text, 'IPv4')
  return address
}

function wrongFamily(text: string, family: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_ADDRESS', `${text} is not an ${family} address`, {
    details: { reason: 'family' },
  })
}
