/**
 * Words of a line of `ip -batch`. They are parted at blanks, `#` begins a comment even in quotes, and a backslash joins
 * lines (iproute2, lib/utils.c): what holds anything of that kind is refused, nothing is quoted.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'

const SHOWN_CHARACTERS = 60

/** @throws {NodeNetworkError} NODE_NET_NAME */
export function linkWord(name: string): string {
  return word(name, /^[A-Za-z0-9_.+][A-Za-z0-9_.@:+-]{0,14}$/, 'the name of a link')
}

export function namespaceWord(name: string): string {
  return word(name, /^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,120}$/, 'the name of a namespace')
}

export function markWord(mark: string): string {
  return word(mark, /^[A-Za-z0-9_.@:+/=-]{1,200}$/, 'a mark')
}

export function macWord(mac: string): string {
  return word(mac, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'a hardware address')
}

/** An address or a range. */
export function ipWord(text: string): string {
  return word(text, /^[0-9a-f:.]{2,45}(\/\d{1,3})?$/, 'an address')
}

export function numberWord(value: number, most = 0xffffffff): string {
  if (Number.isInteger(value) && value >= 0 && value <= most) return String(value)
  throw refusal(String(value), 'a number here')
}

function word(text: string, pattern: RegExp, what: string): string {
  if (pattern.test(text)) return text
  throw refusal(text, what)
}

function refusal(text: string, what: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_NAME', `${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))} is not ${what}`)
}
