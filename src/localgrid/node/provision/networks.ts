/**
 * network and network-light: a namespace with its subnet, WireGuard and, where asked for, its own Mycelium daemon.
 * Source: threefoldtech/zosbase pkg/primitives/network*, pkg/network/networker.go, pkg/netlight.
 */

import { networkId } from '../../../zos/names.js'
import type { NetworkData } from '../../../zos/workloads/data.js'
import { isNetwork, type LiveWorkload, type NodeState } from '../engine/state.js'
import { messageOf, type ProvisionContext, refuse, type WorkloadManager } from './manager.js'
import { decodeBase64Key } from './wireguard-key.js'

/** Ports of the system that a full node counts as taken. */
export const RESERVED_PORTS = [80, 300, 443, 8082, 9651, 9943, 9944, 9945] as const

export const networkManager: WorkloadManager<'network'> = {
  provision: (context, { data, name }) => apply(context, data, name),
  update: (context, { data, name }) => apply(context, data, name),
}

export const networkLightManager: WorkloadManager<'network-light'> = {
  provision: (context, { data, name }) => apply(context, data, name),
  update: (context, { data, name }) => apply(context, data, name),
}

/** Networks are put in place as they are described, the first time and every time after. */
function apply(context: ProvisionContext, data: NetworkData, name: string) {
  try {
    checkWireguard(data)
    const other = portOwner(context.node.state, data.wireguard_listen_port, context.key.twinId, name)
    if (other) throw refuse('failed to configure network resource: address already in use')
  } catch (error) {
    throw refuse(`failed to create network resource for network ${context.id}: ${messageOf(error)}`)
  }
  return { data: null }
}

/** WireGuard's own rules for its configuration. A light network without a key has no WireGuard. */
function checkWireguard(data: NetworkData): void {
  if (data.wireguard_private_key === '') return
  try {
    decodeBase64Key(data.wireguard_private_key)
    for (const peer of data.peers) {
      decodeBase64Key(peer.wireguard_public_key)
      if (peer.endpoint !== '') checkEndpoint(peer.endpoint)
    }
  } catch (error) {
    throw refuse(`failed to configure network resource: ${messageOf(error)}`)
  }
}

/** `host:port`, the host a literal address: nodes resolve no names here. */
function checkEndpoint(endpoint: string): void {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/.exec(endpoint)
  if (!match) throw refuse(`address ${endpoint}: missing port in address`)
  if (Number(match[3]) > 65535) throw refuse(`address ${match[3]}: invalid port`)
}

/** The network that listens on this port already: the kernel gives it to one only. */
function portOwner(state: NodeState, port: number, twinId: number, name: string): string | undefined {
  if (port === 0) return undefined
  for (const { deployment, live } of state.workloads()) {
    const own = deployment.envelope.twin_id === twinId && live.current.name === name
    if (!own && listenPort(live) === port) return live.current.name
  }
  return undefined
}

/** WireGuard ports that networks on the node listen on. */
export function portsInUse(state: NodeState): number[] {
  const ports: number[] = []
  for (const { live } of state.workloads()) {
    const port = listenPort(live)
    if (port !== 0) ports.push(port)
  }
  return ports
}

/** The network that (twin, name) stands for on this node.
 *
 * @throws {ZosError} when there is none
 */
export function loadNetwork({ node, key }: ProvisionContext, name: string): NetworkData {
  const live = node.state.network(key.twinId, name)
  if (live?.installed) return live.current.data as NetworkData
  throw refuse(`open /var/run/cache/networkd/networks/${networkId(key.twinId, name)}: no such file or directory`)
}

/** 0 for what is no network, or was never put in place. */
function listenPort({ current, installed }: LiveWorkload): number {
  return installed && isNetwork(current) ? (current.data as NetworkData).wireguard_listen_port : 0
}
