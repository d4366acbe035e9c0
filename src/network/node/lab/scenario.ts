/** A datacentre as data: what a lab builds, what a person reads about it, and what its nodes should make of it. */
import type { NodeNetworkConfig } from '../config/config.js'

export interface Scenario {
  /** `[a-z0-9-]+` */
  readonly name: string
  /** One line. */
  readonly title: string
  /** What it teaches, a sentence or two. */
  readonly description: string
  /** What hangs on the router, besides the Internet. */
  readonly segments: readonly SegmentSpec[]
  readonly nodes: readonly NodeSpec[]
  /** People with a machine on the Internet, and a public address. */
  readonly users: readonly UserSpec[]
}

export interface SegmentSpec {
  /** `[a-z][a-z0-9]{0,7}`; the router's NIC is called so too. */
  readonly name: string
  /** What a person calls it. */
  readonly title: string
  readonly ipv4?: {
    /** The router's own address, with prefix length. */
    readonly router: string
    /** Absent: no leases. */
    readonly dhcp?: {
      readonly from: string
      readonly to: string
      /** False: leases name no router. */
      readonly gateway: boolean
      /** At least 120; an hour when absent. */
      readonly leaseSeconds?: number
    }
    /** True: it leaves with the router's own address, and nothing comes in unasked. False: routed both ways. */
    readonly nat: boolean
  }
  readonly ipv6?: {
    /** The router's own address, with prefix length: 64. */
    readonly router: string
    /** `gateway`: a prefix and a way out. `prefix`: addresses only. `nothing`: no advertisements. */
    readonly advertise: 'gateway' | 'prefix' | 'nothing'
    /** Whether somebody outside can begin. */
    readonly inbound: 'open' | 'closed'
  }
}

export interface NodeSpec {
  /** `[a-z][a-z0-9]{0,7}` */
  readonly name: string
  readonly nics: readonly NicSpec[]
  readonly config: NodeNetworkConfig
  /** What it should make of where it stands: the words of `classifyLayout`. */
  readonly expected: ExpectedLayout
}

export interface NicSpec {
  /** `eth0` */
  readonly name: string
  readonly segment: string
  /** The lease that is kept for it. */
  readonly reserved?: string
}

export interface ExpectedLayout {
  readonly label: string
  readonly uplink?: string
  readonly exit?: string
  readonly mode: 'single' | 'dual'
  readonly stack: 'v4' | 'v6' | 'dual' | 'none'
  readonly hidden: 'yes' | 'no' | 'unknown'
  /** Codes, sorted. */
  readonly warnings: readonly string[]
}

export interface UserSpec {
  /** `[a-z][a-z0-9]{0,7}` */
  readonly name: string
  /** On the Internet's own segment. */
  readonly ipv4: string
  readonly ipv6: string
}
