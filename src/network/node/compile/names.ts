/** What the node's own objects are called, as the Go node calls them. Source: threefoldtech/zosbase pkg/network. */
export const BRIDGE = {
  /** Management: the uplink's NIC is its port. */
  uplink: 'zos',
  public: 'br-pub',
  ndmz: 'br-ndmz',
} as const

/** Namespaces of the node's own. */
export const NAMESPACE = { ndmz: 'ndmz', public: 'public' } as const

/** The veth pair that leads from the public bridge to the uplink's, where they share a NIC. */
export const PUBLIC_VETH = { uplinkEnd: 'tozos', publicEnd: 'p-tozos' } as const

/** In ndmz: towards networks, and out with either family. */
export const NDMZ_LINK = { networks: 'tonrs', ipv4: 'npub4', ipv6: 'npub6' } as const

/** In ndmz, towards networks. */
export const NDMZ_GATEWAY4 = '100.127.0.1'
export const LINK_LOCAL_GATEWAY = 'fe80::1'
