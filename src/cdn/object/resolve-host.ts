/** Host names of a configuration become the addresses that metadata can hold. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { Deadline } from '../../core/deadline.js'
import { isHyphaeError } from '../../errors/base.js'
import { CdnError } from '../../errors/cdn.js'
import { hostBytes, hostText, type SocketAddress } from '../meta/socket-address.js'

const LOOKUP_TIMEOUT_MS = 10_000

/** `localhost` and names that end in `.localhost` are this machine, whatever DNS says. Source: RFC 6761, 6.3. */
export function isLocalhostName(name: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(name)
}

export interface HostAndPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

/** `db.example:9900`, `10.0.0.1:9900` or `[2001:db8::1]:9900`; undefined for anything else. */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]@]+)):(\d{1,5})$/.exec(text)
  if (!match) return undefined
  const host = (match[1] ?? match[2]) as string
  const port = Number(match[3])
  if (port < 1 || port > 0xffff) return undefined
  if (match[1] !== undefined) return isIP(host) === 6 ? { host, port } : undefined
  // What looks like an IPv4 address must be one: DNS would make something of 10.1 too.
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4 ? { host, port } : undefined
  return /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(host)
    ? { host, port }
    : undefined
}

export type Lookup = (name: string) => Promise<string>

const systemLookup: Lookup = async name => (await lookup(name)).address

/** @throws {CdnError} CDN_CONFIG: the name has no address; DeadlineError when DNS does not answer */
export async function resolveHost(
  { host, port }: HostAndPort,
  look: Lookup = systemLookup,
  signal?: AbortSignal,
): Promise<SocketAddress> {
  if (isLocalhostName(host)) return { host: '127.0.0.1', port }
  const literal = hostBytes(host)
  if (literal !== undefined) return { host: hostText(literal), port }
  const deadline = new Deadline(`the address of ${host}`, LOOKUP_TIMEOUT_MS, signal)
  try {
    return { host: hostText(hostBytes(await deadline.race(look(host))) as Uint8Array), port }
  } catch (cause) {
    if (isHyphaeError(cause)) throw cause
    throw new CdnError('CDN_CONFIG', `the name ${host} has no address`, {
      where: host,
      hint: 'check the spelling, or write the IP address',
      cause,
    })
  }
}
