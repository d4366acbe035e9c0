/**
 * Which address each machine of a node has in a network. Pure; runs in a browser.
 *
 * Who asks for one gets it or an error, who has one keeps it, the others take the first free ones from .2 on in the order
 * of their names. .0 and .255 are the subnet's own and .1 is the gateway: nobody ever gets those.
 */
import { InputError } from '../../errors/input.js'
import { NetworkError } from '../../errors/network.js'
import { type Cidr, contains, formatCidr, hostAt } from './cidr.js'
import { formatIp, parseIp } from './ip.js'
import { compareNaturally } from './natural-order.js'
import { parseNodeSubnet } from './network-range.js'

export const FIRST_MACHINE = 2
export const LAST_MACHINE = 254

export interface MachineIpRequest {
  /** Unique on this node; decides the order. */
  readonly name: string
  /** The address it must have. */
  readonly ip?: string
  /** The address it has; kept unless `ip` says otherwise. */
  readonly held?: string
  /** Where the request was made, for errors: `machines[0].ip`. The name when absent. */
  readonly where?: string
}

export interface MachineIpsInput {
  /** The node's /24. */
  readonly subnet: string
  readonly machines: readonly MachineIpRequest[]
  /** Addresses of others, and whose they are. An address that one of `machines` holds may be among them. */
  readonly reserved?: readonly (string | { readonly ip: string; readonly by: string })[]
}

/** @returns the address of each machine by name
 * @throws {InputError|NetworkError} INPUT_IP, INPUT_CIDR, NETWORK_RANGE, NETWORK_CONFLICT naming both places, NETWORK_FULL
 * @example
 * allocateMachineIps({ subnet: '10.249.2.0/24', machines: [{ name: 'a' }, { name: 'b', ip: '10.249.2.2' }] })
 * // Map { 'a' → '10.249.2.3', 'b' → '10.249.2.2' }
 */
export function allocateMachineIps({ subnet, machines, reserved = [] }: MachineIpsInput): ReadonlyMap<string, string> {
  const range = parseNodeSubnet(subnet)
  const sorted = sortedByName(machines)
  const assigned = new Map<string, string>()
  const taken = reservedIps(reserved, sorted)

  const assign = (machine: MachineIpRequest, ip: string) => {
    const other = taken.get(ip)
    if (other !== undefined) throw conflict(machine, ip, other)
    taken.set(ip, placeOf(machine))
    assigned.set(machine.name, ip)
  }

  // Those who stay come first, so that a new wish never takes the place of somebody who is there.
  const wishes = sorted.flatMap(machine => {
    const ip = machine.ip ?? machine.held
    return ip === undefined ? [] : [{ machine, ip, stays: machine.ip === undefined || machine.ip === machine.held }]
  })
  for (const { machine, ip } of [...wishes.filter(wish => wish.stays), ...wishes.filter(wish => !wish.stays)]) {
    assign(machine, checkedIp(machine, ip, range))
  }

  let next = FIRST_MACHINE
  for (const machine of sorted) {
    if (assigned.has(machine.name)) continue
    let ip = formatIp(hostAt(range, next))
    while (next <= LAST_MACHINE && taken.has(ip)) ip = formatIp(hostAt(range, ++next))
    if (next > LAST_MACHINE) throw full(formatCidr(range), machine)
    assign(machine, ip)
  }
  return assigned
}

function sortedByName(machines: readonly MachineIpRequest[]): readonly MachineIpRequest[] {
  const sorted = [...machines].sort((a, b) => compareNaturally(a.name, b.name))
  const twice = sorted.find((machine, i) => i > 0 && machine.name === sorted[i - 1]?.name)
  if (twice) throw new InputError('INPUT_OPTION', `two machines have the name ${twice.name}`, { where: placeOf(twice) })
  return sorted
}

/** Nodes list the addresses of all machines, so that of a machine that is planned again is its own, not another's. */
function reservedIps(
  reserved: MachineIpsInput['reserved'],
  machines: readonly MachineIpRequest[],
): Map<string, string> {
  const own = new Set(machines.flatMap(({ held }) => (held === undefined ? [] : [formatIp(parseIp(held))])))
  const taken = new Map<string, string>()
  for (const entry of reserved ?? []) {
    const { ip, by } = typeof entry === 'string' ? { ip: entry, by: 'a machine that is there' } : entry
    const text = formatIp(parseIp(ip, `the address of ${by}`))
    if (!own.has(text)) taken.set(text, by)
  }
  return taken
}

function checkedIp(machine: MachineIpRequest, text: string, range: Cidr): string {
  const ip = parseIp(text, `the address of ${placeOf(machine)}`)
  const host = Number(ip.value - range.value)
  if (contains(range, ip) && host >= FIRST_MACHINE && host <= LAST_MACHINE) return formatIp(ip)

  const [first, last] = [formatIp(hostAt(range, FIRST_MACHINE)), formatIp(hostAt(range, LAST_MACHINE))]
  const why = contains(range, ip) ? 'which is reserved' : `which is not in the node's subnet ${formatCidr(range)}`
  throw new NetworkError('NETWORK_RANGE', `${placeOf(machine)} asks for ${formatIp(ip)}, ${why}`, {
    where: placeOf(machine),
    hint: `choose an address from ${first} to ${last}, or none`,
    details: { ip: formatIp(ip), subnet: formatCidr(range) },
  })
}

function placeOf(machine: MachineIpRequest): string {
  return machine.where ?? `machine ${machine.name}`
}

function conflict(machine: MachineIpRequest, ip: string, other: string): NetworkError {
  const place = placeOf(machine)
  return new NetworkError('NETWORK_CONFLICT', `${place} and ${other} both want ${ip}`, {
    where: place,
    hint: 'choose another address for one of them, or none',
    details: { ip, places: [place, other] },
  })
}

function full(subnet: string, machine: MachineIpRequest): NetworkError {
  return new NetworkError('NETWORK_FULL', `${subnet} has no address left for ${placeOf(machine)}`, {
    where: placeOf(machine),
    hint: 'put the machine on another node, or into another network',
    details: { subnet },
  })
}
