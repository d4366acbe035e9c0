/** Addresses of networks, machines and keys: all pure, all fit for a browser. */

export { networkIpv6, wireguardAddress } from '../../zos/addresses.js'
export { macFrom, macText } from '../../zos/mac.js'
export {
  deviceId,
  fullNodeDevices,
  lightMachineTaps,
  lightNodeDevices,
  machineTap,
  networkId,
  publicTap,
  workloadId,
} from '../../zos/names.js'
export { allocateMachineIps, type MachineIpRequest, type MachineIpsInput } from './allocate-machine-ips.js'
export { allocateSubnets, type SubnetRequest, type SubnetsInput } from './allocate-subnets.js'
export {
  type Cidr,
  canonicalCidr,
  contains,
  formatCidr,
  hostAt,
  networkOf,
  overlaps,
  parseCidr,
  subnetsOf,
} from './cidr.js'
export {
  deriveKey,
  deriveMachineSeed,
  deriveNetworkSeed,
  deriveWireguardKey,
  type KeyOrigin,
  type KeyPurpose,
} from './derived-keys.js'
export { canonicalIp, formatIp, type Ip, isIp, parseIp } from './ip.js'
export { formatIpv4, isIpv4, parseIpv4 } from './ipv4.js'
export { formatIpv6, isIpv6, parseIpv6 } from './ipv6.js'
export {
  deriveMycelium,
  type Mycelium,
  machineAddress,
  machineAddressBehind,
  myceliumAddress,
  myceliumGateway,
  myceliumPublicKey,
  myceliumSubnet,
  nodeAddress,
} from './mycelium.js'
export {
  checkMachineSeed,
  checkNetworkSeed,
  generateMachineSeed,
  generateNetworkSeed,
  isRefusedSeed,
  parseMachineSeed,
  parseNetworkSeed,
} from './mycelium-seed.js'
export { compareNaturally } from './natural-order.js'
export { parseNetworkRange, parseNodeSubnet, subnetAround } from './network-range.js'
export { isPrivate, isPublic } from './special-ranges.js'
export {
  planTopology,
  type Topology,
  type TopologyAccess,
  type TopologyInput,
  type TopologyNode,
  wireguardPeers,
} from './topology.js'
export { parseUserConfig, type UserConfig, userConfig } from './user-config.js'
export {
  chooseEndpoint,
  chooseListenPort,
  type EndpointFacts,
  formatEndpoint,
  parseEndpoint,
  routingIp,
} from './wireguard.js'
export { generateWireguardKeys, parseWireguardKey, type WireguardKeys, wireguardKeysFrom } from './wireguard-keys.js'
