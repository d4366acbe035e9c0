import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type NetworkCode =
  | 'NETWORK_FULL' // no free subnet, address or port
  | 'NETWORK_CONFLICT' // an address, subnet or key is already used; message names both places
  | 'NETWORK_RANGE' // outside of the range it must be in
  | 'NETWORK_HIDDEN_NODE' // hidden node without an access node

export class NetworkError extends HyphaeError {
  constructor(
    override readonly code: NetworkCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
