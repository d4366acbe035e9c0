/**
 * An IP address and a port as metadata holds them: 4 or 16 bytes, never a host name. Runs in a browser.
 *
 * The family is kept as it was written: `::ffff:10.0.0.1` is an IPv6 address here, since its encoding has 16 bytes.
 */

/** `host` is an IPv4 address in four decimals, or an IPv6 address without brackets or zone. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

const OCTET = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]{2,45}$/

/** 4 or 16 bytes, or undefined when the text is no IP address. */
export function hostBytes(host: string): Uint8Array | undefined {
  if (IPV4.test(host)) return Uint8Array.from(host.split('.'), Number)
  const groups = ipv6Groups(host)
  if (groups === undefined) return undefined
  return Uint8Array.from(groups.flatMap(group => [group >> 8, group & 0xff]))
}

/** The text of 4 or 16 bytes, IPv6 as RFC 5952 has it.
 *
 * @example hostText(Uint8Array.of(10, 0, 0, 1)) // '10.0.0.1'
 */
export function hostText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number))
  const mapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (mapped) return `::ffff:${bytes.subarray(12).join('.')}`
  return urlHost(groups.map(group => group.toString(16)).join(':')) as string
}

/** `10.0.0.1:9900` or `[2001:db8::1]:9900`. */
export function formatSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The address of `10.0.0.1:9900` or `[2001:db8::1]:9900`, or undefined for anything else: names are not resolved. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text)
  if (!match) return undefined
  const bytes = hostBytes((match[1] ?? match[2]) as string)
  const port = Number(match[3])
  if (bytes === undefined || port > 0xffff || (bytes.length === 16) !== (match[1] !== undefined)) return undefined
  return { host: hostText(bytes), port }
}

function ipv6Groups(text: string): readonly number[] | undefined {
  const shortest = IPV6_CHARACTERS.test(text) && text.includes(':') ? urlHost(text) : undefined
  if (shortest === undefined) return undefined
  const [head, tail] = shortest.split('::').map(half => (half === '' ? [] : half.split(':')))
  const parts = tail === undefined ? (head as string[]) : fill(head as string[], tail)
  return parts.map(part => Number.parseInt(part, 16))
}

function fill(head: readonly string[], tail: readonly string[]): readonly string[] {
  return [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
}

/** The URL parser of the platform knows every form of RFC 4291 and prints the shortest, without dotted tails. */
function urlHost(ipv6: string): string | undefined {
  const url = `http://[${ipv6}]/`
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined
}
