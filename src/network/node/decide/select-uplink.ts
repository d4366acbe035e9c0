/**
 * Which NIC the node boots and speaks through: one with a way out, private segments first.
 *
 * A private gateway is the farmer's own network, made for this; a public address is left to workloads where there is a
 * choice. Source: threefoldtech/zosbase pkg/network/bootstrap/bootstrap.go, whose node knows IPv4 only.
 */
import { compareNaturally, formatIp, type Ip } from '../../address/index.js'
import { addressOf, gatewayOf, globalIpv6, isFree, isLinkLocal6, isPrivateGateway, type NicProbe } from './probe.js'

/** A: a private gateway; B: another IPv4 gateway; C: another IPv6 default route. */
export type UplinkTier = 'A' | 'B' | 'C'

export type UplinkChoice =
  | { readonly nic: string; readonly tier: UplinkTier; readonly reason: string }
  | { readonly error: 'no-default-gateway'; readonly reason: string }

export interface SelectUplinkOptions {
  /** Choose as the Go node does: by DHCPv4 alone. */
  readonly compatible?: boolean
}

interface Way {
  readonly nic: string
  readonly tier: UplinkTier
  readonly own: Ip
  readonly gateway: Ip
}

/** The choice is the same in whatever order the NICs are named: tier, IPv4 before IPv6, lowest own address, name.
 *
 * @throws {InputError} INPUT_IP, INPUT_CIDR when a probe holds what is no address
 * @example
 * selectUplink([{ nic: 'eth0', carrier: true, leases: [{ address: '10.0.0.9/24', router: '10.0.0.1' }], ipv6: [] }])
 * // { nic: 'eth0', tier: 'A', reason: 'eth0 has a private gateway, 10.0.0.1' }
 */
export function selectUplink(probes: readonly NicProbe[], options: SelectUplinkOptions = {}): UplinkChoice {
  const free = probes.filter(isFree)
  const ways = free
    .flatMap(probe => [...ipv4Ways(probe), ...(options.compatible === true ? [] : ipv6Ways(probe))])
    .sort(compareWays)
  const best = ways[0]
  if (best === undefined) return { error: 'no-default-gateway', reason: reasonOfNone(probes, free) }

  const rivals = new Set(ways.filter(way => way.tier === best.tier && way.nic !== best.nic).map(way => way.nic))
  return { nic: best.nic, tier: best.tier, reason: reasonOf(best, rivals.size) }
}

function ipv4Ways({ nic, leases }: NicProbe): Way[] {
  return leases.flatMap(({ address, router }) => {
    if (router === undefined) return []
    const gateway = gatewayOf(router)
    return [{ nic, tier: isPrivateGateway(gateway) ? 'A' : 'B', own: addressOf(address), gateway } satisfies Way]
  })
}

function ipv6Ways(probe: NicProbe): Way[] {
  const { nic, ipv6, gateway6 } = probe
  if (gateway6 === undefined || ipv6.length === 0) return []

  // Every segment's next hop may be fe80::1: it is the NIC's own prefix that tells what kind of segment it is.
  const gateway = gatewayOf(gateway6)
  const isPrivate = isLinkLocal6(gateway) ? globalIpv6(probe).length === 0 : isPrivateGateway(gateway)
  return ipv6.map(address => ({ nic, tier: isPrivate ? 'A' : 'C', own: addressOf(address), gateway }))
}

function compareWays(a: Way, b: Way): number {
  if (a.tier !== b.tier) return a.tier < b.tier ? -1 : 1
  if (a.own.version !== b.own.version) return a.own.version - b.own.version
  if (a.own.value !== b.own.value) return a.own.value < b.own.value ? -1 : 1
  return compareNaturally(a.nic, b.nic)
}

function reasonOf({ nic, tier, own, gateway }: Way, rivals: number): string {
  const found = {
    A: `${nic} has a private gateway, ${formatIp(gateway)}`,
    B: `no NIC has a private gateway; ${nic} has a public one, ${formatIp(gateway)}`,
    C: `no NIC has an IPv4 gateway; ${nic} has an IPv6 default route by ${formatIp(gateway)}`,
  }[tier]
  return rivals === 0 ? found : `${found}, and of ${rivals + 1} such NICs the lowest address, ${formatIp(own)}`
}

function reasonOfNone(probes: readonly NicProbe[], free: readonly NicProbe[]): string {
  if (probes.length === 0) return 'there is no NIC'
  if (free.length === 0) return 'no NIC has both a cable and nothing else that uses it'
  const names = free.map(probe => probe.nic).sort(compareNaturally)
  return `neither DHCP nor router advertisements name a gateway on ${names.join(', ')}`
}
