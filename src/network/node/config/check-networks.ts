/** The user networks of a configuration. */
import { toHex } from '../../../core/hex.js'
import { InputError } from '../../../errors/input.js'
import {
  formatCidr,
  networkId,
  networkOf,
  parseCidr,
  parseNetworkSeed,
  parseWireguardKey,
} from '../../address/index.js'
import { checkNetworkRanges } from '../decide/network-addresses.js'
import { type PortReservations, reservePort } from '../decide/wireguard-ports.js'
import type { NetworkConfig, NetworkWorkload } from './config.js'
import { FieldReader } from './fields.js'
import { canonicalEndpoint } from './values.js'

const MOST_NETWORKS = 4_096
const MOST_PEERS = 4_096
export const MOST_TWIN = 2 ** 32 - 1
/** Those of other clients too: what a node accepts as the name of a network. */
const NAME_CHARACTERS = 50
const DATA = ['ip_range', 'subnet', 'wireguard_private_key', 'wireguard_listen_port', 'peers', 'mycelium']
const PEER = ['subnet', 'wireguard_public_key', 'allowed_ips', 'endpoint']

/** Canonical; with everything that is wrong told to the reader's problems. */
export function checkNetworks(reader: FieldReader): readonly NetworkConfig[] {
  let reservations: PortReservations = new Map()
  const seen = new Map<string, string>()
  return reader.list('networks', MOST_NETWORKS, (value, path) => {
    const network = readNetwork(value, path, reader)
    if (network === undefined) return undefined
    const { twin, name, data } = network
    const id = networkId(twin, name)
    const first = seen.get(id)
    if (first !== undefined) {
      reader.problems.add(path, 'duplicate', `is ${name} of twin ${twin}, as ${first} is already`)
      return network
    }
    seen.set(id, path)
    if (data.wireguard_private_key === '') return network
    const port = `${path}.data.wireguard_listen_port`
    reservations =
      reader.problems.attempt(port, 'port', () => reservePort(reservations, id, data.wireguard_listen_port)) ??
      reservations
    return network
  })
}

function readNetwork(value: unknown, path: string, { problems }: FieldReader): NetworkConfig | undefined {
  const of = FieldReader.of(value, path, ['twin', 'name', 'type', 'data'], problems)
  if (of === undefined) return undefined
  const twin = of.integer('twin', 1, MOST_TWIN)
  const name = of.text('name', { most: NAME_CHARACTERS })
  const type = of.oneOf('type', ['network', 'network-light'] as const)
  const data = of.object('data', DATA)
  if (data === undefined && !of.has('data')) problems.add(of.at('data'), 'missing', "must be the workload's data")
  if (name === '') problems.add(of.at('name'), 'text', 'must not be empty')
  if (twin === undefined || !name || type === undefined || data === undefined) return undefined
  const workload = readData(data, type)
  return workload === undefined ? undefined : { twin, name, type, data: workload }
}

function readData(of: FieldReader, type: NetworkConfig['type']): NetworkWorkload | undefined {
  const range = of.parsed('ip_range', canonicalRange)
  const subnet = of.parsed('subnet', canonicalRange)
  const key = readPrivateKey(of, type)
  const port = key === '' ? 0 : of.integer('wireguard_listen_port', 1, 65_535)
  const peers = of.list('peers', MOST_PEERS, (value, path) => readPeer(value, path, of))
  const mycelium = readMycelium(of, type)
  if (range === undefined || subnet === undefined || key === undefined || port === undefined) return undefined

  const data = {
    ip_range: range,
    subnet,
    wireguard_private_key: key,
    wireguard_listen_port: port,
    peers,
    ...(mycelium === undefined ? {} : { mycelium }),
  }
  of.problems.attempt(of.path, 'ranges', () => checkNetworkRanges(data))
  const keys = peers.map(peer => peer.wireguard_public_key)
  const twice = keys.findIndex((one, index) => keys.indexOf(one) !== index)
  if (twice >= 0)
    of.problems.add(
      `${of.at('peers')}[${twice}]`,
      'duplicate',
      `has the key of peers[${keys.indexOf(keys[twice] ?? '')}]`,
    )
  return data
}

/** A light network may have none: it is then Mycelium only. Never repeated. */
function readPrivateKey(of: FieldReader, type: NetworkConfig['type']): string | undefined {
  const { wireguard_private_key: given } = of.fields
  if (type === 'network-light' && (given === undefined || given === '')) return ''
  return of.parsed('wireguard_private_key', canonicalKey, { secret: true })
}

function readPeer(value: unknown, path: string, { problems }: FieldReader) {
  const of = FieldReader.of(value, path, PEER, problems)
  if (of === undefined) return undefined
  const subnet = of.parsed('subnet', canonicalRange)
  const key = of.parsed('wireguard_public_key', canonicalKey)
  const allowed = of.list('allowed_ips', 64, (one, at) =>
    problems.attempt(at, 'range', () => canonicalRange(String(one))),
  )
  const endpoint = of.fields.endpoint === '' || !of.has('endpoint') ? '' : of.parsed('endpoint', canonicalEndpoint)
  if (allowed.length === 0) problems.add(of.at('allowed_ips'), 'missing', 'must name at least one range')
  if (subnet === undefined || key === undefined || endpoint === undefined) return undefined
  return { subnet, wireguard_public_key: key, allowed_ips: [...new Set(allowed)].sort(), endpoint }
}

function readMycelium(of: FieldReader, type: NetworkConfig['type']): NetworkWorkload['mycelium'] {
  const mycelium = of.object('mycelium', ['hex_key', 'peers'])
  if (mycelium === undefined) {
    if (type === 'network-light' && !of.has('mycelium'))
      of.problems.add(of.at('mycelium'), 'missing', 'a light network has one')
    return undefined
  }
  if (mycelium.list('peers', 64, one => one).length > 0) {
    of.problems.add(mycelium.at('peers'), 'empty', 'nodes take no peers from a network')
  }
  const key = mycelium.parsed('hex_key', text => toHex(parseNetworkSeed(text, 'the Mycelium key')), { secret: true })
  return key === undefined ? undefined : { hex_key: key, peers: [] }
}

function canonicalRange(text: string): string {
  return formatCidr(networkOf(parseCidr(text)))
}

/** Of all zeros it means to WireGuard that there is none. */
function canonicalKey(text: string): string {
  if (parseWireguardKey(text).every(byte => byte === 0)) {
    throw new InputError('INPUT_KEY', 'is all zeros, which stands for no key', { hint: 'make one with wg genkey' })
  }
  return text
}
