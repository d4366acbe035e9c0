/**
 * Which network listens where. Users choose the port of a network; two networks cannot have the same.
 *
 * The Go node means to refuse that, but releases the port before it looks: it never does, and frees other networks'
 * ports. Source: threefoldtech/zosbase pkg/network/networker.go.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'

/** Network id → UDP port: one each. Start with an empty map. */
export type PortReservations = ReadonlyMap<string, number>

/** The node's own: Yggdrasil, Mycelium, iperf, web servers. Source: threefoldtech/zosbase pkg/network/networker.go. */
const RESERVED: ReadonlySet<number> = new Set([80, 300, 443, 8082, 9651, 9943, 9944, 9945])

/** The reservations with this one, which takes the place of the network's former.
 *
 * @throws {NodeNetworkError} NODE_NET_PORT; `details.reason` is `conflict`, `reserved` or `no-port`
 */
export function reservePort(reservations: PortReservations, networkId: string, port: number): PortReservations {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw refused(networkId, port, 'no-port', 'is no port', 'ports go from 1 to 65535')
  }
  if (RESERVED.has(port)) throw refused(networkId, port, 'reserved', 'is used by the node itself', OTHER)
  if (reservations.get(networkId) === port) return reservations

  for (const [owner, taken] of reservations) {
    if (taken === port) throw refused(networkId, port, 'conflict', `belongs to the network ${owner}`, OTHER)
  }
  return new Map(reservations).set(networkId, port)
}

const OTHER = 'choose another port'

function refused(networkId: string, port: number, reason: string, why: string, hint: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_PORT', `the WireGuard port ${port} of the network ${networkId} ${why}`, {
    where: networkId,
    hint,
    details: { reason, port, network: networkId },
  })
}
