/** Values of a configuration, made canonical; what is wrong is thrown as typed errors. */
import { InputError } from '../../../errors/input.js'
import { NetworkError } from '../../../errors/network.js'
import {
  canonicalIp,
  contains,
  formatCidr,
  formatEndpoint,
  formatIp,
  networkOf,
  parseCidr,
  parseEndpoint,
  parseIp,
} from '../../address/index.js'

/** An address of one family, with a prefix length that leaves room for somebody else.
 *
 * @throws {InputError|NetworkError} INPUT_CIDR, NETWORK_RANGE
 */
export function canonicalInterface(text: string, version: 4 | 6): string {
  const cidr = parseCidr(text)
  if (cidr.version !== version) throw new InputError('INPUT_CIDR', `${text} is not IPv${version}`)
  if (cidr.prefixLength === 0)
    throw new NetworkError('NETWORK_RANGE', `${text} holds everything: no address has the length 0`)
  if (version === 4 && cidr.prefixLength < 31 && networkOf(cidr).value === cidr.value) {
    throw new NetworkError('NETWORK_RANGE', `${text} is a range, not an address in it`)
  }
  return formatCidr(cidr)
}

/** A next hop. One of IPv6 may be link-local instead of in the range.
 *
 * @throws {InputError|NetworkError} INPUT_IP, NETWORK_RANGE
 */
export function addressWithin(text: string, version: 4 | 6, cidr: string | undefined): string {
  const ip = parseIp(text)
  if (ip.version !== version) throw new InputError('INPUT_IP', `${text} is not IPv${version}`)
  const linkLocal = contains(parseCidr('fe80::/10'), ip)
  if (cidr !== undefined && !linkLocal && !contains(networkOf(parseCidr(cidr)), ip)) {
    throw new NetworkError('NETWORK_RANGE', `${text} is not in ${formatCidr(networkOf(parseCidr(cidr)))}`)
  }
  return formatIp(ip)
}

/** `ip:port` or `[ip]:port`: WireGuard takes no names here. @throws {InputError} */
export function canonicalEndpoint(text: string): string {
  const { host, port } = parseEndpoint(text)
  return formatEndpoint(canonicalIp(host), port)
}
