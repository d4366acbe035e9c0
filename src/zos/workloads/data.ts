/**
 * What a node understands: the data of every workload type, as it stands on the wire.
 *
 * Names are the wire's (snake_case), so that a deployment reads the same here, in JSON and in a node's log.
 * u64 values are bigint, sizes are bytes. Source: threefoldtech/zosbase pkg/gridtypes/zos.
 */
export interface ZMount {
  size: bigint
}

export interface Volume {
  size: bigint
}

export interface MyceliumNetwork {
  /** 32 bytes as lower-case hex: the X25519 secret of the network's daemon on this node. */
  hex_key: string
  /** Always empty: nodes refuse user-defined peers. */
  peers: string[]
}

export interface WireguardPeer {
  subnet: string
  wireguard_public_key: string
  allowed_ips: string[]
  /** `host:port`, or empty for a peer that dials in. */
  endpoint: string
}

export interface NetworkData {
  ip_range: string
  subnet: string
  wireguard_private_key: string
  wireguard_listen_port: number
  peers: WireguardPeer[]
  mycelium?: MyceliumNetwork
}

export interface NetworkLightData extends Omit<NetworkData, 'mycelium'> {
  mycelium: MyceliumNetwork
}

export interface Zdb {
  size: bigint
  mode: 'user' | 'seq'
  password: string
  public: boolean
}

export interface MyceliumIp {
  network: string
  /** 6 bytes as lower-case hex. */
  hex_seed: string
}

export interface MachineInterface {
  network: string
  ip: string
}

export interface MachineMount {
  name: string
  mountpoint: string
}

export interface ZMachineLight {
  flist: string
  network: { mycelium?: MyceliumIp; interfaces: MachineInterface[] }
  size: bigint
  compute_capacity: { cpu: number; memory: bigint }
  mounts: MachineMount[]
  entrypoint: string
  env: Record<string, string>
  corex: boolean
  gpu?: string[]
}

export interface ZMachine extends Omit<ZMachineLight, 'network'> {
  network: { public_ip: string; planetary: boolean; mycelium?: MyceliumIp; interfaces: MachineInterface[] }
}

export interface PublicIpData {
  v4: boolean
  v6: boolean
}

export interface GatewayNameProxy {
  name: string
  tls_passthrough: boolean
  backends: string[]
  network?: string
}

export interface GatewayFqdnProxy {
  fqdn: string
  tls_passthrough: boolean
  backends: string[]
  network?: string
}

export interface ZdbBackend {
  address: string
  namespace: string
  password: string
}

export interface QsfsEncryption {
  algorithm: string
  /** Lower-case hex. */
  key: string
}

export interface Qsfs {
  cache: bigint
  config: {
    minimal_shards: number
    expected_shards: number
    redundant_groups: number
    redundant_nodes: number
    max_zdb_data_dir_size: number
    encryption: QsfsEncryption
    meta: { type: string; config: { prefix: string; encryption: QsfsEncryption; backends: ZdbBackend[] } }
    groups: { backends: ZdbBackend[] }[]
    compression: { algorithm: string }
  }
}

export interface ZLogs {
  zmachine: string
  output: string
}

/** Type name on the wire → its data. */
export interface WorkloadData {
  zmount: ZMount
  volume: Volume
  network: NetworkData
  'network-light': NetworkLightData
  zdb: Zdb
  zmachine: ZMachine
  'zmachine-light': ZMachineLight
  ip: PublicIpData
  ipv4: Record<string, never>
  'gateway-name-proxy': GatewayNameProxy
  'gateway-fqdn-proxy': GatewayFqdnProxy
  qsfs: Qsfs
  zlogs: ZLogs
}

export type WorkloadType = keyof WorkloadData
