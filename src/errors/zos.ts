import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type ZosCode =
  | 'ZOS_DECODE' // not a deployment in wire form
  | 'ZOS_INVALID' // a node would refuse it; the message is the node's
  | 'ZOS_SIGNATURE'
  | 'ZOS_UPGRADE'

export class ZosError extends HyphaeError {
  constructor(
    override readonly code: ZosCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
