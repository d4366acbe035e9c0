/**
 * Ranges of addresses, IPv4 and IPv6: reading, printing, containing, overlapping, cutting up. Runs in a browser.
 *
 * A range keeps the host bits it was written with, as nodes do (`10.20.0.9/16` stays); `networkOf` clears them.
 * Source: threefoldtech/zosbase pkg/gridtypes/common.go.
 */
import { InputError } from '../../errors/input.js'
import { NetworkError } from '../../errors/network.js'
import { bitsOf, formatIp, type Ip, parseIp } from './ip.js'

export interface Cidr {
  readonly version: 4 | 6
  /** The address as written, host bits included. */
  readonly value: bigint
  readonly prefixLength: number
}

const SHOWN_CHARACTERS = 60

/** @param what names the value in the error
 * @throws {InputError} INPUT_CIDR
 * @example formatCidr(parseCidr('2A02:0:0::1/064')) // '2a02::1/64'
 */
export function parseCidr(text: string, what = 'range'): Cidr {
  const [address, length, ...rest] = String(text).split('/')
  try {
    if (address === undefined || length === undefined || rest.length > 0 || !/^\d{1,4}$/.test(length))
      throw badCidr(text, what)
    const ip = parseIp(address, what)
    // `::ffff:10.0.0.0/112` is the /16 of the IPv4 address it means.
    const prefixLength = Number(length) - (ip.version === 4 && address.includes(':') ? 96 : 0)
    if (prefixLength < 0 || prefixLength > bitsOf(ip.version)) throw badCidr(text, what)
    return { ...ip, prefixLength }
  } catch (cause) {
    throw cause instanceof InputError && cause.code === 'INPUT_CIDR' ? cause : badCidr(text, what, cause)
  }
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr)}/${cidr.prefixLength}`
}

/** The text a node prints for the same range. @throws {InputError} INPUT_CIDR */
export function canonicalCidr(text: string, what = 'range'): string {
  return formatCidr(parseCidr(text, what))
}

/** The same range with its host bits zero. */
export function networkOf(cidr: Cidr): Cidr {
  const hostBits = hostBitsOf(cidr)
  return { ...cidr, value: (cidr.value >> hostBits) << hostBits }
}

/** True when every address of `inner` is in `outer`. Families never contain each other. */
export function contains(outer: Cidr, inner: Cidr | Ip): boolean {
  if (outer.version !== inner.version) return false
  if ('prefixLength' in inner && inner.prefixLength < outer.prefixLength) return false
  const hostBits = hostBitsOf(outer)
  return outer.value >> hostBits === inner.value >> hostBits
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefixLength <= b.prefixLength ? contains(a, b) : contains(b, a)
}

/** Address number `n` of the range, 0 being the network's own.
 *
 * @throws {NetworkError} NETWORK_RANGE when the range has not got that many
 * @example formatIp(hostAt(parseCidr('10.249.2.0/24'), 2)) // '10.249.2.2'
 */
export function hostAt(cidr: Cidr, n: number | bigint): Ip {
  const index = BigInt(n)
  const hostBits = hostBitsOf(cidr)
  if (index < 0n || index >> hostBits !== 0n) {
    throw new NetworkError('NETWORK_RANGE', `${formatCidr(cidr)} has no address number ${index}`, {
      details: { range: formatCidr(cidr), index: String(index) },
    })
  }
  return { version: cidr.version, value: networkOf(cidr).value + index }
}

/** The ranges of `prefixLength` that a range is made of, in order, made as they are asked for.
 *
 * @throws {NetworkError} NETWORK_RANGE when `prefixLength` is shorter than the range's own or longer than an address
 */
export function* subnetsOf(cidr: Cidr, prefixLength: number): Generator<Cidr, void> {
  const bits = bitsOf(cidr.version)
  if (!Number.isInteger(prefixLength) || prefixLength < cidr.prefixLength || prefixLength > bits) {
    throw new NetworkError('NETWORK_RANGE', `${formatCidr(cidr)} is not made of /${prefixLength} ranges`, {
      hint: `choose a length from ${cidr.prefixLength} to ${bits}`,
    })
  }
  const step = 1n << BigInt(bits - prefixLength)
  const first = networkOf(cidr).value
  const end = first + (1n << hostBitsOf(cidr))
  for (let value = first; value < end; value += step) yield { version: cidr.version, value, prefixLength }
}

function hostBitsOf(cidr: Cidr): bigint {
  return BigInt(bitsOf(cidr.version) - cidr.prefixLength)
}

function badCidr(text: string, what: string, cause?: unknown): InputError {
  const shown = JSON.stringify(String(text).slice(0, SHOWN_CHARACTERS))
  return new InputError('INPUT_CIDR', `${what} ${shown} is not an address with a prefix length`, {
    hint: 'write it like 10.249.0.0/16',
    ...(cause === undefined ? {} : { cause }),
  })
}
