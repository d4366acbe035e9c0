import { NodeNetworkError } from '../../../errors/node-network.js'
import { describeOperation } from '../plan/describe-operation.js'
import type { Operation } from '../state/operation.js'

/** What the kernel would have said. */
export function refused(operation: Operation, message: string): NodeNetworkError {
  const what = describeOperation(operation)
  return new NodeNetworkError('NODE_NET_COMMAND', `${what}: ${message}`, {
    details: { operation: what, output: message },
  })
}
