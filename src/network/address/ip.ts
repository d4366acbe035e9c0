/** An address of either family as a number, so that arithmetic is the same for both. Runs in a browser. */
import { fromHex, toHex } from '../../core/hex.js'
import { badIp, formatIpv4, isIpv4, parseIpv4 } from './ipv4.js'
import { formatIpv6, isIpv6, isMappedIpv4, parseIpv6 } from './ipv6.js'

export interface Ip {
  readonly version: 4 | 6
  readonly value: bigint
}

export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text)
}

/** An IPv4 or IPv6 address. IPv4-mapped IPv6 is read as the IPv4 address it means, as Go does.
 *
 * @param what names the value in the error
 * @throws {InputError} INPUT_IP
 */
export function parseIp(text: string, what = 'address'): Ip {
  if (isIpv4(text)) return { version: 4, value: toValue(parseIpv4(text)) }
  if (!isIpv6(text)) throw badIp(text, what, 'an IP address', 'write it like 10.249.2.2 or 4a1:a126:8b83:7169::1')
  const bytes = parseIpv6(text)
  if (isMappedIpv4(bytes)) return { version: 4, value: toValue(bytes.subarray(12)) }
  return { version: 6, value: toValue(bytes) }
}

export function formatIp(ip: Ip): string {
  return ip.version === 4 ? formatIpv4(toBytes(ip)) : formatIpv6(toBytes(ip))
}

/** The text a node prints for the same address. @throws {InputError} INPUT_IP */
export function canonicalIp(text: string, what = 'address'): string {
  return formatIp(parseIp(text, what))
}

/** 32 or 128. */
export function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128
}

function toValue(bytes: Uint8Array): bigint {
  // Four bytes fit a number, and reading a model comes by here often: no way around by text.
  return bytes.length === 4 ? BigInt(bytes.reduce((sum, byte) => sum * 256 + byte, 0)) : BigInt(`0x${toHex(bytes)}`)
}

function toBytes(ip: Ip): Uint8Array {
  if (ip.version === 4) {
    const number = Number(ip.value)
    return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)
  }
  return fromHex(ip.value.toString(16).padStart(bitsOf(ip.version) / 4, '0'))
}
