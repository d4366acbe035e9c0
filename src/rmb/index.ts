/**
 * The Reliable Message Bus: asking twins (`createRmb`), answering them (`createPeer`), and the wire between.
 * Loads neither ws nor a curve before it is used.
 */
import type { Identity } from '../chain/identity.js'
import { encryptionKeyOf } from './crypto.js'
import { checkRelayUrl } from './relay-url.js'

export { createRmb, type RmbClient, type RmbOptions } from './client.js'
export { createPeer, type Peer, type PeerHandler, type PeerOptions, route } from './peer.js'
export type { ResendPolicy, RmbPort, RmbRequest } from './port.js'
export type { Link, OpenLink, Transport } from './transport.js'

/** What a twin publishes as its `pk` on chain: 33 bytes, others encrypt to it. */
export function rmbPublicKey(identity: Identity): Uint8Array {
  return encryptionKeyOf(identity.miniSecret())
}

/** What a twin publishes as its relay on chain: the host alone. The chain takes letters, digits, `-`, `_` and `.`.
 *
 * @throws {InputError} INPUT_URL
 * @example relayName('wss://relay.grid.tf') // 'relay.grid.tf'
 */
export function relayName(relayUrl: string): string {
  return new URL(checkRelayUrl(relayUrl)).hostname
}
