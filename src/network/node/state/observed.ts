/** What is there, as the tools of Linux print it, with everything left out that changes by itself (counters, handles). */
import type { NftTable } from '../nft/ruleset.js'
import type { ServiceStatus } from '../services/port.js'
import type { BridgeVlan, Route, WireguardPeerConfig } from './desired.js'

/** How links that are ours are marked: `zos:` and the mark, as the link's alias; on `lo` for a namespace. */
export const MARK_PREFIX = 'zos:'

export interface ObservedState {
  /** `ROOT`, and every named namespace that was asked for and exists. */
  readonly namespaces: readonly ObservedNamespace[]
  readonly services: readonly ServiceStatus[]
}

export interface ObservedNamespace {
  readonly name: string
  /** Its `lo` carries our mark. `ROOT` is nobody's. */
  readonly marked: boolean
  readonly links: readonly ObservedLink[]
  readonly routes: readonly ObservedRoute[]
  /** Those that were asked for and exist. */
  readonly sysctls: Readonly<Record<string, string>>
  readonly nft: readonly NftTable[]
}

export interface ObservedAddress {
  readonly cidr: string
  /** A client or the kernel gave it for a time: a lease, SLAAC. */
  readonly dynamic: boolean
  /** Its uniqueness is not known yet. */
  readonly tentative: boolean
  readonly scope: 'global' | 'link' | 'host' | 'site'
}

export interface ObservedLink {
  readonly name: string
  /** Of its namespace; another namespace may use the same number. */
  readonly index: number
  /** What `ip -d` calls it: `bridge`, `macvlan`, `veth`, `tun`, `wireguard`; `device` for hardware, `loopback`. */
  readonly kind: string
  /** Of a tun device. */
  readonly tunMode?: 'tun' | 'tap'
  /** Without the prefix; absent on a link that is not ours. */
  readonly mark?: string
  /** Administratively. */
  readonly up: boolean
  readonly carrier: boolean
  readonly mac?: string
  readonly mtu: number
  readonly master?: string
  /** Of a macvlan or one end of a veth: the other link, when it is in a namespace that was observed. */
  readonly lower?: { readonly namespace: string; readonly name: string }
  readonly vlanFiltering?: boolean
  readonly vlans?: readonly BridgeVlan[]
  readonly addresses: readonly ObservedAddress[]
  /** Of a WireGuard device, kernel or not, where it answers. No private key is kept, only what it amounts to. */
  readonly wireguard?: ObservedWireguard
}

export interface ObservedWireguard {
  readonly publicKey: string
  readonly listenPort: number
  readonly peers: readonly WireguardPeerConfig[]
}

export interface ObservedRoute extends Route {
  readonly family: 4 | 6
  /** `static`, `kernel`, `ra`, `dhcp`, `boot` … */
  readonly protocol: string
}
