/**
 * Which /24 of a network belongs to whom: nodes and people's ways in. Pure; runs in a browser.
 *
 * Who has one keeps it, who asks for one gets it or an error, the others take the first free ones in the order of their
 * names. So the order of the requests never matters, and nobody moves because somebody else comes or goes.
 */
import { InputError } from '../../errors/input.js'
import { NetworkError } from '../../errors/network.js'
import { type Cidr, formatCidr, hostAt, subnetsOf } from './cidr.js'
import { compareNaturally } from './natural-order.js'
import { FIRST_SUBNET, NODE_PREFIX_LENGTH, parseNetworkRange, parseNodeSubnet, subnetAround } from './network-range.js'

export interface SubnetRequest {
  /** Unique; decides the order: `node 2` comes before `node 11`. */
  readonly owner: string
  /** The /24 it has. */
  readonly held?: string
  /** An address the /24 must contain: that of a machine with an address of its own. */
  readonly containing?: string
  /** Where the request was made, for errors: `machines[0].ip`. The owner when absent. */
  readonly where?: string
}

export interface SubnetsInput {
  /** The network's /16. */
  readonly ipRange: string
  readonly requests: readonly SubnetRequest[]
  /** /24s that are not to be given away, and whose they are. */
  readonly reserved?: readonly (string | { readonly subnet: string; readonly by: string })[]
}

/** @returns the /24 of each owner
 * @throws {InputError|NetworkError} INPUT_IP, INPUT_CIDR, NETWORK_RANGE, NETWORK_CONFLICT naming both places, NETWORK_FULL
 * @example
 * allocateSubnets({ ipRange: '10.249.0.0/16', requests: [{ owner: 'node 11', held: '10.249.2.0/24' }, { owner: 'node 168' }] })
 * // Map { 'node 11' → '10.249.2.0/24', 'node 168' → '10.249.3.0/24' }
 */
export function allocateSubnets({ ipRange, requests, reserved = [] }: SubnetsInput): ReadonlyMap<string, string> {
  const range = parseNetworkRange(ipRange)
  const sorted = sortedByOwner(requests)
  const taken = new Map<string, string>()
  const assigned = new Map<string, string>()

  const assign = (request: SubnetRequest, subnet: Cidr) => {
    const text = formatCidr(subnet)
    const other = taken.get(text)
    if (other !== undefined) throw conflict(placeOf(request), text, other)
    taken.set(text, placeOf(request))
    assigned.set(request.owner, text)
  }

  for (const entry of reserved) {
    const { subnet, by } = typeof entry === 'string' ? { subnet: entry, by: 'the network' } : entry
    taken.set(formatCidr(parseNodeSubnet(subnet, range, `the subnet of ${by}`)), by)
  }

  // What is there stays, even where another client put it.
  for (const request of sorted) {
    if (request.held === undefined) continue
    const held = parseNodeSubnet(request.held, range, `the subnet of ${placeOf(request)}`)
    if (request.containing !== undefined) checkHeld(request, request.containing, held, range)
    assign(request, held)
  }

  for (const request of sorted) {
    if (request.held !== undefined || request.containing === undefined) continue
    const subnet = subnetAround(request.containing, range, placeOf(request))
    checkHandedOut(request, request.containing, subnet, range)
    assign(request, subnet)
  }

  const free = freeSubnets(range, taken)
  for (const request of sorted) {
    if (assigned.has(request.owner)) continue
    const { value: subnet } = free.next()
    if (!subnet) throw full(ipRange, placeOf(request), taken.size)
    assign(request, subnet)
  }
  return assigned
}

function sortedByOwner(requests: readonly SubnetRequest[]): readonly SubnetRequest[] {
  const sorted = [...requests].sort((a, b) => compareNaturally(a.owner, b.owner))
  const twice = sorted.find((request, i) => i > 0 && request.owner === sorted[i - 1]?.owner)
  if (twice) throw new InputError('INPUT_OPTION', `${twice.owner} asks for two subnets`, { where: placeOf(twice) })
  return sorted
}

/** In order, without the first two and without those that are taken while it runs. */
function* freeSubnets(range: Cidr, taken: ReadonlyMap<string, string>): Generator<Cidr, void> {
  let number = 0
  for (const subnet of subnetsOf(range, NODE_PREFIX_LENGTH)) {
    if (number++ >= FIRST_SUBNET && !taken.has(formatCidr(subnet))) yield subnet
  }
}

function checkHeld(request: SubnetRequest, address: string, held: Cidr, range: Cidr): void {
  const subnet = formatCidr(subnetAround(address, range, placeOf(request)))
  if (subnet === formatCidr(held)) return
  throw new NetworkError(
    'NETWORK_CONFLICT',
    `${placeOf(request)} asks for ${address}, but ${request.owner} has ${formatCidr(held)} in this network`,
    {
      where: placeOf(request),
      hint: `choose an address in ${formatCidr(held)}, or none`,
      details: { address, subnet: formatCidr(held) },
    },
  )
}

function checkHandedOut(request: SubnetRequest, address: string, subnet: Cidr, range: Cidr): void {
  if (subnet.value >= hostAt(range, FIRST_SUBNET << 8).value) return
  throw new NetworkError(
    'NETWORK_RANGE',
    `${placeOf(request)} asks for ${address}, but ${formatCidr(subnet)} is reserved`,
    {
      where: placeOf(request),
      hint: `the first two subnets of a network are never handed out`,
      details: { address, subnet: formatCidr(subnet) },
    },
  )
}

function placeOf(request: SubnetRequest): string {
  return request.where ?? request.owner
}

function conflict(place: string, subnet: string, other: string): NetworkError {
  return new NetworkError('NETWORK_CONFLICT', `${place} and ${other} both want ${subnet}`, {
    where: place,
    hint: 'choose another address for one of them, or none',
    details: { subnet, places: [place, other] },
  })
}

function full(range: string, place: string, taken: number): NetworkError {
  return new NetworkError('NETWORK_FULL', `${range} has no subnet left for ${place}: ${taken} are in use`, {
    where: place,
    hint: 'use another network for it',
    details: { range, taken },
  })
}
