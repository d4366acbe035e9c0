/** One thing that is done to a node's network. Frozen plain data: printed, simulated, or handed to the system. */
import type { NftFamily, NftTable } from '../nft/ruleset.js'
import type { ServiceSpec } from '../services/port.js'
import type { BridgeVlan, DesiredAddress, DesiredLink, LinkPlace, Route, WireguardConfig } from './desired.js'

/** What is set on a link that is there; only what is named changes. `master: null` makes it no port. */
export interface LinkSettings {
  readonly mark?: string
  readonly mac?: string
  readonly mtu?: number
  readonly master?: string | null
  /** Of a bridge. */
  readonly vlanFiltering?: boolean
  readonly up?: boolean
}

export type OperationBody =
  | { readonly kind: 'namespace-add'; readonly namespace: string }
  /** Only `lo`'s mark and its being up: what `namespace-add` does too, for one that was there already. */
  | { readonly kind: 'namespace-adopt'; readonly namespace: string }
  | { readonly kind: 'namespace-delete'; readonly namespace: string }
  /** Makes it, marked, with its MAC and MTU, down and without addresses. A veth comes with its other end (`peer`), which
   * is described too and gets its own mark, MAC and MTU by the same operation. */
  | { readonly kind: 'link-add'; readonly namespace: string; readonly link: DesiredLink; readonly peer?: DesiredLink }
  | { readonly kind: 'link-delete'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'link-move'; readonly namespace: string; readonly name: string; readonly to: string }
  | {
      readonly kind: 'link-set'
      readonly namespace: string
      readonly name: string
      readonly settings: LinkSettings
    }
  | { readonly kind: 'vlan-add'; readonly place: LinkPlace; readonly vlan: BridgeVlan; readonly self: boolean }
  | { readonly kind: 'vlan-delete'; readonly place: LinkPlace; readonly id: number; readonly self: boolean }
  | {
      readonly kind: 'address-add'
      readonly namespace: string
      readonly link: string
      readonly address: DesiredAddress
    }
  | { readonly kind: 'address-delete'; readonly namespace: string; readonly link: string; readonly cidr: string }
  | { readonly kind: 'route-add'; readonly namespace: string; readonly route: Route }
  | { readonly kind: 'route-delete'; readonly namespace: string; readonly route: Route }
  | { readonly kind: 'sysctl-set'; readonly namespace: string; readonly key: string; readonly value: string }
  /** The whole table in one transaction, whether it was there or not. */
  | { readonly kind: 'nft-replace'; readonly namespace: string; readonly table: NftTable }
  | { readonly kind: 'nft-delete'; readonly namespace: string; readonly family: NftFamily; readonly table: string }
  /** Key, port and all peers of a device that is there. Peers that stay keep their session. */
  | {
      readonly kind: 'wireguard-set'
      readonly namespace: string
      readonly name: string
      readonly config: WireguardConfig
    }
  /** Starts it, or replaces one of that name that was started with another specification. */
  | { readonly kind: 'service-start'; readonly service: ServiceSpec }
  | { readonly kind: 'service-stop'; readonly name: string }

export type Operation = OperationBody & {
  /** What a person reads in the plan: why. */
  readonly because: string
}

/** Something that is not ours stands where ours must be. Nothing is done about it. */
export interface Conflict {
  readonly namespace: string
  readonly name: string
  readonly message: string
  readonly hint: string
}

export interface NetworkPlan {
  readonly operations: readonly Operation[]
  readonly conflicts: readonly Conflict[]
  /** Links that others make (a NIC, a service's tun) and that are not there: what depends on them is not planned yet. */
  readonly awaited: readonly LinkPlace[]
}
