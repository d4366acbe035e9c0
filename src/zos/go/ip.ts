/**
 * IP addresses and CIDRs as Go reads and prints them (`net.ParseIP`, `net.ParseCIDR`, `IPNet.String`): nodes hash what
 * they print, not what was sent. Facts: the Go standard library, net and net/netip; zosbase pkg/gridtypes/common.go.
 */

/** What a node writes into its challenge for an address or a CIDR that is not there. */
export const NIL = '<nil>'

/** The canonical form of an address; empty stays empty.
 *
 * @throws {Error} with Go's text
 * @example canonicalIp('::FFFF:10.0.0.1') // '10.0.0.1'
 */
export function canonicalIp(text: string): string {
  if (text === '' || PLAIN_IPV4.test(text)) return text
  const bytes = parseIp(text)
  if (!bytes) throw new Error(`invalid IP address: ${text}`)
  return printIp(bytes)
}

/** The canonical form of a CIDR: host bits stay, mask digits and IPv6 text are normalised; empty stays empty.
 *
 * @throws {Error} with Go's text
 * @example canonicalCidr('FE80::0:1/064') // 'fe80::1/64'
 */
export function canonicalCidr(text: string): string {
  if (text === '' || PLAIN_CIDR.test(text)) return text
  const slash = text.indexOf('/')
  const bytes = slash < 0 ? undefined : parseIp(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (!bytes || !/^\d+$/.test(digits)) throw invalidCidr(text)

  const length = Number(digits)
  if (length > bytes.length * 8) throw invalidCidr(text)
  // Only the last four bytes of the mask count for an IPv4-mapped address.
  const mapped = bytes.length === 16 && isMapped(bytes)
  return `${printIp(bytes)}/${mapped ? Math.max(0, length - 96) : length}`
}

/** 4 or 16 bytes; undefined for anything `net.ParseIP` refuses. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** True for 127.0.0.0/8, ::1 and their mapped forms. */
export function isLoopback(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] === 127
  return isMapped(bytes) ? bytes[12] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
}

/** Dotted for IPv4 and IPv4-mapped addresses, else as RFC 5952 wants it. */
export function printIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  return isMapped(bytes) ? bytes.subarray(12).join('.') : printIpv6(bytes)
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const PLAIN_IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const PLAIN_CIDR = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}/(?:3[0-2]|[12]?\\d)$`)
const GROUP = /^[0-9a-fA-F]{1,4}$/

function parseIpv4(text: string): Uint8Array | undefined {
  return PLAIN_IPV4.test(text) ? Uint8Array.from(text.split('.'), Number) : undefined
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1))
  if (!head) return undefined
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined

  // `::` stands for one group of zeros at least.
  const missing = 16 - head.length - (tail?.length ?? 0)
  if (!tail || missing < 2) return undefined
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail])
}

/** Bytes of groups between colons; the last may be a dotted IPv4 address. */
function groupsOf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
      continue
    }
    const ipv4 = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined
    if (!ipv4) return undefined
    bytes.push(...ipv4)
  }
  return bytes
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}

function printIpv6(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number))

  // The first of the longest runs of zero groups shrinks to `::`; a single one stays.
  let start = 0
  let length = 1
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
    from = Math.max(from, to)
  }
  const print = (part: number[]) => part.map(group => group.toString(16)).join(':')
  return length < 2 ? print(groups) : `${print(groups.slice(0, start))}::${print(groups.slice(start + length))}`
}

function invalidCidr(text: string): Error {
  return new Error(`invalid CIDR address: ${text}`)
}
