import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type GridCode =
  | 'GRID_IDENTITY' // no mnemonic, or an account without a twin
  | 'GRID_NOT_FOUND' // a deployment, network, node or contract that is not there
  | 'GRID_CONFLICT' // the name is taken by something of another kind
  | 'GRID_CAPACITY' // a node has not got what was asked
  | 'GRID_NODE_UNREACHABLE' // details: {nodeId, timeoutMs}
  | 'GRID_NODE_REFUSED' // the node's synchronous error; details: {nodeId, nodeMessage}
  | 'GRID_WORKLOAD_FAILED' // details: {failures: [{nodeId, contractId, name, type, message}]}
  | 'GRID_KYC'
  | 'GRID_FUNDS'
  | 'GRID_UNSUPPORTED' // the node has not got the feature

export class GridError extends HyphaeError {
  constructor(
    override readonly code: GridCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
