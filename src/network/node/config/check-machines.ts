/** The machines of a configuration, each in a network of it. */
import { toHex } from '../../../core/hex.js'
import { isPrivate, networkId, parseCidr, parseIp, parseMachineSeed } from '../../address/index.js'
import { checkMachineIp } from '../decide/network-addresses.js'
import { MOST_TWIN } from './check-networks.js'
import type { MachineConfig, MachinePublicIp, NetworkConfig } from './config.js'
import { FieldReader } from './fields.js'
import type { Problems } from './problems.js'
import { addressWithin, canonicalInterface } from './values.js'

const MOST_MACHINES = 16_384
const KEYS = ['id', 'twin', 'network', 'ip', 'myceliumSeed', 'attach', 'publicIp']

/** Canonical; with everything that is wrong told to the reader's problems. */
export function checkMachines(reader: FieldReader, networks: readonly NetworkConfig[]): readonly MachineConfig[] {
  const byId = new Map(networks.map(network => [networkId(network.twin, network.name), network]))
  const taken = new Map<string, string>()
  return reader.list('machines', MOST_MACHINES, (value, path) => {
    const of = FieldReader.of(value, path, KEYS, reader.problems)
    if (of === undefined) return undefined
    const machine = readMachine(of, byId)
    if (machine !== undefined) unique(machine, path, taken, reader.problems)
    return machine
  })
}

function readMachine(of: FieldReader, networks: ReadonlyMap<string, NetworkConfig>): MachineConfig | undefined {
  const id = workload(of, 'id')
  const twin = of.integer('twin', 1, MOST_TWIN)
  const name = of.text('network')
  const attach = of.oneOf('attach', ['tap', 'namespace'] as const, true) ?? 'tap'
  const publicIp = readPublicIp(of)
  if (id === undefined || twin === undefined || name === undefined) return undefined

  const network = networks.get(networkId(twin, name))
  if (network === undefined) {
    of.problems.add(of.at('network'), 'reference', `is ${name} of twin ${twin}, which networks does not have`)
    return undefined
  }
  const { subnet, mycelium } = network.data
  const ip = of.parsed('ip', text => checkMachineIp(subnet, text))
  const seed = of.has('myceliumSeed')
    ? of.parsed('myceliumSeed', text => toHex(parseMachineSeed(text)), { secret: true })
    : undefined
  if (seed !== undefined && mycelium === undefined) {
    of.problems.add(of.at('myceliumSeed'), 'reference', `the network ${name} has no Mycelium`)
  }
  if (ip === undefined) return undefined
  return {
    id,
    twin,
    network: name,
    ip,
    attach,
    ...(seed === undefined ? {} : { myceliumSeed: seed }),
    ...(publicIp === undefined ? {} : { publicIp }),
  }
}

function readPublicIp(machine: FieldReader): MachinePublicIp | undefined {
  const of = machine.object('publicIp', ['id', 'ipv4', 'gateway4', 'ipv6'])
  if (of === undefined) return undefined
  const id = workload(of, 'id')
  const ipv6 = of.flag('ipv6')
  const ipv4 = of.has('ipv4') ? of.parsed('ipv4', text => canonicalInterface(text, 4)) : undefined
  const gateway4 = of.has('gateway4') ? of.parsed('gateway4', text => addressWithin(text, 4, ipv4)) : undefined
  if (of.has('ipv4') !== of.has('gateway4')) of.problems.add(of.path, 'missing', 'ipv4 and gateway4 belong together')
  if (ipv4 === undefined && ipv6 !== true && !of.has('ipv4'))
    of.problems.add(of.path, 'missing', 'needs ipv4 with gateway4, or ipv6: true')
  if (ipv4 !== undefined && isPrivate(parseCidr(ipv4)))
    of.problems.add(of.at('ipv4'), 'range', 'is a private address', ipv4)
  if (id === undefined) return undefined
  return {
    id,
    ...(ipv4 === undefined || gateway4 === undefined ? {} : { ipv4, gateway4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  }
}

/** `<twin>-<contract>-<name>`: devices are named after it, and two machines of one id would share them. */
function workload(of: FieldReader, key: string): string | undefined {
  const id = of.text(key)
  if (id === undefined || /^[1-9]\d{0,9}-[1-9]\d{0,19}-[A-Za-z0-9_.-]{1,50}$/.test(id)) return id
  of.problems.add(of.at(key), 'workloadId', 'must be like 7-100-vm1: twin, contract and name of the workload', id)
  return undefined
}

function unique(
  { id, twin, network, ip, myceliumSeed, publicIp }: MachineConfig,
  path: string,
  taken: Map<string, string>,
  problems: Problems,
): void {
  const scope = networkId(twin, network)
  const claims: readonly (readonly [string, string, string | undefined])[] = [
    ['id', `the id ${id}`, `machine ${id}`],
    ['ip', `${ip} in ${network}`, `ip ${scope} ${ip}`],
    ['myceliumSeed', 'its Mycelium seed', myceliumSeed && `seed ${scope} ${myceliumSeed}`],
    ['publicIp.id', `the public address ${publicIp?.id}`, publicIp && `public ${publicIp.id}`],
    [
      'publicIp.ipv4',
      `${publicIp?.ipv4}`,
      publicIp?.ipv4 && `ipv4 ${parseIp(publicIp.ipv4.split('/')[0] ?? '').value}`,
    ],
  ]
  for (const [key, what, claim] of claims) {
    if (claim === undefined) continue
    const other = taken.get(claim)
    if (other === undefined) taken.set(claim, path)
    else problems.add(`${path}.${key}`, 'duplicate', `has ${what}, and so has ${other}`)
  }
}
