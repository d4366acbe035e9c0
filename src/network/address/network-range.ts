/**
 * What a network's ranges must be: a private IPv4 /16, cut into a /24 for each node and each way in. Runs in a browser.
 *
 * The first two /24s stay free, as the grid's other clients keep them.
 * Source: threefoldtech/tfgrid-sdk-ts packages/grid_client/src/primitives/network.ts.
 */
import { NetworkError } from '../../errors/network.js'
import { type Cidr, contains, formatCidr, networkOf, parseCidr } from './cidr.js'
import { type Ip, parseIp } from './ip.js'
import { isPrivate } from './special-ranges.js'

export const NETWORK_PREFIX_LENGTH = 16
export const NODE_PREFIX_LENGTH = 24
/** Number of the first /24 that is handed out. */
export const FIRST_SUBNET = 2

/** The range of a network.
 *
 * @throws {InputError|NetworkError} INPUT_CIDR, NETWORK_RANGE
 * @example formatCidr(parseNetworkRange('10.249.0.0/16')) // '10.249.0.0/16'
 */
export function parseNetworkRange(text: string, what = 'the range of the network'): Cidr {
  const range = parseCidr(text, what)
  if (range.version !== 4 || range.prefixLength !== NETWORK_PREFIX_LENGTH || !isPrivate(range)) {
    throw new NetworkError('NETWORK_RANGE', `${what} is ${formatCidr(range)}, which is not a private IPv4 /16`, {
      hint: 'choose one of 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, 192.168.0.0/16',
    })
  }
  return networkOf(range)
}

/** The /24 of a node or of a way in.
 *
 * @param within the network's range, when it must be inside
 * @throws {InputError|NetworkError} INPUT_CIDR, NETWORK_RANGE
 */
export function parseNodeSubnet(text: string, within?: Cidr, what = 'the subnet'): Cidr {
  const subnet = parseCidr(text, what)
  if (subnet.version !== 4 || subnet.prefixLength !== NODE_PREFIX_LENGTH) {
    throw new NetworkError('NETWORK_RANGE', `${what} is ${formatCidr(subnet)}, which is not an IPv4 /24`)
  }
  if (within && !contains(within, subnet)) throw outside(what, formatCidr(subnet), within)
  return networkOf(subnet)
}

/** The /24 around an address of a machine. @throws {InputError|NetworkError} INPUT_IP, NETWORK_RANGE */
export function subnetAround(address: string, within: Cidr, what = 'the address'): Cidr {
  const ip: Ip = parseIp(address, what)
  if (!contains(within, ip)) throw outside(what, address, within)
  return networkOf({ ...ip, prefixLength: NODE_PREFIX_LENGTH })
}

function outside(what: string, value: string, within: Cidr): NetworkError {
  return new NetworkError('NETWORK_RANGE', `${what} is ${value}, which is not in ${formatCidr(within)}`, {
    hint: 'choose one inside of the range, or another range',
  })
}
