/** Addresses a node derives from others. Source: threefoldtech/zosbase pkg/network/nr/net_resource.go. */
import { InputError } from '../errors/input.js'
import { canonicalIp, parseIp } from './go/ip.js'

/** The address a node (or a user) has inside a network's WireGuard: 100.64.b.c for the subnet a.b.c.0.
 *
 * @param subnet IPv4 CIDR or address
 * @throws {InputError} INPUT_CIDR
 * @example wireguardAddress('10.3.1.0/24') // '100.64.3.1'; the node's interface has /16, peers allow /32
 */
export function wireguardAddress(subnet: string): string {
  const bytes = parseIp(subnet.split('/', 1)[0] as string)
  if (bytes?.length !== 4) throw new InputError('INPUT_CIDR', `${subnet} is not an IPv4 subnet`)
  return `100.64.${bytes[1]}.${bytes[2]}`
}

/** The IPv6 address that goes with a private IPv4 address on a full node. Every network has a /64 of its own.
 *
 * @param network the network's id, see networkId
 * @throws {InputError} INPUT_IP
 * @example networkIpv6('networkdID', '100.127.2.16') // 'fd6e:6574:776f:2::10'
 */
export function networkIpv6(network: string, address: string): string {
  const bytes = parseIp(address)
  if (bytes?.length !== 4) throw new InputError('INPUT_IP', `${address} is not an IPv4 address`)
  // The node hashes nothing here: it takes the id's own characters, in hex without padding.
  const id = Array.from(network.slice(0, 5), character => character.charCodeAt(0).toString(16))
  if (id.length < 5) throw new InputError('INPUT_IP', `${network} is not a network's id`)
  const [third, fourth] = [bytes[2] as number, bytes[3] as number].map(byte => byte.toString(16))
  return canonicalIp(`fd${id[0]}:${id[1]}${id[2]}:${id[3]}${id[4]}:${third}::${fourth}`)
}
