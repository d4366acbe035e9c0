import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type RmbCode =
  | 'RMB_UNREACHABLE' // the relay
  | 'RMB_UNAUTHORIZED' // the relay refused the token
  | 'RMB_REMOTE' // the peer (or the relay) answered with an error; details: {remoteCode, remoteMessage}
  | 'RMB_SIGNATURE' // the answer is not signed by the twin that was asked
  | 'RMB_ENVELOPE' // undecodable bytes
  | 'RMB_DECRYPT'
  | 'RMB_TWIN' // the twin does not exist, or has no relay
  | 'RMB_BUSY' // too many requests under way
  | 'RMB_CLOSED'

export class RmbError extends HyphaeError {
  constructor(
    override readonly code: RmbCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
