/**
 * A network's Mycelium on this node: a bridge for machines, its gateway in the network's namespace, and the daemon where
 * its program is there. Sources: threefoldtech/zosbase pkg/network/nr, pkg/network/mycelium.
 */
import { fromHex } from '../../../core/hex.js'
import { Secret } from '../../../core/secret.js'
import { deriveMycelium } from '../../address/index.js'
import type { NodeNetworkConfig } from '../config/config.js'
import { networkMyceliumGateway } from '../decide/network-addresses.js'
import { type StateDraft, stableMac, staticLink } from './draft.js'
import type { NodeFacts } from './facts.js'
import { addNetworkBridge, type NetworkDevices } from './network-devices.js'

export function addMycelium(
  draft: StateDraft,
  devices: NetworkDevices,
  hexKey: string,
  { config, facts }: { readonly config: NodeNetworkConfig; readonly facts: NodeFacts },
): void {
  addNetworkBridge(draft, devices.myceliumBridge)
  draft.in(devices.namespace).link({
    ...staticLink(devices.myceliumInner, 'mycelium', networkMyceliumGateway(deriveMycelium({ key: hexKey }).address)),
    macWhenMade: stableMac(devices.namespace, devices.myceliumInner),
    kind: 'macvlan',
    parent: devices.myceliumBridge,
  })
  if (facts.myceliumBinary === undefined) return

  // The daemon makes its own link, and everything of 400::/7 goes there.
  const keyFile = `${facts.stateDir}/mycelium/${devices.id}.key`
  const peers = config.mycelium?.peers ?? []
  draft.service({
    name: devices.myceliumService,
    namespace: devices.namespace,
    command: [
      facts.myceliumBinary,
      '--silent',
      '--key-file',
      keyFile,
      '--tun-name',
      devices.myceliumTun,
      ...(peers.length === 0 ? [] : ['--peers', ...peers]),
    ],
    files: [{ path: keyFile, content: new Secret(fromHex(hexKey, 'the Mycelium key', 32)) }],
  })
}
