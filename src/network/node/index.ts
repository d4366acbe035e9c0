/** A node's own network: from a configuration to packets, and labs to try it in. */
export { checkConfig } from './config/check-config.js'
export type {
  MachineConfig,
  MachinePublicIp,
  NetworkConfig,
  NetworkWorkload,
  NodeNetworkConfig,
  PublicConfig,
} from './config/config.js'
export { classifyLayout, type Layout, type LayoutLabel } from './decide/classify-layout.js'
export type { NicProbe, Warning } from './decide/probe.js'
export { selectUplink } from './decide/select-uplink.js'
export { drawScenario } from './lab/draw.js'
export { type LabNode, openLabNode } from './lab/lab-node.js'
export type { LabMachine } from './lab/machine.js'
export type { NodeSpec, Scenario } from './lab/scenario.js'
export { findScenario, SCENARIOS } from './lab/scenarios/index.js'
export { type Lab, startLab } from './lab/start-lab.js'
export {
  type Applied,
  type Explanation,
  NodeNetwork,
  type NodeNetworkOptions,
  type NodePlan,
} from './node-network.js'
export { type OpenNodeOptions, openNode, servicesFolder } from './open-node.js'
export { describeOperation } from './plan/describe-operation.js'
export { type FamilyReadiness, isReady, type Readiness } from './readiness.js'
export { drawSvg } from './report/draw-svg.js'
export type { NodeStatus } from './report/status.js'
export { statusTree } from './report/status-tree.js'
export type { Health, TreeNode } from './report/tree.js'
export { serveSupervisor } from './services/daemon.js'
export type { ProcessManager, ServiceSpec, ServiceStatus } from './services/port.js'
export { createSupervisor } from './services/supervisor.js'
export { type Simulated, simulateNode } from './simulate-node.js'
export type { NetworkPlan, Operation } from './state/operation.js'
export { linuxRunner } from './system/linux-runner.js'
