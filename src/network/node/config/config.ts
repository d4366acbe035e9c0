/**
 * What a person or a node's agent states about its network. Everything else is derived from it and from what is there.
 *
 * The data of networks is that of the `network` and `network-light` workloads as it stands on the wire.
 */
export interface NodeNetworkConfig {
  /** The node's identity: any text, at most 128 characters. Hardware addresses are derived from it. */
  readonly node: string
  /** Which links count as NICs. Absent: hardware. Names where a lab's veths must count. */
  readonly nics?: readonly string[]
  readonly uplink?: {
    /** Not chosen by probing. */
    readonly nic?: string
    /** 1 to 4094: the tag of the private segment. */
    readonly vlan?: number
  }
  readonly exit?: {
    readonly nic?: string
    /** The tag of the public segment; only where the exit is the uplink's own NIC. */
    readonly vlan?: number
  }
  readonly public?: PublicConfig
  /** TCP ports that machines cannot reach outside; [25] when absent. */
  readonly blockedPorts?: readonly number[]
  /** False only for tests: addresses are used at once, without asking whether somebody has them. True when absent. */
  readonly duplicateAddressDetection?: boolean
  /** What a look from outside has shown about IPv6: nobody can know it from inside. */
  readonly inboundIpv6?: 'open' | 'closed'
  readonly mycelium?: {
    /** The daemon's program; absent: `mycelium` on the path, where it is. */
    readonly binary?: string
    /** `tcp://IP:port`, `quic://IP:port` */
    readonly peers: readonly string[]
  }
  readonly networks?: readonly NetworkConfig[]
  readonly machines?: readonly MachineConfig[]
}

/** A farmer's public configuration: the static addresses of the node itself. */
export interface PublicConfig {
  /** With prefix length. */
  readonly ipv4?: string
  readonly gateway4?: string
  readonly ipv6?: string
  readonly gateway6?: string
}

export interface NetworkConfig {
  readonly twin: number
  /** Of the network; with the twin it makes the network's id. */
  readonly name: string
  readonly type: 'network' | 'network-light'
  readonly data: NetworkWorkload
}

/** Source: threefoldtech/zosbase pkg/gridtypes/zos/{network,network_light}.go. */
export interface NetworkWorkload {
  readonly ip_range: string
  readonly subnet: string
  readonly wireguard_private_key: string
  readonly wireguard_listen_port: number
  readonly peers: readonly {
    readonly subnet: string
    readonly wireguard_public_key: string
    readonly allowed_ips: readonly string[]
    readonly endpoint: string
  }[]
  readonly mycelium?: { readonly hex_key: string; readonly peers: readonly string[] }
}

export interface MachineConfig {
  /** Its workload id, `<twin>-<contract>-<name>`: device names are derived from it. */
  readonly id: string
  /** Whose network. */
  readonly twin: number
  readonly network: string
  /** In the network's subnet on this node. */
  readonly ip: string
  /** 6 bytes as hex: it gets an address of the network's Mycelium too. */
  readonly myceliumSeed?: string
  /** `tap`: a hypervisor opens it. `namespace`: the machine is a namespace, for labs and containers. */
  readonly attach: 'tap' | 'namespace'
  readonly publicIp?: MachinePublicIp
}

export interface MachinePublicIp {
  /** The workload id of the public address. */
  readonly id: string
  /** With prefix length, from the contract. */
  readonly ipv4?: string
  readonly gateway4?: string
  /** It may use the IPv6 address that its MAC makes of the segment's prefix. */
  readonly ipv6?: boolean
}
