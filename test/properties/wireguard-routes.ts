/** For tests: WireGuard's own rules, walked hop by hop through a planned network. */
import { type Cidr, contains, hostAt, networkOf, parseCidr } from '../../src/network/address/cidr.js'
import { formatIp, type Ip, parseIp } from '../../src/network/address/ip.js'
import { type TopologyInput, wireguardPeers } from '../../src/network/address/topology.js'
import { parseUserConfig, userConfig } from '../../src/network/address/user-config.js'
import { routingIp } from '../../src/network/address/wireguard.js'
import { wireguardKeysFrom } from '../../src/network/address/wireguard-keys.js'

const HOPS = 6
const PERSONS_KEY = wireguardKeysFrom(new Uint8Array(32).fill(1)).privateKey

/** A WireGuard public key that `number` gives. */
export function key(number: number): string {
  return Buffer.from(new Uint8Array(32).fill(number)).toString('base64')
}

interface Router {
  readonly name: string
  readonly publicKey: string
  readonly subnet: Cidr
  /** Where it is reached as a router. */
  readonly routing: Ip
  readonly peers: readonly { publicKey: string; allowed: readonly Cidr[] }[]
}

/** What cannot be reached: `from → to: why`. Empty when everybody reaches everybody. */
export function routeAll(input: TopologyInput): string[] {
  const routers = routersOf(input)
  const failures: string[] = []
  for (const from of routers) {
    for (const to of routers) {
      for (const [source, target] of journeys(from, to)) {
        const why = walk(routers, from, to, source, target)
        if (why) failures.push(`${from.name} (${formatIp(source)}) → ${to.name} (${formatIp(target)}): ${why}`)
      }
    }
  }
  return failures
}

/**
 * Machines speak with the addresses of their subnets; a person's computer with its routing address, and so do nodes
 * among themselves. A person's configuration names no routing addresses of others, so those are not asked of it.
 */
function journeys(from: Router, to: Router): (readonly [Ip, Ip])[] {
  const journeys: (readonly [Ip, Ip])[] = [[hostOf(from), hostOf(to)]]
  const people = [from, to].filter(isPerson).length
  if (people === 0) journeys.push([from.routing, to.routing], [from.routing, hostOf(to)], [hostOf(from), to.routing])
  if (isPerson(from) && !isPerson(to)) journeys.push([from.routing, hostOf(to)])
  if (isPerson(to) && !isPerson(from)) journeys.push([hostOf(from), to.routing])
  return journeys
}

function walk(routers: readonly Router[], from: Router, to: Router, source: Ip, target: Ip): string | undefined {
  let here = from
  for (let hop = 0; hop < HOPS; hop++) {
    if (owns(here, target)) return here === to ? undefined : `arrives at ${here.name}`
    const nextKey = peerFor(here, target)
    const next = routers.find(({ publicKey }) => publicKey === nextKey)
    if (!next) return `${here.name} has no peer for it`
    // A packet is taken only from the peer its source would be answered to.
    if (peerFor(next, source) !== here.publicKey) return `${next.name} does not take it from ${here.name}`
    here = next
  }
  return 'goes round in circles'
}

function peerFor(router: Router, address: Ip): string | undefined {
  const matches = router.peers.flatMap(({ publicKey, allowed }) =>
    allowed.filter(range => contains(range, address)).map(range => ({ publicKey, prefixLength: range.prefixLength })),
  )
  return matches.sort((a, b) => b.prefixLength - a.prefixLength)[0]?.publicKey
}

function owns(router: Router, address: Ip): boolean {
  return contains(router.subnet, address) || address.value === router.routing.value
}

function routersOf(input: TopologyInput): readonly Router[] {
  const peers = wireguardPeers(input)
  const nodes = input.nodes.map(({ nodeId, publicKey, subnet }) => ({
    name: `node ${nodeId}`,
    publicKey,
    ...placeOf(subnet),
    peers: (peers.get(nodeId) ?? []).map(({ wireguard_public_key, allowed_ips }) => ({
      publicKey: wireguard_public_key,
      allowed: allowed_ips.map(text => parseCidr(text)),
    })),
  }))
  const people = (input.accesses ?? []).map(({ nodeId, publicKey, subnet }) => {
    const node = input.nodes.find(candidate => candidate.nodeId === nodeId)
    const config = parseUserConfig(
      userConfig({
        privateKey: PERSONS_KEY,
        subnet,
        ipRange: input.ipRange,
        peerPublicKey: node?.publicKey ?? '',
        endpoint: node?.endpoint ?? '',
      }),
    )
    return {
      name: `person ${subnet}`,
      publicKey,
      ...placeOf(subnet),
      peers: [{ publicKey: config.publicKey, allowed: config.allowedIps.map(text => parseCidr(text)) }],
    }
  })
  return [...nodes, ...people]
}

function isPerson({ name }: Router): boolean {
  return name.startsWith('person')
}

function hostOf({ subnet }: Router): Ip {
  return hostAt(subnet, 2)
}

function placeOf(subnet: string): Pick<Router, 'subnet' | 'routing'> {
  return { subnet: networkOf(parseCidr(subnet)), routing: parseIp(routingIp(subnet).split('/')[0] as string) }
}
