/** What a machine lacks to be a node. Pure. */
import type { NodeNetworkConfig } from '../config/config.js'
import type { Capabilities, CapabilityName } from './capabilities.js'

export interface MissingCapability {
  readonly capability: CapabilityName
  readonly reason: string
}

const ALWAYS: readonly CapabilityName[] = ['bridge', 'veth', 'macvlan', 'tap', 'nftInet', 'nftBridge']

/** Only what some node with this configuration needs: one of two that do the same is enough, VLANs where there are some. */
export function missingCapabilities(
  found: Capabilities,
  { uplink, exit }: Pick<NodeNetworkConfig, 'uplink' | 'exit'>,
): readonly MissingCapability[] {
  const lacks = (...either: readonly CapabilityName[]): readonly MissingCapability[] => {
    const [capability] = either
    if (capability === undefined || either.some(one => found[one].works)) return []
    return [{ capability, reason: either.map(one => found[one].reason ?? 'does not work').join('; ') }]
  }
  const clients = lacks('udhcpc', 'dhcpcd')
  // Where no namespace can be made, nothing else could be tried.
  if (!found.namespaces.works) return [...lacks('namespaces'), ...clients]
  return [
    ...ALWAYS.flatMap(one => lacks(one)),
    ...lacks('kernelWireguard', 'userspaceWireguard'),
    ...(uplink?.vlan === undefined && exit?.vlan === undefined ? [] : lacks('vlanFiltering')),
    ...clients,
  ]
}
