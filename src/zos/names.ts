/**
 * What nodes call things: ids and device names, all derived, so that anyone can know them beforehand.
 *
 * Sources: threefoldtech/zosbase pkg/gridtypes/{id.go,zos/network.go}, pkg/network/nr, pkg/netlight.
 */

import { md5 } from '@noble/hashes/legacy.js'
import { base58 } from '@scure/base'

import { utf8 } from '../core/bytes.js'

/** Interface names of Linux have 15 characters; two are kept for a prefix. */
const SHORT = 13

/** `<twin>-<contract>-<name>`.
 *
 * @example workloadId(7, 100n, 'vm1') // '7-100-vm1'
 */
export function workloadId(twinId: number, contractId: bigint, name: string): string {
  return `${twinId}-${contractId}-${name}`
}

/** The id of a twin's network on any node.
 *
 * @example networkId(1, 'net1') // 'HFzUQHtqE2iA5'
 */
export function networkId(twinId: number, name: string): string {
  return shortHash(`${twinId}:${name}`)
}

/** The stem of a workload's devices.
 *
 * @param suffix name of the network, or `pub`, `ygg`, `mycelium`
 * @example deviceId('7-100-vm1', 'net1') // 'FNMSWHSp4YAHh'
 */
export function deviceId(workload: string, suffix: string): string {
  return shortHash(`${workload}:${suffix}`)
}

/** Devices of a network on a full node, by the network's id. */
export const fullNodeDevices = (id: string) => ({
  namespace: `n-${id}`,
  privateBridge: `b-${id}`,
  /** In the namespace, on the private bridge. */
  privateMacvlan: `n-${id}`,
  myceliumBridge: `m-${id}`,
  myceliumMacvlan: 'br-my',
  wireguard: `w-${id}`,
  publicMacvlan: 'public',
  myceliumService: `mycelium-${id}`,
  myceliumTun: 'my',
})

/** Devices of a network on a light node, by the network's id. */
export const lightNodeDevices = (id: string) => ({
  namespace: `n${id}`,
  privateBridge: `r${id}`,
  myceliumBridge: `m${id}`,
  wireguard: `w-${id}`,
  myceliumService: `mycelium-n${id}`,
  myceliumTun: 'my0',
})

/** Taps of a machine on a full node, by device id. */
export const machineTap = (device: string) => `t-${device}`
export const publicTap = (device: string) => `p-${device}`

/** Taps of a machine on a light node. Both come from the device id of its network. */
export function lightMachineTaps(device: string): { readonly private: string; readonly mycelium: string } {
  const stem = shortHash(device)
  return { private: `b-${stem}`, mycelium: `m-${stem}` }
}

function shortHash(text: string): string {
  return base58.encode(md5(utf8(text))).slice(0, SHORT)
}
