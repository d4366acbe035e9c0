/**
 * Which places the gateway connects to. Metadata comes from strangers: without a rule, whoever writes it could have the
 * gateway knock at any door of the network it stands in.
 *
 * Metadata holds IP addresses and no names, so the address that is checked is the one that is connected to.
 */
import { CdnError } from '../../../errors/cdn.js'
import { formatSocketAddress, hostBytes, type SocketAddress } from '../../meta/index.js'
import { type Cidr, contains, parseCidr } from './cidr.js'

/** What is nobody's public address. Sources: the special-purpose registries of IANA (RFC 6890), and the metadata services of clouds. */
const NOT_PUBLIC: readonly (readonly [range: string, what: string])[] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared by carriers'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'a metadata service'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for measurements'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['100::/64', 'discarded'],
  ['2001:2::/48', 'for measurements'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
]

/** IPv6 forms that carry an IPv4 address, and where: what counts is where the packets end. */
const CARRIERS: readonly (readonly [range: string, offset: number, inverted?: boolean])[] = [
  ['::ffff:0:0/96', 12], // mapped
  ['::/96', 12], // compatible, deprecated
  ['::ffff:0:0:0/96', 12], // translated
  ['64:ff9b::/96', 12], // NAT64
  ['64:ff9b:1::/48', 12], // NAT64 of one's own
  ['2002::/16', 2], // 6to4
  ['2001::/32', 12, true], // Teredo
]

export interface AddressRules {
  /** Ranges that may be used although they are not public. */
  readonly allow?: readonly string[]
  /** When given, nothing else may be used, public or not. */
  readonly only?: readonly string[]
}

export class AddressPolicy {
  readonly #allow: readonly Cidr[]
  readonly #only: readonly Cidr[] | undefined
  readonly #refused = NOT_PUBLIC.map(([range, what]) => [parseCidr(range), what] as const)
  readonly #carriers = CARRIERS.map(([range, offset, inverted]) => [parseCidr(range), offset, inverted] as const)

  /** @throws {InputError} INPUT_OPTION: a range that is none */
  constructor({ allow = [], only }: AddressRules = {}) {
    this.#allow = allow.map(parseCidr)
    this.#only = only?.map(parseCidr)
  }

  /** Why the address is not connected to, or undefined when it is. */
  refusal({ host, port }: SocketAddress): string | undefined {
    const address = hostBytes(host)
    if (address === undefined) return 'not an IP address'
    if (port === 0) return 'port 0'
    const carried = this.#carried(address)
    const forms = carried === undefined ? [address] : [address, carried]

    if (this.#only) return this.#covers(this.#only, forms) ? undefined : 'not among the allowed ranges'
    if (this.#covers(this.#allow, forms)) return undefined
    return this.#refused.find(([range]) => forms.some(form => contains(range, form)))?.[1]
  }

  /** @throws {CdnError} CDN_PLACE */
  check(address: SocketAddress): void {
    const refusal = this.refusal(address)
    if (refusal === undefined) return
    throw new CdnError('CDN_PLACE', `the gateway does not connect to this place: its address is ${refusal}`, {
      where: formatSocketAddress(address),
      hint: 'whoever runs the gateway can allow the range',
    })
  }

  /** What an address carries is what counts: allowing a range of carriers allows nothing. */
  #covers(ranges: readonly Cidr[], forms: readonly Uint8Array[]): boolean {
    return ranges.some(range => contains(range, forms.at(-1) as Uint8Array))
  }

  #carried(address: Uint8Array): Uint8Array | undefined {
    // ::1 and :: look like compatible addresses, and are none.
    if (address.subarray(0, 15).every(byte => byte === 0) && (address[15] as number) < 2) return undefined
    const carrier = this.#carriers.find(([range]) => contains(range, address))
    if (!carrier) return undefined
    const [, offset, inverted] = carrier
    return address.slice(offset, offset + 4).map(byte => (inverted ? byte ^ 0xff : byte))
  }
}
