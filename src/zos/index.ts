/** What a Zero-OS node understands: deployments, their hash and signatures, its verdicts and results. Pure. */
export { networkIpv6, wireguardAddress } from './addresses.js'
export { canonicalDeployment } from './canonical.js'
export {
  deploymentChallenge,
  deploymentChallengeBytes,
  deploymentDigest,
  deploymentHash,
} from './challenge.js'
export { checkDeployment, nameProblem, type Verdict } from './check.js'
export { type ContractData, encodeContractData, MAX_CONTRACT_DATA_BYTES, parseContractData } from './contract-data.js'
export {
  decodeDeployment,
  type RawDeployment,
  type RawWorkload,
  rawDeployment,
  typedDeployment,
  typedWorkload,
} from './decode.js'
export type {
  Deployment,
  DeploymentSignature,
  SignatureRequest,
  SignatureRequirement,
  Workload,
  WorkloadOf,
} from './deployment.js'
export { encodeDeployment, encodeWorkloads } from './encode.js'
export { canonicalCidr, canonicalIp } from './go/ip.js'
export { macFrom, macText } from './mac.js'
export {
  deviceId,
  fullNodeDevices,
  lightMachineTaps,
  lightNodeDevices,
  machineTap,
  networkId,
  publicTap,
  workloadId,
} from './names.js'
export { readDeployment, readDeployments, readWorkloads } from './read.js'
export {
  emptyResult,
  type GatewayResult,
  isActiveState,
  type MachineResult,
  type PublicIpResult,
  type QsfsResult,
  type ResultState,
  readGatewayResult,
  readMachineResult,
  readPublicIpResult,
  readQsfsResult,
  readVolumeResult,
  readZdbResult,
  readZMountResult,
  type VolumeResult,
  type WorkloadResult,
  type ZdbResult,
  type ZMountResult,
} from './results.js'
export { type DeploymentSigner, signDeployment, signedMessage } from './signature.js'
export { planUpgrade, type UpgradeStep } from './upgrade.js'
export { validateDeployment } from './validate.js'
export { type VerifyPorts, verifyDeployment } from './verify.js'
export type {
  GatewayFqdnProxy,
  GatewayNameProxy,
  MachineInterface,
  MachineMount,
  MyceliumIp,
  MyceliumNetwork,
  NetworkData,
  NetworkLightData,
  PublicIpData,
  Qsfs,
  QsfsEncryption,
  Volume,
  WireguardPeer,
  WorkloadData,
  WorkloadType,
  Zdb,
  ZdbBackend,
  ZLogs,
  ZMachine,
  ZMachineLight,
  ZMount,
} from './workloads/data.js'
export { isSharable, isUpdatable, isWorkloadType, workloadCapacity, workloadTypes } from './workloads/registry.js'
export { minimalRootSize, rootSize } from './workloads/root-size.js'
export type { Capacity } from './workloads/spec.js'
