/**
 * Hyphae: infrastructure as code for the ThreeFold grid. These are the public names, one by one; importing them loads
 * neither the chain's libraries nor an HTTP client: that happens when a grid is first used.
 */
export { GridClient } from './client.js'
export { type GridClientOptions, KeypairType, NetworkEnv, type NetworkName } from './config.js'

export { HyphaeError, isHyphaeError } from './errors/base.js'
export { ChainError } from './errors/chain.js'
export { ExplorerError } from './errors/explorer.js'
export { GridError } from './errors/grid.js'
export { InputError } from './errors/input.js'
export { LocalGridError } from './errors/localgrid.js'
export { ModelError, type Problem } from './errors/model.js'
export { NetworkError } from './errors/network.js'
export { RmbError } from './errors/rmb.js'
export { CancelledError, DeadlineError } from './errors/wait.js'
export { ZosError } from './errors/zos.js'

export type { Host, Level, Message } from './events/host.js'
export { type MessageCode, messages } from './events/messages.js'
export type { BalanceData } from './modules/balance/index.js'
export type { ContractRow, MyContracts } from './modules/contracts/index.js'
export type { ContractResult, DeployOptions, DeployResult } from './modules/machines/index.js'
export {
  AddMachineModel,
  DiskModel,
  MachineModel,
  MachinesModel,
  QsfsDiskModel,
} from './modules/machines/model.js'
export type { MachineData } from './modules/machines/read.js'
export type { NetworkNode } from './modules/networks/index.js'
export { MyceliumNetworkSeed, NetworkAddNodeModel, NetworkModel } from './modules/networks/model.js'
export { FilterOptions } from './modules/nodes/model.js'

export type { CostEstimate, Price } from './plan/cost.js'
export type { Plan, PlannedAddress } from './plan/plan.js'
export type { Change, Step } from './plan/step.js'
