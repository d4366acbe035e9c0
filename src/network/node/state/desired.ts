/**
 * What a node's network must be: plain data that the pure functions make and the planner compares with what is there.
 *
 * Names are the real ones of links and namespaces. Addresses and ranges are canonical text, as `ip` prints them.
 */
import type { Secret } from '../../../core/secret.js'
import type { NftTable } from '../nft/ruleset.js'
import type { ServiceSpec } from '../services/port.js'

/** The namespace that the node itself lives in. It has no name of its own; no other may be called so. */
export const ROOT = 'root'

/** A link in its namespace. */
export interface LinkPlace {
  readonly namespace: string
  readonly name: string
}

export interface DesiredState {
  /** `ROOT` and those that are made; each name once. */
  readonly namespaces: readonly DesiredNamespace[]
  readonly services: readonly ServiceSpec[]
}

export interface DesiredNamespace {
  readonly name: string
  readonly links: readonly DesiredLink[]
  readonly routes: readonly Route[]
  /** Full name → value: `net.ipv4.ip_forward` → `1`. */
  readonly sysctls: Readonly<Record<string, string>>
  readonly nft: readonly NftTable[]
}

export interface DesiredAddress {
  /** `10.1.2.1/24` */
  readonly cidr: string
  /** Ask the segment whether somebody else has it (IPv6). Not for addresses that only we give out. */
  readonly duplicateDetection: boolean
}

interface LinkCommon {
  /** At most 15 characters. */
  readonly name: string
  /** Written on the link as `zos:<mark>`, its sign of ownership: `bridge:zos`, `wireguard:2gD4nhwZyigBh`. */
  readonly mark: string
  readonly up: boolean
  /** Lower case, with colons. Absent: whatever the kernel gave it. */
  readonly mac?: string
  /** What it gets when it is made; one that is there keeps its own. The same every time, for a link that neighbours know:
   * they would go on sending to the one that is gone. */
  readonly macWhenMade?: string
  readonly mtu?: number
  /** The bridge it is a port of, in the same namespace; absent: it must be no port. */
  readonly master?: string
  /** `static`: exactly these addresses. `dynamic`: these at least; a client or the kernel adds and removes others. */
  readonly addressing: 'static' | 'dynamic'
  readonly addresses: readonly DesiredAddress[]
}

/** A VLAN of a bridge port, or of the bridge itself. */
export interface BridgeVlan {
  readonly id: number
  readonly pvid: boolean
  readonly untagged: boolean
}

export type LinkShape =
  /** `vlanFiltering` is asked for only where a VLAN is wanted: not every kernel has it. */
  | { readonly kind: 'bridge'; readonly vlanFiltering: boolean; readonly vlans?: readonly BridgeVlan[] }
  /** Mode bridge; its parent is in `ROOT`. */
  | { readonly kind: 'macvlan'; readonly parent: string }
  /** Both ends are described, each where it is; either end makes the pair. */
  | { readonly kind: 'veth'; readonly peer: LinkPlace; readonly vlans?: readonly BridgeVlan[] }
  | { readonly kind: 'tap' }
  /** Sends and receives where it was born, whatever namespace it is moved to. */
  | { readonly kind: 'wireguard'; readonly birthplace: string; readonly wireguard: WireguardConfig }
  /** Made by a service, and gone with it; the plan only marks it. */
  | { readonly kind: 'tun' }
  /** A NIC: never made, renamed or removed, and not marked. */
  | { readonly kind: 'physical'; readonly vlans?: readonly BridgeVlan[]; readonly withoutVlan1?: boolean }

export type DesiredLink = LinkCommon & LinkShape

export interface WireguardConfig {
  /** Base64. */
  readonly privateKey: Secret<string>
  readonly listenPort: number
  readonly peers: readonly WireguardPeerConfig[]
}

export interface WireguardPeerConfig {
  /** Base64. */
  readonly publicKey: string
  /** `ip:port` or `[ip]:port`; absent for a peer that dials in. */
  readonly endpoint?: string
  /** Canonical, sorted. */
  readonly allowedIps: readonly string[]
  readonly keepaliveSeconds: number
}

/** Of the main table, with protocol static: routes of other protocols are not ours. */
export interface Route {
  /** A canonical range; `0.0.0.0/0` and `::/0` for the default. */
  readonly to: string
  readonly link: string
  /** The next hop; absent when the link itself leads there. */
  readonly via?: string
  readonly metric?: number
}
