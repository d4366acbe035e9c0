/** Whether networks get out of the node, by family, as ndmz shows it. Pure. */
import { NAMESPACE, NDMZ_LINK } from './compile/names.js'
import type { ObservedLink, ObservedState } from './state/observed.js'

export interface FamilyReadiness {
  /** An address that can be used, and a way out. */
  readonly ready: boolean
  /** With prefix length. */
  readonly address?: string
  readonly gateway?: string
}

export interface Readiness {
  readonly ipv4: FamilyReadiness
  readonly ipv6: FamilyReadiness
}

/** Either family is enough for a node to work; the other is awaited beside it. */
export function isReady({ ipv4, ipv6 }: Readiness): boolean {
  return ipv4.ready || ipv6.ready
}

export function readinessOf(observed: ObservedState): Readiness {
  const ndmz = observed.namespaces.find(({ name }) => name === NAMESPACE.ndmz)
  const family = (name: string, version: 4 | 6): FamilyReadiness => {
    const link = ndmz?.links.find(one => one.name === name)
    const address = link && usable(link, version)
    const gateway = ndmz?.routes.find(
      route => route.family === version && route.link === name && route.to === (version === 4 ? '0.0.0.0/0' : '::/0'),
    )?.via
    return {
      ready: address !== undefined && gateway !== undefined,
      ...(address === undefined ? {} : { address }),
      ...(gateway === undefined ? {} : { gateway }),
    }
  }
  return { ipv4: family(NDMZ_LINK.ipv4, 4), ipv6: family(NDMZ_LINK.ipv6, 6) }
}

function usable({ addresses }: ObservedLink, version: 4 | 6): string | undefined {
  return addresses.find(
    ({ cidr, scope, tentative }) => scope === 'global' && !tentative && cidr.includes(':') === (version === 6),
  )?.cidr
}
