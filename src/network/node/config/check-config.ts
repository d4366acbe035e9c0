/** From whatever was in a file to a configuration that can be worked with. */
import { parseCidr, parseIp } from '../../address/index.js'
import { checkInterfaceName } from '../decide/device-names.js'
import { checkMachines } from './check-machines.js'
import { checkNetworks } from './check-networks.js'
import type { NodeNetworkConfig, PublicConfig } from './config.js'
import { FieldReader } from './fields.js'
import { Problems } from './problems.js'
import { addressWithin, canonicalInterface } from './values.js'

const KEYS = [
  'node',
  'nics',
  'uplink',
  'exit',
  'public',
  'blockedPorts',
  'duplicateAddressDetection',
  'inboundIpv6',
  'mycelium',
  'networks',
  'machines',
]
const MOST_NICS = 64
const MOST_PORTS = 1024
const MOST_VLAN = 4094
const DEFAULT_BLOCKED_PORTS = [25]
const ENDPOINT = /^(?:tcp|quic|tls):\/\/(?:\[[0-9a-fA-F:.]+\]|[0-9.]+):\d{1,5}$/

/** The checked configuration: addresses canonical, defaults filled in, every reference there.
 *
 * @param input parsed JSON, from anywhere
 * @throws {ModelError} MODEL_INVALID with every problem at once; no secret is repeated
 * @example checkConfig({ node: 'node-1', networks: [] })
 */
export function checkConfig(input: unknown): NodeNetworkConfig {
  const problems = new Problems()
  const reader = FieldReader.of(input, '', KEYS, problems)
  if (reader === undefined) {
    problems.check()
    throw new TypeError('unreachable: what is no object is a problem')
  }

  const nics = reader.has('nics') ? reader.list('nics', MOST_NICS, nicName(problems)) : undefined
  const networks = checkNetworks(reader)
  const config: NodeNetworkConfig = {
    node: identity(reader),
    ...(nics === undefined ? {} : { nics }),
    ...segment(reader, 'uplink'),
    ...segment(reader, 'exit'),
    ...publicConfig(reader),
    blockedPorts: reader.has('blockedPorts') ? ports(reader) : DEFAULT_BLOCKED_PORTS,
    duplicateAddressDetection: reader.flag('duplicateAddressDetection') ?? true,
    ...defined('inboundIpv6', reader.oneOf('inboundIpv6', ['open', 'closed'] as const, true)),
    ...defined('mycelium', mycelium(reader)),
    networks,
    machines: checkMachines(reader, networks),
  }
  crossChecks(config, problems)
  problems.check()
  return config
}

function crossChecks(
  { uplink, exit, nics, public: given, machines = [] }: NodeNetworkConfig,
  problems: Problems,
): void {
  for (const [key, segment] of Object.entries({ uplink, exit })) {
    if (segment?.nic !== undefined && nics !== undefined && !nics.includes(segment.nic)) {
      problems.add(`${key}.nic`, 'reference', `is ${segment.nic}, which nics does not name`)
    }
  }
  if (uplink?.nic !== undefined && uplink.nic === exit?.nic) {
    problems.add(
      'exit.nic',
      'conflict',
      `is ${uplink.nic}, the uplink too: leave it out, the exit then goes through it`,
    )
  }
  for (const [index, { publicIp }] of machines.entries()) {
    if (publicIp?.ipv4 !== undefined && publicIp.ipv4 === given?.ipv4) {
      problems.add(`machines[${index}].publicIp.ipv4`, 'conflict', 'is the address of public.ipv4: the node has it')
    }
  }
}

function identity(reader: FieldReader): string {
  const node = reader.text('node')
  if (node === '') reader.problems.add('node', 'text', "must be the node's identity, which its addresses come from")
  return node ?? ''
}

const nicName = (problems: Problems) => (value: unknown, path: string) =>
  problems.attempt(path, 'interfaceName', () => checkInterfaceName(String(value), 'the name of a NIC'))

function segment(reader: FieldReader, key: 'uplink' | 'exit') {
  const of = reader.object(key, ['nic', 'vlan'])
  if (of === undefined) return {}
  const nic = of.has('nic') ? of.parsed('nic', text => checkInterfaceName(text, 'the name of a NIC')) : undefined
  return { [key]: { ...defined('nic', nic), ...defined('vlan', of.integer('vlan', 1, MOST_VLAN, true)) } }
}

function ports(reader: FieldReader): readonly number[] {
  const list = reader.list('blockedPorts', MOST_PORTS, (value, path) => {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536) return value
    reader.problems.add(path, 'port', 'must be a port from 1 to 65535', value)
    return undefined
  })
  return [...new Set(list)].sort((a, b) => a - b)
}

function publicConfig(reader: FieldReader): { public?: PublicConfig } {
  const of = reader.object('public', ['ipv4', 'gateway4', 'ipv6', 'gateway6'])
  if (of === undefined) return {}
  const found: Record<string, string> = {}
  for (const [version, address, gateway] of [
    [4, 'ipv4', 'gateway4'],
    [6, 'ipv6', 'gateway6'],
  ] as const) {
    if (of.has(address) !== of.has(gateway)) {
      of.problems.add(
        of.at(of.has(address) ? gateway : address),
        'missing',
        `belongs with ${of.has(address) ? address : gateway}`,
      )
    }
    const cidr = of.has(address) ? of.parsed(address, text => canonicalInterface(text, version)) : undefined
    const via = of.has(gateway) ? of.parsed(gateway, text => addressWithin(text, version, cidr)) : undefined
    if (cidr !== undefined && via !== undefined) {
      Object.assign(found, { [address]: cidr, [gateway]: via })
      if (parseIp(via).value === parseCidr(cidr).value)
        of.problems.add(of.at(gateway), 'conflict', 'is the address itself')
    }
  }
  if (!of.has('ipv4') && !of.has('ipv6'))
    of.problems.add('public', 'missing', 'needs ipv4 with gateway4, or ipv6 with gateway6')
  return { public: found }
}

function mycelium(reader: FieldReader): NodeNetworkConfig['mycelium'] {
  const of = reader.object('mycelium', ['binary', 'peers'])
  if (of === undefined) return undefined
  const binary = of.text('binary', { most: 4096, optional: true })
  if (binary !== undefined && !binary.startsWith('/')) {
    of.problems.add(of.at('binary'), 'path', 'must be an absolute path', binary)
  }
  const peers = of.list('peers', 64, (value, path) => {
    if (typeof value === 'string' && ENDPOINT.test(value)) return value
    of.problems.add(path, 'endpoint', 'must be like tcp://192.0.2.1:9651 or tcp://[2001:db8::1]:9651', value)
    return undefined
  })
  return { ...defined('binary', binary), peers }
}

function defined<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}
