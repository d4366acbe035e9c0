import { HyphaeError, type HyphaeErrorOptions } from './base.js'

export type ZosCode =
  | 'ZOS_DECODE' // not a deployment in wire form
  | 'ZOS_INVALID' // a node would refuse it; the message is the node's
  | 'ZOS_SIGNATURE' // not signed as it asks for; the message is the node's
  | 'ZOS_UPGRADE' // a new version that cannot follow the stored one; the message is the node's

/** What a Zero-OS node says, or would say, about a deployment. `where` names the workload: `workloads[1] vm1`. */
export class ZosError extends HyphaeError {
  constructor(
    override readonly code: ZosCode,
    message: string,
    options?: HyphaeErrorOptions,
  ) {
    super(code, message, options)
  }
}
