/** IP addresses the way pallet-tfgrid checks them (tfchain_support::types, crate valip). */
const OCTET = /^(0|[1-9][0-9]{0,2})$/

/** A dotted IPv4 address as 32 bits. */
export function parseIp4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => OCTET.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

/** An IPv6 address as 128 bits. */
export function parseIp6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map(half => (half === '' ? [] : half.split(':')))
  const all = groups.flat()
  if (!all.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const missing = 8 - all.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const [head = [], tail = []] = groups
  const full = halves.length === 2 ? [...head, ...Array<string>(missing).fill('0'), ...tail] : all
  return full.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

interface Cidr {
  readonly address: bigint
  readonly prefix: number
}

function parseCidr(text: string, parse: (ip: string) => bigint | undefined, bits: number): Cidr | undefined {
  const [ip = '', length = '', ...rest] = text.split('/')
  const address = parse(ip)
  if (address === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined
  const prefix = Number(length)
  return prefix > bits ? undefined : { address, prefix }
}

const inside = (value: bigint, base: bigint, prefix: number, bits: number) =>
  value >> BigInt(bits - prefix) === base >> BigInt(bits - prefix)

function range4(text: string): readonly [bigint, number] {
  const [ip = '', prefix] = text.split('/')
  return [parseIp4(ip) ?? 0n, Number(prefix)]
}

const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
].map(range4)

const isPublic4 = (ip: bigint) => !NOT_PUBLIC_4.some(([base, prefix]) => inside(ip, base, prefix, 32))

/** Global unicast without the documentation range's siblings: neither local, link-local, unique local nor multicast. */
const isPublic6 = (ip: bigint) => {
  const top = Number(ip >> 112n)
  const local = ip <= 1n || (top & 0xffc0) === 0xfe80 || (top & 0xfe00) === 0xfc00 || (top & 0xff00) === 0xff00
  return !local
}

/** Public unicast address in CIDR form whose network holds its gateway, which is another address. */
export function isPublicIp4(ip: string, gateway: string): boolean {
  const cidr = parseCidr(ip, parseIp4, 32)
  const gw = parseIp4(gateway)
  if (!cidr || gw === undefined) return false
  const network = (cidr.address >> BigInt(32 - cidr.prefix)) << BigInt(32 - cidr.prefix)
  if (network === gw || !isPublic4(gw) || !isPublic4(cidr.address)) return false
  return inside(gw, cidr.address, cidr.prefix, 32)
}

export function isPublicIp6(ip: string, gateway: string): boolean {
  const cidr = parseCidr(ip, parseIp6, 128)
  const gw = parseIp6(gateway)
  if (!cidr || gw === undefined || cidr.address === gw) return false
  return isPublic6(gw) && isPublic6(cidr.address) && inside(gw, cidr.address, cidr.prefix, 128)
}
