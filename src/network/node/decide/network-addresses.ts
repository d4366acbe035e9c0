/** The addresses of a user's network on this node, and which ones it cannot have. */
import { fromHex } from '../../../core/hex.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import {
  type Cidr,
  contains,
  formatCidr,
  formatIp,
  hostAt,
  isPrivate,
  machineAddressBehind,
  myceliumGateway,
  networkIpv6,
  networkOf,
  overlaps,
  parseCidr,
  parseIp,
  parseNodeSubnet,
  wireguardAddress,
} from '../../address/index.js'

/** The machines' way out. @example networkGateway('10.1.2.0/24') // '10.1.2.1' */
export function networkGateway(subnet: string): string {
  return formatIp(hostAt(parseNodeSubnet(subnet), 1))
}

/** The address with which the network is among its routers. @example networkWireguard('10.3.1.0/24') // '100.64.3.1/16' */
export function networkWireguard(subnet: string): string {
  parseNodeSubnet(subnet)
  return `${wireguardAddress(subnet)}/16`
}

/** The private IPv6 that goes with an IPv4 address of the network, with the length of the network's own range.
 *
 * @example networkUla('2gD4nhwZyigBh', '10.1.2.77') // 'fd32:6744:346e:2::4d/64'
 */
export function networkUla(id: string, address: string): string {
  return `${networkIpv6(id, address)}/64`
}

/** @param address any of the /64 of the network's Mycelium key @example '3b4:ca67:822d:b0c1::1/64' */
export function networkMyceliumGateway(address: string): string {
  return `${myceliumGateway(address)}/64`
}

/** @param seed 6 bytes @throws {InputError} INPUT_SEED, INPUT_IP */
export function networkMyceliumMachine(address: string, seed: Uint8Array): string {
  return `${machineAddressBehind(address, seed)}/64`
}

/** An address that a machine may have in the network.
 *
 * @returns it in canonical form
 * @throws {InputError} INPUT_IP
 * @throws {NodeNetworkError} NODE_NET_ADDRESS; `details.reason` is `outside-subnet` or `reserved`
 */
export function checkMachineIp(subnet: string, ip: string): string {
  const range = parseNodeSubnet(subnet)
  const address = parseIp(ip, "the machine's address")
  if (!contains(range, address)) {
    throw refused('outside-subnet', `the machine's address ${ip} is not in ${formatCidr(range)}`, HINT_MACHINE)
  }
  const host = address.value & 0xffn
  if (host <= 1n || host === 0xffn) {
    const whose = { 0: "the subnet's own", 1: 'the gateway', 255: 'for broadcasts' }[Number(host)]
    throw refused('reserved', `the machine cannot have ${ip}, which is ${whose}`, HINT_MACHINE)
  }
  return formatIp(address)
}

/** The address that a machine gives itself on a segment (RFC 4291, appendix A).
 *
 * @param prefix a /64
 * @throws {InputError|NodeNetworkError} INPUT_CIDR, INPUT_HEX; NODE_NET_ADDRESS with `details.reason` `prefix`
 * @example eui64('2a02:1802:5e::/64', '1a:8d:03:13:2d:3d') // '2a02:1802:5e:0:188d:3ff:fe13:2d3d'
 */
export function eui64(prefix: string, mac: string): string {
  const range = parseCidr(prefix, 'the prefix')
  if (range.version !== 6 || range.prefixLength !== 64) {
    throw refused('prefix', `${prefix} is no IPv6 /64, and machines make addresses of such only`, 'give a /64')
  }
  const [a, ...rest] = fromHex(mac.replaceAll(':', ''), 'the hardware address', 6)
  const id = [(a as number) ^ 0x02, rest[0], rest[1], 0xff, 0xfe, ...rest.slice(2)]
  return formatIp(
    hostAt(
      range,
      id.reduce((value: bigint, byte) => (value << 8n) | BigInt(byte as number), 0n),
    ),
  )
}

export interface NetworkRanges {
  readonly ip_range: string
  readonly subnet: string
  readonly peers: readonly { readonly subnet: string }[]
}

/** Every node and every way in has a /24 of its own in the network's private /16. (The Go node takes anything.)
 *
 * @throws {InputError} INPUT_CIDR
 * @throws {NodeNetworkError} NODE_NET_ADDRESS; `details.reason` is `range`, `subnet-length`, `outside-range` or `overlap`
 */
export function checkNetworkRanges({ ip_range, subnet, peers }: NetworkRanges): void {
  const range = parseCidr(ip_range, 'the range of the network')
  if (range.version !== 4 || range.prefixLength !== 16 || !isPrivate(range)) {
    throw refused('range', `the range of the network is ${ip_range}, which is not a private IPv4 /16`, HINT_RANGE)
  }
  const members = [
    { place: 'the subnet', subnet },
    ...peers.map((peer, index) => ({ place: `the subnet of peers[${index}]`, subnet: peer.subnet })),
  ].map(({ place, subnet }) => ({ place, range: memberOf(range, subnet, place) }))

  const owners = new Map<string, string>()
  for (const member of members) {
    const text = formatCidr(member.range)
    const other = owners.get(text)
    if (other !== undefined) {
      throw refused('overlap', `${other} and ${member.place} are both ${text}`, 'give every peer a /24 of its own')
    }
    owners.set(text, member.place)
  }
}

function memberOf(network: Cidr, text: string, place: string): Cidr {
  const subnet = parseCidr(text, place)
  if (subnet.version !== 4 || subnet.prefixLength !== 24) {
    throw refused('subnet-length', `${place} is ${text}, which is not an IPv4 /24`, 'choose a /24 of the range')
  }
  if (!overlaps(network, subnet)) {
    const range = formatCidr(networkOf(network))
    throw refused('outside-range', `${place} is ${text}, which is not in ${range}`, `choose a /24 of ${range}`)
  }
  return networkOf(subnet)
}

const HINT_MACHINE = 'choose an address from .2 to .254 of the subnet, or none'
const HINT_RANGE = 'choose one of 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, 192.168.0.0/16'

function refused(reason: string, message: string, hint: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_ADDRESS', message, { hint, details: { reason } })
}
