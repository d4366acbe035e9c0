/**
 * IPv6 text: reads every form of RFC 4291, writes the one of RFC 5952, as Rust and Go print it. Runs in a browser.
 *
 * Zones (`fe80::1%eth0`) are refused: they mean something on one machine only.
 */
import { InputError } from '../../errors/input.js'
import { badIp, formatIpv4, isIpv4, parseIpv4 } from './ipv4.js'

const GROUPS = 8
const GROUP = /^[0-9a-fA-F]{1,4}$/
/** The longest text an address can have: seven groups' worth of digits and a dotted tail. */
const MAX_CHARACTERS = 45

export function isIpv6(text: string): boolean {
  return readGroups(text) !== undefined
}

/** The 16 bytes of an address.
 *
 * @param what names the value in the error
 * @throws {InputError} INPUT_IP
 * @example parseIpv6('4a1:a126:8b83:7169::1')
 */
export function parseIpv6(text: string, what = 'address'): Uint8Array {
  const groups = readGroups(text)
  if (!groups)
    throw badIp(text, what, 'an IPv6 address', 'write eight groups of hex digits, like 4a1:a126:8b83:7169::1')
  const bytes = new Uint8Array(16)
  groups.forEach((group, index) => {
    bytes[index * 2] = group >> 8
    bytes[index * 2 + 1] = group & 0xff
  })
  return bytes
}

/** Lower case, no leading zeros, `::` for the first of the longest runs of two or more zero groups.
 *
 * IPv4-mapped addresses keep their dotted tail: `::ffff:10.0.0.1`.
 *
 * @throws {InputError} INPUT_IP when there are not 16 bytes
 */
export function formatIpv6(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new InputError('INPUT_IP', `an IPv6 address has 16 bytes, not ${bytes.length}`)
  if (isMappedIpv4(bytes)) return `::ffff:${formatIpv4(bytes.subarray(12))}`

  const groups = Array.from(
    { length: GROUPS },
    (_, i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number),
  )
  const run = longestZeroRun(groups)
  const text = (part: readonly number[]) => part.map(group => group.toString(16)).join(':')
  if (run.length < 2) return text(groups)
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`
}

/** True for `::ffff:0:0/96`, which Go prints as plain IPv4. */
export function isMappedIpv4(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes.subarray(0, 10).every(b => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < GROUPS; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

function readGroups(text: string): readonly number[] | undefined {
  if (typeof text !== 'string' || text.length < 2 || text.length > MAX_CHARACTERS) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined

  // A dotted tail may only end the address.
  const head = readRun(halves[0] as string, halves.length === 1)
  const tail = halves.length === 2 ? readRun(halves[1] as string, true) : []
  if (!head || !tail) return undefined
  if (halves.length === 1) return head.length === GROUPS ? head : undefined

  const missing = GROUPS - head.length - tail.length
  // `::` stands for at least one group.
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function readRun(text: string, mayEndDotted: boolean): readonly number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else if (mayEndDotted && index === parts.length - 1 && isIpv4(part)) {
      const [a, b, c, d] = parseIpv4(part) as unknown as [number, number, number, number]
      groups.push((a << 8) | b, (c << 8) | d)
    } else {
      return undefined
    }
  }
  return groups.length > GROUPS ? undefined : groups
}
