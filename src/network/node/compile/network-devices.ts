/** The objects of one user's network by name, and the bridges that its machines are ports of. */
import { fullNodeDevices, lightNodeDevices, networkId } from '../../address/index.js'
import type { NetworkConfig } from '../config/config.js'
import { ROOT } from '../state/desired.js'
import { type StateDraft, staticLink } from './draft.js'

/** What a network's objects are called: full and light nodes differ. */
export interface NetworkDevices {
  readonly id: string
  readonly namespace: string
  readonly bridge: string
  /** In the namespace, on the bridge. */
  readonly inner: string
  readonly wireguard: string
  readonly myceliumBridge: string
  readonly myceliumInner: string
  readonly myceliumTun: string
  readonly myceliumService: string
}

export function devicesOf({ twin, name, type }: Pick<NetworkConfig, 'twin' | 'name' | 'type'>): NetworkDevices {
  const id = networkId(twin, name)
  if (type === 'network-light') {
    const { privateBridge: bridge, ...light } = lightNodeDevices(id)
    return { id, ...light, bridge, inner: 'private', myceliumInner: 'mycelium' }
  }
  const { privateBridge: bridge, privateMacvlan: inner, myceliumMacvlan: myceliumInner, ...full } = fullNodeDevices(id)
  return { id, ...full, bridge, inner, myceliumInner }
}

/** In the root namespace, without addresses: machines are its ports, and the namespace's link hangs on it. */
export function addNetworkBridge(draft: StateDraft, name: string): void {
  const root = draft.in(ROOT)
  root.link({ ...staticLink(name, 'network'), kind: 'bridge', vlanFiltering: false })
  root.ofLink(name, { disable_ipv6: 1 })
}
