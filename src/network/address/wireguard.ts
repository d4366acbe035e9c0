/**
 * A node's place in a WireGuard network: its address among routers, its port, where others dial it. Runs in a browser.
 *
 * Sources: threefoldtech/zosbase pkg/network/nr/net_resource.go; threefoldtech/tfgrid-sdk-ts
 * packages/grid_client/src/primitives/network.ts.
 */
import { sha256 } from '@noble/hashes/sha2.js'

import { concatBytes, utf8 } from '../../core/bytes.js'
import { InputError } from '../../errors/input.js'
import { NetworkError } from '../../errors/network.js'
import { isIp, parseIp } from './ip.js'
import { badIp, isIpv4 } from './ipv4.js'
import { isIpv6 } from './ipv6.js'
import { parseNodeSubnet } from './network-range.js'
import { isPublic } from './special-ranges.js'

/** Where the addresses of all routers are. */
export const ROUTING_RANGE = '100.64.0.0/16'

export const FIRST_LISTEN_PORT = 1024
export const LAST_LISTEN_PORT = 32767
const PORT_CONTEXT = utf8('hyphae wireguard port 1')
const PORTS = LAST_LISTEN_PORT - FIRST_LISTEN_PORT + 1

/** The address of the router of a /24: second and third number of the subnet under 100.64.
 *
 * @throws {InputError|NetworkError} INPUT_CIDR, NETWORK_RANGE when it is no IPv4 /24
 * @example routingIp('10.249.2.0/24') // '100.64.249.2/32'
 */
export function routingIp(subnet: string): string {
  const { value } = parseNodeSubnet(subnet)
  return `100.64.${(value >> 16n) & 0xffn}.${(value >> 8n) & 0xffn}/32`
}

/** The port a node listens on: the first free one from where `seed` points to, round and round.
 *
 * @param given `seed`: at least 4 bytes that are always the same for this network on this node (`wireguard-port` of
 *   `deriveKey`); `taken`: what the node says is in use
 * @throws {InputError|NetworkError} INPUT_OPTION; NETWORK_FULL when all 31744 are taken
 */
export function chooseListenPort({ seed, taken }: { seed: Uint8Array; taken: Iterable<number> }): number {
  if (seed.length < 4)
    throw new InputError('INPUT_OPTION', `the seed of a port has at least 4 bytes, not ${seed.length}`)
  // Hashed: the port is public, and must tell nothing of a seed that is a secret elsewhere.
  const start = new DataView(sha256(concatBytes(PORT_CONTEXT, seed)).buffer).getUint32(0) % PORTS
  const used = new Set(taken)
  for (let step = 0; step < PORTS; step++) {
    const port = FIRST_LISTEN_PORT + ((start + step) % PORTS)
    if (!used.has(port)) return port
  }
  throw new NetworkError(
    'NETWORK_FULL',
    `every WireGuard port from ${FIRST_LISTEN_PORT} to ${LAST_LISTEN_PORT} is taken`,
    {
      hint: 'use another node',
    },
  )
}

/** What is known of a node's addresses, with or without prefix lengths. */
export interface EndpointFacts {
  readonly publicConfig?: { readonly ipv4?: string | undefined; readonly ipv6?: string | undefined } | undefined
  /** Addresses of the node's `zos` interface, in the order the node gives them. */
  readonly interfaces?: readonly string[] | undefined
}

/** Where others dial a node: its public IPv4, else its public IPv6, else the last public address it has.
 *
 * What cannot be read as a public address is no address to dial.
 *
 * @returns the host, IPv6 in brackets; undefined for a hidden node
 * @example chooseEndpoint({ publicConfig: { ipv6: '2a02:1802:5e::223/64' } }) // '[2a02:1802:5e::223]'
 */
export function chooseEndpoint({ publicConfig, interfaces = [] }: EndpointFacts): string | undefined {
  const candidates = [publicConfig?.ipv4, publicConfig?.ipv6, ...[...interfaces].reverse()]
  const address = candidates.map(addressOf).find(text => text !== undefined && isIp(text) && isPublic(parseIp(text)))
  return address === undefined ? undefined : bracketed(address)
}

/** `host:port`, IPv6 in brackets. @example formatEndpoint('2a02::1', 5566) // '[2a02::1]:5566' */
export function formatEndpoint(host: string, port: number): string {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new InputError('INPUT_OPTION', `${port} is no port`, { hint: 'ports go from 1 to 65535' })
  }
  return `${bracketed(host)}:${port}`
}

/** Host and port of `host:port`, the host a literal address: nodes look up no names.
 *
 * @throws {InputError} INPUT_IP
 * @example parseEndpoint('[2a02::1]:5566') // { host: '2a02::1', port: 5566 }
 */
export function parseEndpoint(text: string, what = 'the endpoint'): { host: string; port: number } {
  const [, ipv6, ipv4, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = ipv6 ?? ipv4
  const port = Number(digits)
  const fits = ipv6 === undefined ? isIpv4(ipv4 ?? '') : isIpv6(ipv6)
  if (host === undefined || !fits || port < 1 || port > 65535) {
    throw badIp(text, what, 'an address with a port', 'write it like 185.206.122.31:5566 or [2a02::1]:5566')
  }
  return { host, port }
}

function addressOf(text: string | undefined): string | undefined {
  return text?.split('/')[0]
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
