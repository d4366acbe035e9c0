/**
 * What a person gives to wg-quick to enter a network: written, and read again. Pure; runs in a browser.
 *
 * The person's address is the routing address of the /24 of their way in; the whole network goes through one node.
 * Source: threefoldtech/tfgrid-sdk-ts packages/grid_client/src/primitives/network.ts.
 */
import { Secret } from '../../core/secret.js'
import { InputError } from '../../errors/input.js'
import { canonicalCidr, formatCidr } from './cidr.js'
import { parseNetworkRange, parseNodeSubnet } from './network-range.js'
import { parseEndpoint, routingIp } from './wireguard.js'
import { parseWireguardKey } from './wireguard-keys.js'

/** Keeps the way through a home router open. */
const KEEPALIVE_SECONDS = 25
const MAX_CHARACTERS = 16 * 1024

export interface UserConfigInput {
  /** Of the person, base64. The result contains it: handle it as a secret. */
  readonly privateKey: string
  /** The /24 of the way in. */
  readonly subnet: string
  /** The network's /16. */
  readonly ipRange: string
  /** Of the access node, base64. */
  readonly peerPublicKey: string
  /** `host:port` of the access node. */
  readonly endpoint: string
}

export interface UserConfig {
  readonly address: string
  readonly privateKey: Secret<string>
  readonly publicKey: string
  readonly allowedIps: readonly string[]
  readonly keepaliveSeconds: number
  readonly endpoint: string
}

/** The text of a file for `wg-quick up`.
 *
 * @throws {InputError|NetworkError} INPUT_KEY, INPUT_CIDR, INPUT_IP, NETWORK_RANGE; no key is repeated
 */
export function userConfig(input: UserConfigInput): string {
  parseWireguardKey(input.privateKey, 'the private key of the way in')
  parseWireguardKey(input.peerPublicKey, 'the public key of the access node')
  parseEndpoint(input.endpoint, 'the endpoint of the access node')
  const range = parseNetworkRange(input.ipRange)
  parseNodeSubnet(input.subnet, range, 'the subnet of the way in')
  const networkIp = routingIp(formatCidr({ ...range, prefixLength: 24 }))

  return [
    '[Interface]',
    `Address = ${routingIp(input.subnet)}`,
    `PrivateKey = ${input.privateKey}`,
    '',
    '[Peer]',
    `PublicKey = ${input.peerPublicKey}`,
    `AllowedIPs = ${formatCidr(range)}, ${networkIp}`,
    `PersistentKeepalive = ${KEEPALIVE_SECONDS}`,
    `Endpoint = ${input.endpoint}`,
    '',
  ].join('\n')
}

/** Reads what `userConfig` or another client of the grid wrote: one interface, one peer.
 *
 * @throws {InputError} INPUT_FILE. Lines are named by number and values by name, neither is repeated.
 */
export function parseUserConfig(text: string): UserConfig {
  const values = readSections(text)
  const read = (name: string) => {
    const value = values.get(name)
    if (value === undefined) throw malformed(`has no ${name}`)
    return value
  }
  const keepaliveSeconds = Number(values.get('Peer.PersistentKeepalive') ?? 0)
  if (!Number.isInteger(keepaliveSeconds) || keepaliveSeconds < 0 || keepaliveSeconds > 65535) {
    throw malformed('has an impossible Peer.PersistentKeepalive')
  }

  return {
    address: checked('Interface.Address', read, canonicalCidr),
    privateKey: new Secret(checked('Interface.PrivateKey', read, text => parseWireguardKey(text) && text)),
    publicKey: checked('Peer.PublicKey', read, text => parseWireguardKey(text) && text),
    allowedIps: checked('Peer.AllowedIPs', read, text => text.split(',').map(range => canonicalCidr(range.trim()))),
    keepaliveSeconds,
    endpoint: checked('Peer.Endpoint', read, text => parseEndpoint(text) && text),
  }
}

/** In a damaged file any value may hold a piece of the private key: the name is told, and nothing else. */
function checked<T>(name: string, read: (name: string) => string, parse: (text: string) => T): T {
  const text = read(name)
  try {
    return parse(text)
  } catch {
    throw malformed(`has an impossible ${name}`)
  }
}

/** `Section.Name` → value. Names are compared as wg-quick does: in any case. */
function readSections(text: string): ReadonlyMap<string, string> {
  if (text.length > MAX_CHARACTERS) throw malformed(`has more than ${MAX_CHARACTERS} characters`)
  const values = new Map<string, string>()
  let section = ''
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim()
    const header = /^\[(\w+)\]$/.exec(line)?.[1]
    const separator = line.indexOf('=')
    if (line === '') continue
    if (header !== undefined) {
      section = spelled(SECTIONS, header)
      if (values.has(section)) throw malformed(`has two sections [${section}], at line ${index + 1}`)
      values.set(section, '')
    } else {
      const name = `${section}.${spelled(NAMES, line.slice(0, separator).trim())}`
      if (separator < 1 || section === '' || values.has(name)) throw malformed(`cannot be read at line ${index + 1}`)
      values.set(name, line.slice(separator + 1).trim())
    }
  }
  return values
}

const SECTIONS = ['Interface', 'Peer']
const NAMES = ['Address', 'PrivateKey', 'PublicKey', 'AllowedIPs', 'PersistentKeepalive', 'Endpoint']

function spelled(known: readonly string[], name: string): string {
  return known.find(candidate => candidate.toLowerCase() === name.toLowerCase()) ?? name
}

function malformed(what: string): InputError {
  return new InputError('INPUT_FILE', `the WireGuard configuration ${what}`, {
    hint: 'it has an [Interface] with Address and PrivateKey, and a [Peer] with PublicKey, AllowedIPs and Endpoint',
  })
}
