/** Which addresses the world can dial, and which ranges a private network may use. Runs in a browser. */
import { type Cidr, contains, parseCidr } from './cidr.js'
import type { Ip } from './ip.js'

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(text => parseCidr(text))

/** Not reachable from elsewhere: the IANA special-purpose registries, and the two overlays nodes know. */
const UNREACHABLE = [
  '0.0.0.0/8', // this host
  '100.64.0.0/10', // carrier NAT; WireGuard's routing addresses are in it
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local
  '192.0.0.0/24',
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4',
  '::/96', // unspecified, loopback, the deprecated compatible addresses
  '64:ff9b:1::/48', // translation within a site
  '100::/64', // discard
  '200::/7', // Yggdrasil
  '400::/7', // Mycelium
  '2001:db8::/32', // documentation
  'fc00::/7', // unique local
  'fe80::/10', // link-local
  'fec0::/10', // site-local
  'ff00::/8', // multicast
].map(text => parseCidr(text))

/** True for RFC 1918: 10/8, 172.16/12, 192.168/16. */
export function isPrivate(address: Ip | Cidr): boolean {
  return PRIVATE.some(range => contains(range, address))
}

/** True when anybody on the internet could dial the address. */
export function isPublic(address: Ip): boolean {
  return !isPrivate(address) && !UNREACHABLE.some(range => contains(range, address))
}
