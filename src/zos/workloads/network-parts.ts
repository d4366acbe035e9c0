/** What full and light networks share. Source: threefoldtech/zosbase pkg/gridtypes/zos/network.go. */
import { NIL } from '../go/ip.js'
import { list, struct } from '../json/composites.js'
import { cidr, hexBytes } from '../json/go-types.js'
import { text } from '../json/scalars.js'
import type { MyceliumNetwork, NetworkData, WireguardPeer } from './data.js'

/** Hex digits of the daemon's 32-byte secret. */
const KEY_DIGITS = 64

export const peer = struct<WireguardPeer>('zos', 'Peer', {
  subnet: cidr,
  wireguard_public_key: text(),
  allowed_ips: list(cidr),
  endpoint: text(),
})

export const myceliumNetwork = struct<MyceliumNetwork>('zos', 'Mycelium', {
  hex_key: hexBytes,
  peers: list(text('zos.MyceliumPeer')),
})

export function validatePeer(data: WireguardPeer): string | undefined {
  if (data.subnet === '') return 'peer wireguard subnet cannot empty'
  if (data.allowed_ips.length === 0) return 'peer wireguard allowedIPs cannot empty'
  return data.wireguard_public_key === '' ? 'peer wireguard public key cannot empty' : undefined
}

export function validateMycelium(data: MyceliumNetwork): string | undefined {
  if (data.hex_key.length !== KEY_DIGITS) return 'invalid mycelium key length, expected 32'
  return data.peers.length > 0 ? 'user defined peers list is not supported right now' : undefined
}

/** Full and light networks hash the same fields in the same order. */
export function networkChallenge(data: NetworkData): string {
  const { ip_range, subnet, wireguard_private_key, wireguard_listen_port, peers, mycelium } = data
  return (
    `${ip_range || NIL}${subnet || NIL}${wireguard_private_key}${wireguard_listen_port}` +
    peers.map(peerChallenge).join('') +
    (mycelium ? mycelium.hex_key + mycelium.peers.join('') : '')
  )
}

function peerChallenge({ wireguard_public_key, endpoint, subnet, allowed_ips }: WireguardPeer): string {
  return `${wireguard_public_key}${endpoint}${subnet || NIL}${allowed_ips.map(allowed => allowed || NIL).join('')}`
}
