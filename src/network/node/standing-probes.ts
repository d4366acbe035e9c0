/**
 * What a node that is set up shows of its NICs, in the form in which probing shows it: leases and addresses stand on the
 * bridges and in ndmz then, not on the NICs. Pure.
 */
import { NAMESPACE, NDMZ_LINK } from './compile/names.js'
import type { NodeNetworkConfig } from './config/config.js'
import type { NicProbe } from './decide/probe.js'
import { ROOT } from './state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedState } from './state/observed.js'

export function standingProbes(
  observed: ObservedState,
  nics: readonly string[],
  choices: { readonly uplink?: string; readonly exit?: string },
  config: Pick<NodeNetworkConfig, 'public'>,
): readonly NicProbe[] {
  const root = observed.namespaces.find(({ name }) => name === ROOT)
  const ndmz = observed.namespaces.find(({ name }) => name === NAMESPACE.ndmz)
  return nics.map(nic => {
    const link = root?.links.find(({ name }) => name === nic)
    const carrier = link?.carrier ?? false
    const plain = { nic, carrier, ...(link?.mac === undefined ? {} : { mac: link.mac }), leases: [], ipv6: [] }
    // What shows of the uplink: its bridge, and the link out of ndmz that hangs on it.
    if (nic === choices.uplink) {
      const six = choices.exit === undefined ? sides(ndmz, NDMZ_LINK.ipv6, 6) : sides(root, 'zos', 6)
      return { ...plain, ...lease(sides(ndmz, NDMZ_LINK.ipv4, 4), sides(root, 'zos', 4)), ...ipv6(six) }
    }
    if (nic === choices.exit) return { ...plain, ...publicLease(config), ...ipv6(sides(ndmz, NDMZ_LINK.ipv6, 6)) }
    return plain
  })
}

interface Side {
  readonly address?: string
  readonly gateway?: string
}

function sides(namespace: ObservedNamespace | undefined, name: string, family: 4 | 6): Side {
  const link = namespace?.links.find(one => one.name === name)
  const address = link && global(link, family)
  const gateway = namespace?.routes.find(
    route => route.family === family && route.link === name && /\/0$/.test(route.to),
  )?.via
  return { ...(address === undefined ? {} : { address }), ...(gateway === undefined ? {} : { gateway }) }
}

function global({ addresses }: ObservedLink, family: 4 | 6): string | undefined {
  return addresses.find(({ cidr, scope }) => scope === 'global' && cidr.includes(':') === (family === 6))?.cidr
}

function lease(...candidates: readonly Side[]): Pick<NicProbe, 'leases'> {
  const { address, gateway } = candidates.find(side => side.address !== undefined) ?? {}
  if (address === undefined) return { leases: [] }
  return { leases: [{ address, ...(gateway === undefined ? {} : { router: gateway }) }] }
}

function publicLease({ public: given }: Pick<NodeNetworkConfig, 'public'>): Pick<NicProbe, 'leases'> {
  if (given?.ipv4 === undefined || given.gateway4 === undefined) return { leases: [] }
  return { leases: [{ address: given.ipv4, router: given.gateway4 }] }
}

function ipv6({ address, gateway }: Side): Pick<NicProbe, 'ipv6' | 'gateway6'> {
  return { ipv6: address === undefined ? [] : [address], ...(gateway === undefined ? {} : { gateway6: gateway }) }
}
