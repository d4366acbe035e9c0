/**
 * URLs as Go's `net/url.Parse` reads them, as far as nodes look: scheme and host name, and the text of every refusal.
 *
 * Works on bytes held in a string, one character a byte, since Go does. Facts: the Go standard library, net/url.
 */
import { utf8 } from '../../core/bytes.js'
import { parseIp } from './ip.js'
import { quoteText } from './quote.js'

export type GoUrl =
  | { readonly ok: true; readonly scheme: string; readonly hostname: string }
  | { readonly ok: false; readonly message: string }

/** @example parseUrl('http://[2001:db8::1]:80/x') // { ok: true, scheme: 'http', hostname: '2001:db8::1' } */
export function parseUrl(text: string): GoUrl {
  const hash = text.indexOf('#')
  const body = hash < 0 ? text : text.slice(0, hash)
  try {
    const url = parse(bytesOf(body))
    if (hash >= 0) unescaped(bytesOf(text.slice(hash + 1)), 'other', text)
    return { ok: true, scheme: textOf(url.scheme), hostname: textOf(url.hostname) }
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error
    return { ok: false, message: `parse ${quoteText(error.url ?? body)}: ${error.message}` }
  }
}

class UrlProblem extends Error {
  constructor(
    message: string,
    readonly url?: string,
  ) {
    super(message)
  }
}

function parse(url: string): { scheme: string; hostname: string } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\x00-\x1f\x7f]/.test(url)) throw new UrlProblem('net/url: invalid control character in URL')
  if (url === '*') return { scheme: '', hostname: '' }

  const colon = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(url)
  if (!colon && url.startsWith(':')) throw new UrlProblem('missing protocol scheme')
  const scheme = colon ? colon[0].slice(0, -1).toLowerCase() : ''
  let rest = colon ? url.slice(colon[0].length) : url
  rest = rest.split('?', 1)[0] as string

  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, hostname: '' }
    if ((rest.split('/', 1)[0] as string).includes(':')) {
      throw new UrlProblem('first path segment in URL cannot contain colon')
    }
  }

  let hostname = ''
  if ((scheme !== '' || !rest.startsWith('///')) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2)
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    rest = slash < 0 ? '' : rest.slice(slash)
    hostname = hostnameOf(parseAuthority(authority))
  }
  unescaped(rest, 'other')
  return { scheme, hostname }
}

/** The host with its port. */
function parseAuthority(authority: string): string {
  const at = authority.lastIndexOf('@')
  const host = parseHost(authority.slice(at + 1))
  if (at >= 0) {
    const user = authority.slice(0, at)
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlProblem('net/url: invalid userinfo')
    for (const part of user.split(':', 2)) unescaped(part, 'other')
  }
  return host
}

function parseHost(host: string): string {
  const open = host.lastIndexOf('[')
  if (open > 0) throw new UrlProblem('invalid IP-literal')
  if (open === 0) return parseLiteral(host)

  // Only the last colon counts: nodes are built for Go 1.25, which is not strict about the others.
  const colon = host.lastIndexOf(':')
  if (colon >= 0) checkPort(host.slice(colon))
  return unescaped(host, 'host')
}

/** `[IPv6]`, with a zone after `%25` perhaps, and a port. */
function parseLiteral(host: string): string {
  const close = host.lastIndexOf(']')
  if (close < 0) throw new UrlProblem(`missing ']' in host`)
  checkPort(host.slice(close + 1))

  const inside = host.slice(1, close)
  const zone = inside.indexOf('%25')
  const name =
    zone < 0
      ? unescaped(inside, 'host')
      : unescaped(inside.slice(0, zone), 'host') + unescaped(inside.slice(zone), 'zone')
  const address = parseIp(name.replace(/%.+$/s, ''))
  if (!address) throw new UrlProblem(`invalid host: ParseAddr(${quoteBytes(name)}): unable to parse IP`)
  if (address.length === 4) throw new UrlProblem('invalid IP-literal')
  return `[${name}]${host.slice(close + 1)}`
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port)) throw new UrlProblem(`invalid port ${quoteBytes(port)} after host`)
}

function hostnameOf(host: string): string {
  const name = host.replace(/:\d*$/, '')
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

/** Percent escapes resolved. In host names they may stand for bytes beyond ASCII only. */
function unescaped(text: string, mode: 'host' | 'zone' | 'other', url?: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      if (mode !== 'other' && HOST_REFUSED.test(text[i] as string)) {
        throw new UrlProblem(`invalid character ${quoteText(text[i] as string)} in host name`)
      }
      continue
    }
    const triple = text.slice(i, i + 3)
    const byte = /^%[0-9a-fA-F]{2}$/.test(triple) ? Number.parseInt(triple.slice(1), 16) : -1
    const allowed = mode === 'other' || triple === '%25' || (mode === 'host' ? byte >= 0x80 : isZoneByte(byte))
    if (byte < 0 || !allowed) throw new UrlProblem(`invalid URL escape ${quoteBytes(triple)}`, url)
    i += 2
  }
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

/** ASCII that may not stand in a host name as it is. */
const HOST_REFUSED = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\x80-\xff]/

function isZoneByte(byte: number): boolean {
  return byte === 0x20 || (byte < 0x80 && !HOST_REFUSED.test(String.fromCharCode(byte)))
}

/** As `%q`: an escape may be cut in the middle of a character, whose bytes are then given one by one. */
function quoteBytes(bytes: string): string {
  const parts = bytes.match(UTF8_CHARACTER) ?? []
  return `"${parts.map(part => (STRAY_BYTE.test(part) ? strayByte(part) : quoteText(textOf(part)).slice(1, -1))).join('')}"`
}

const UTF8_CHARACTER = /[\x80-\xbf]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\s\S]/g
const STRAY_BYTE = /^[\x80-\xff]$/

function strayByte(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16)}`
}

function bytesOf(text: string): string {
  let bytes = ''
  for (const byte of utf8(text)) bytes += String.fromCharCode(byte)
  return bytes
}

function textOf(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, character => character.charCodeAt(0)))
}
