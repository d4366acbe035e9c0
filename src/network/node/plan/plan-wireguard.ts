/** WireGuard devices: compared by public key, port and peers; a private key is never read back. */
import { linkAt } from '../simulate/edit-state.js'
import type { WireguardConfig, WireguardPeerConfig } from '../state/desired.js'
import type { ObservedState, ObservedWireguard } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { isUsable, type JudgedLinks } from './judge-links.js'
import { publicKeyOf } from './public-key-of.js'

export function planWireguard(judged: JudgedLinks, state: ObservedState): readonly Operation[] {
  return [...judged.values()].filter(isUsable).flatMap(({ place, desired }): Operation[] => {
    if (desired.kind !== 'wireguard') return []
    const because = difference(desired.wireguard, linkAt(state, place)?.wireguard)
    if (because === undefined) return []
    return [{ kind: 'wireguard-set', ...place, config: desired.wireguard, because: `${place.name}: ${because}` }]
  })
}

function difference(wanted: WireguardConfig, now: ObservedWireguard | undefined): string | undefined {
  if (!now) return 'not configured'
  if (now.publicKey !== publicKeyOf(wanted.privateKey)) return 'another key'
  if (now.listenPort !== wanted.listenPort) return `listens on ${now.listenPort}, not on ${wanted.listenPort}`
  const rest = new Map(now.peers.map(peer => [peer.publicKey, peer]))
  for (const peer of wanted.peers) {
    const there = rest.get(peer.publicKey)
    if (!there) return `peer ${peer.publicKey} is missing`
    if (!samePeer(peer, there)) return `peer ${peer.publicKey} differs`
    rest.delete(peer.publicKey)
  }
  const [surplus] = rest.keys()
  return surplus === undefined ? undefined : `peer ${surplus} is not wanted`
}

/** A peer that dials in has an endpoint once it did: whichever it is. */
function samePeer(wanted: WireguardPeerConfig, now: WireguardPeerConfig): boolean {
  return (
    wanted.keepaliveSeconds === now.keepaliveSeconds &&
    (wanted.endpoint === undefined || wanted.endpoint === now.endpoint) &&
    [...wanted.allowedIps].sort().join() === [...now.allowedIps].sort().join()
  )
}
